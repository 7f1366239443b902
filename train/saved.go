package train

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"deepcausalmmm/graph"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/neural"
)

// Saved is a model file: what a prediction needs of a training.
type Saved struct {
	Config  Config
	Panel   *panel.Panel // the training's: names, weeks, media and controls; no target
	Train   panel.Span   // its training weeks; what follows was the holdout
	Scaling panel.Scaling
	Season  *panel.Season
	Params  *graph.Params

	structural *savedStructural // in the place of Scaling and Season, of the structural model
}

// ModelError is a model file or a checkpoint that cannot be used.
type ModelError struct {
	File, Problem string
	cause         error // the system's, if it was
}

func (e *ModelError) Error() string { return e.File + ": " + e.Problem }

func (e *ModelError) Unwrap() error { return e.cause }

// maxModelFile bounds what is read into memory.
const maxModelFile = 4 << 30

// LoadModel reads a model file and checks all of it: that it is whole, its version, that it has every tensor of its
// configuration in its shape and no other, and that all values are finite. What is wrong is a *ModelError. It never
// allocates more than a few times the file's size.
func LoadModel(path string) (*Saved, error) {
	text, err := readModelFile(path)
	if err != nil {
		return nil, err
	}
	s, err := parseModel(text)
	if err != nil {
		return nil, &ModelError{File: path, Problem: err.Error()}
	}
	return s, nil
}

func readModelFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxModelFile {
		err = fmt.Errorf("%d bytes are no model file", info.Size())
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &ModelError{File: path, Problem: fmt.Sprintf("cannot read: %v (check the path)", files.Cause(err)), cause: err}
	}
	return text, nil
}

const rewrite = "(train again, or copy the file again)"

func parseModel(text []byte) (*Saved, error) {
	tensors, metadata, err := openTensors(text)
	if err != nil {
		return nil, err
	}
	if v := metadata["format_version"]; v != modelFormat {
		return nil, fmt.Errorf("is of format version %q, and this program reads %q (train again)", v, modelFormat)
	}
	s := &Saved{Panel: &panel.Panel{}, Config: DefaultConfig()} // which has the keys that came after the file
	if err := json.Unmarshal([]byte(metadata["config"]), &s.Config); err != nil {
		return nil, fmt.Errorf("its metadata %q is missing or broken: %w %s", "config", err, rewrite)
	}
	if s.Config.Model == StructuralModel {
		return s, s.parseStructural(tensors, metadata)
	}
	var dims neural.Dims
	for key, into := range map[string]any{
		"dims": &dims, "scaling": &s.Scaling, "train": &s.Train, "regions": &s.Panel.Regions,
		"weeks": &s.Panel.Weeks, "channels": &s.Panel.Channels, "controls": &s.Panel.Controls,
	} {
		if err := json.Unmarshal([]byte(metadata[key]), into); err != nil {
			return nil, fmt.Errorf("its metadata %q is missing or broken: %w %s", key, err, rewrite)
		}
	}
	if err := s.checkMetadata(dims); err != nil {
		return nil, err
	}
	if err := s.takePanel(tensors); err != nil {
		return nil, err
	}
	return s, s.takeParams(tensors, dims)
}

// openTensors reads the format's header and the tensors that it describes, which must fill the file.
func openTensors(text []byte) (tensors map[string]safetensors.TensorView, metadata map[string]string, err error) {
	const header = 8
	if len(text) < header {
		return nil, nil, fmt.Errorf("has %d bytes and is no model file %s", len(text), rewrite)
	}
	if n := binary.LittleEndian.Uint64(text); n > uint64(len(text)-header) {
		return nil, nil, fmt.Errorf("is cut short or no model file: its header would have %d bytes, and the file has %d %s",
			n, len(text), rewrite)
	}
	_, m, err := safetensors.ReadMetadata(text)
	if err != nil {
		return nil, nil, fmt.Errorf("is damaged: %w %s", err, rewrite)
	}
	file, err := safetensors.Deserialize(text)
	if err != nil {
		return nil, nil, fmt.Errorf("is damaged: %w %s", err, rewrite)
	}
	tensors = map[string]safetensors.TensorView{}
	for _, t := range file.Tensors() {
		tensors[t.Name] = t.TensorView
	}
	return tensors, m.Metadata(), nil
}

// checkMetadata refuses what contradicts itself.
func (s *Saved) checkMetadata(d neural.Dims) error {
	p := s.Panel
	if key, problem := s.Config.mistake(); key != "" {
		return fmt.Errorf("its configuration is broken: %s: %s %s", key, problem, rewrite)
	}
	for _, c := range []struct {
		what     string
		has, not int
	}{
		{"regions", len(p.Regions), d.Regions}, {"channels", len(p.Channels), d.Channels},
		{"controls", len(p.Controls), d.Controls}, {"target means", len(s.Scaling.TargetMean), d.Regions},
		{"control medians", len(s.Scaling.ControlMedian), d.Controls}, {"control ranges", len(s.Scaling.ControlIQR), d.Controls},
		{"training weeks", s.Train.Len() + s.Config.BurnInWeeks, d.Weeks},
	} {
		if c.has != c.not {
			return fmt.Errorf("its metadata has %d %s where its sizes say %d %s", c.has, c.what, c.not, rewrite)
		}
	}
	if s.Train.From != 0 || s.Train.To < 1 || s.Train.To > len(p.Weeks) || d.Regions < 1 || d.Channels < 1 {
		return fmt.Errorf("its metadata has training weeks %d to %d of %d %s", s.Train.From, s.Train.To, len(p.Weeks), rewrite)
	}
	for _, x := range slices.Concat(s.Scaling.TargetMean, s.Scaling.ControlMedian, s.Scaling.ControlIQR) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("its scaling is not finite %s", rewrite)
		}
	}
	return nil
}

// The tensors that are no parameters: the training's panel and season.
const (
	tensorMedia    = "panel.media"
	tensorControls = "panel.controls"
	tensorSeason   = "panel.season"
)

// takePanel takes the training's panel out of the tensors.
func (s *Saved) takePanel(tensors map[string]safetensors.TensorView) (err error) {
	p := s.Panel
	R, T := len(p.Regions), len(p.Weeks)
	if p.Media, err = takeFinite(tensors, tensorMedia, R, T, len(p.Channels)); err != nil {
		return err
	}
	if len(p.Controls) > 0 {
		if p.Control, err = takeFinite(tensors, tensorControls, R, T, len(p.Controls)); err != nil {
			return err
		}
	}
	s.Season = &panel.Season{Regions: R, Weeks: s.Train.Len()}
	if s.Season.Values, err = takeFinite(tensors, tensorSeason, R, s.Train.Len()); err != nil {
		return err
	}
	s.Panel, err = panel.New(*p)
	return err
}

// takeParams builds the model of the configuration and gives its parameters their values. The sizes in the metadata are
// held against a few of the tensors first, so that they cannot ask for more memory than the file has bytes.
func (s *Saved) takeParams(tensors map[string]safetensors.TensorView, d neural.Dims) error {
	if err := checkTensor(tensors, "region_baseline", d.Regions); err != nil {
		return err
	}
	if err := checkTensor(tensors, "hill_a", d.Channels); err != nil {
		return err
	}
	if err := checkSizes(tensors, s.Config); err != nil {
		return err
	}
	s.Params = graph.NewParams(dtypes[s.Config.Dtype], s.Config.RandomSeed)
	d.Weeks = 1 // the parameters do not depend on it
	if _, err := neural.New(s.Config.Config, d, s.Params, neural.Evaluation, neural.Design{}); err != nil {
		return err
	}
	return takeAll(tensors, s.Params)
}

// checkSizes holds the sizes of a configuration against the tensors that depend on them.
func checkSizes(tensors map[string]safetensors.TensorView, c Config) error {
	h := c.HiddenDim
	for _, layer := range []int{0, c.GRULayers - 1} {
		if err := checkTensor(tensors, fmt.Sprintf("gru.weight_hh_l%d", layer), 3*h, h); err != nil {
			return err
		}
	}
	return nil
}

// takeAll gives every parameter its value, which must leave no tensor over.
func takeAll(tensors map[string]safetensors.TensorView, params *graph.Params) error {
	for _, p := range params.All() {
		values, err := takeFinite(tensors, p.Name, p.Value.Shape()...)
		if err == nil {
			err = params.Set(p.Name, values)
		}
		if err != nil {
			return err
		}
	}
	if len(tensors) > 0 {
		surplus := slices.Sorted(maps.Keys(tensors))
		return fmt.Errorf("has tensors that its configuration knows nothing of: %s %s", strings.Join(surplus, ", "), rewrite)
	}
	return nil
}

func checkTensor(tensors map[string]safetensors.TensorView, name string, shape ...int) error {
	t, ok := tensors[name]
	if !ok {
		if near := suggest.Nearest(name, slices.Sorted(maps.Keys(tensors))); near != "" {
			return fmt.Errorf("has no tensor %q, only %q %s", name, near, rewrite)
		}
		return fmt.Errorf("has no tensor %q %s", name, rewrite)
	}
	want := make([]uint64, len(shape))
	for i, n := range shape {
		want[i] = uint64(n)
	}
	if !slices.Equal(t.Shape(), want) {
		return fmt.Errorf("tensor %q is %v, but its configuration asks for %v %s", name, t.Shape(), shape, rewrite)
	}
	return nil
}

// takeFinite is takeTensor for values that must be finite.
func takeFinite(tensors map[string]safetensors.TensorView, name string, shape ...int) ([]float64, error) {
	values, err := takeTensor(tensors, name, shape...)
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("tensor %q is %v at element %d %s", name, v, i, rewrite)
		}
	}
	return values, err
}

// takeTensor takes a tensor of a shape out of the map, as float64.
func takeTensor(tensors map[string]safetensors.TensorView, name string, shape ...int) ([]float64, error) {
	if err := checkTensor(tensors, name, shape...); err != nil {
		return nil, err
	}
	t := tensors[name]
	delete(tensors, name)
	var values []float64
	data := t.Data()
	switch t.DType() {
	case safetensors.F32:
		for ; len(data) >= 4; data = data[4:] {
			values = append(values, float64(math.Float32frombits(binary.LittleEndian.Uint32(data))))
		}
	case safetensors.F64:
		for ; len(data) >= 8; data = data[8:] {
			values = append(values, math.Float64frombits(binary.LittleEndian.Uint64(data)))
		}
	default:
		return nil, fmt.Errorf("tensor %q is %v, neither F32 nor F64 %s", name, t.DType(), rewrite)
	}
	return values, nil
}
