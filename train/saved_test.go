package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/bounded"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// savedModel trains for a moment and returns the file.
func savedModel(t testing.TB, c Config) (*Result, []byte) {
	tt, ok := t.(*testing.T)
	require.True(t, ok)
	r := run(tt, c, sample(tt, c), model.Observer{})
	var file bytes.Buffer
	require.NoError(t, r.writeModel(&file))
	return r, file.Bytes()
}

func loadSaved(t *testing.T, content []byte) (*Saved, error) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	require.NoError(t, os.WriteFile(path, content, 0o644))
	return LoadModel(path)
}

func TestModelRoundTripsToTheLastBit(t *testing.T) {
	for _, dtype := range []string{"float32", "float64"} {
		c := quickConfig(t, dag.NOTEARS)
		own(c).Dtype, own(c).GRULayers = dtype, 2
		r, file := savedModel(t, c)
		s, err := loadSaved(t, file)
		require.NoError(t, err)
		require.Equal(t, r.Parts[0].Span, s.Train)
		require.Equal(t, r.Panel.Media, s.Panel.Media)
		require.Equal(t, r.Panel.Control, s.Panel.Control)
		require.Equal(t, r.Panel.Regions, s.Panel.Regions)
		require.Equal(t, r.Config.Shared, s.Config.Shared)
		require.Equal(t, r.Config.Settings, s.Config.Settings)
		require.Equal(t, savedAgain(t, r.Fitted), savedAgain(t, s.Fitted))
	}
}

// savedAgain is a file of what a fitted model saves.
func savedAgain(t *testing.T, f model.Fitted) []byte {
	w := modelfile.NewWriter()
	require.NoError(t, f.Save(w))
	var file bytes.Buffer
	require.NoError(t, w.Encode(&file))
	return file.Bytes()
}

func TestModelWithoutControlsOrGraphRoundTrips(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	c.EnableDAG, c.Data.Controls = false, nil
	_, file := savedModel(t, c)
	_, err := loadSaved(t, file)
	require.NoError(t, err)
}

// header returns the JSON of a model file and its tensors' bytes.
func header(t *testing.T, file []byte) (map[string]any, []byte) {
	n := binary.LittleEndian.Uint64(file)
	var h map[string]any
	require.NoError(t, json.Unmarshal(file[8:8+n], &h))
	return h, file[8+n:]
}

func assemble(t *testing.T, h map[string]any, data []byte) []byte {
	text, err := json.Marshal(h)
	require.NoError(t, err)
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return append(append(file, text...), data...)
}

func TestBrokenModelFilesAreRefused(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	_, file := savedModel(t, c)
	edited := func(edit func(h, metadata map[string]any)) []byte {
		h, data := header(t, file)
		edit(h, h["__metadata__"].(map[string]any))
		return assemble(t, h, data)
	}
	huge := bytes.Clone(file)
	binary.LittleEndian.PutUint64(huge, 1<<60)
	notANumber := bytes.Clone(file)
	copy(notANumber[len(file)-8:], binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())))
	flipped := bytes.Clone(file)
	flipped[20] ^= 0x40
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":           {nil, "no model file"},
		"a few bytes":     {[]byte("abc"), "no model file"},
		"cut header":      {file[:100], "cut short"},
		"cut data":        {file[:len(file)-1], "damaged"},
		"longer":          {append(bytes.Clone(file), 0), "damaged"},
		"huge length":     {huge, "cut short or no model file"},
		"flipped byte":    {flipped, ""},
		"NaN":             {notANumber, "is NaN at element"},
		"text":            {[]byte(strings.Repeat("region,week\n", 100)), "no model file"},
		"version":         {edited(func(_, m map[string]any) { m["format_version"] = "99" }), `format version "99"`},
		"no metadata":     {edited(func(h, _ map[string]any) { delete(h, "__metadata__") }), "format version"},
		"no config":       {edited(func(_, m map[string]any) { delete(m, "config") }), `"config" is missing or broken`},
		"more regions":    {edited(func(_, m map[string]any) { m["regions"] = `["a"]` }), `"panel.media" is [24 130 6]`},
		"hidden units":    {edited(func(_, m map[string]any) { replaceIn(m, "config", `"hidden_dim":8`, `"hidden_dim":4000`) }), "hill_a|gru.weight_hh_l0"},
		"layers":          {edited(func(_, m map[string]any) { replaceIn(m, "config", `"gru_layers":1`, `"gru_layers":900`) }), "gru"},
		"other name":      {edited(func(h, _ map[string]any) { h["hill_b"] = h["hill_a"]; delete(h, "hill_a") }), `no tensor "hill_a"`},
		"other shape":     {edited(func(h, _ map[string]any) { h["adj_logits"].(map[string]any)["shape"] = []int{36} }), `"adj_logits" is [36]`},
		"negative region": {edited(func(_, m map[string]any) { replaceIn(m, "dims", `"regions":24`, `"regions":-1`) }), "regions"},
	} {
		_, err := loadSaved(t, c.file)
		var wrong *ModelError
		require.ErrorAs(t, err, &wrong, name)
		require.NotContains(t, err.Error(), "\n", name)
		matched := c.want == ""
		for _, want := range strings.Split(c.want, "|") {
			matched = matched || strings.Contains(err.Error(), want)
		}
		require.True(t, matched, "%s: %v", name, err)
	}
	_, err := LoadModel(filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "check the path")
}

func replaceIn(m map[string]any, key, from, to string) {
	m[key] = strings.Replace(m[key].(string), from, to, 1)
}

func TestAModelWithAnotherTensorIsRefused(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	_, file := savedModel(t, c)
	h, data := header(t, file)
	h["spare"] = map[string]any{"dtype": "F32", "shape": []int{1}, "data_offsets": []int{len(data), len(data) + 4}}
	_, err := loadSaved(t, assemble(t, h, append(bytes.Clone(data), 0, 0, 0, 0)))
	require.ErrorContains(t, err, "not part of its configuration: spare")
}

// The files in testdata were written by the version before the models had a seam; the structural one has the graph's weights
// among its parameters.
func TestEarlierModelFilesPredictTheSame(t *testing.T) {
	for name, total := range map[string]float64{"original": originalTotal, "structural": structuralTotal} {
		s, err := LoadModel(filepath.Join("testdata", name+"-before.safetensors"))
		require.NoError(t, err)
		require.Equal(t, name, s.Config.Model)
		predicted, err := s.Predict(s.Panel, false, Intervention{})
		require.NoError(t, err)
		sum := 0.0
		for _, part := range predicted.Parts {
			sum += floats.Sum(part.Predicted)
		}
		require.InEpsilon(t, total, sum, 1e-5, name)
	}
}

// The sums of all predictions, as the earlier version wrote them to predictions.csv.
const originalTotal, structuralTotal = 10319229.603864, 4770518.463121

// FuzzModelFile: for any bytes, no panic, and an error is one line. The seeds are a model of each preset, cut and bent.
func FuzzModelFile(f *testing.F) {
	for _, name := range []string{"original", "structural"} {
		file, err := os.ReadFile(filepath.Join("testdata", name+"-before.safetensors"))
		require.NoError(f, err)
		_, err = parseModel(file)
		require.NoError(f, err)
		for _, n := range []int{0, 7, 8, 100, len(file) / 2, len(file) - 1, len(file)} {
			f.Add(file[:n])
		}
		for at := 8; at < len(file); at += 97 {
			bent := bytes.Clone(file)
			bent[at] ^= 0x11
			f.Add(bent)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		bounded.Memory(t, len(content), func() {
			if _, err := parseModel(content); err != nil {
				require.NotContains(t, err.Error(), "\n")
			}
		})
	})
}

// Weeks that a configuration forces to be numbers remain numbers in a model file, though they could be dates.
func TestNumberedWeeksStayNumbersInAModelFile(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	p := *sample(t, c)
	c.Data.DateFormat = "number"
	p.Weeks = slices.Clone(p.Weeks)
	for w := range p.Weeks {
		p.Weeks[w] = fmt.Sprint(45000 + 7*w) // as spreadsheets have Mondays
	}
	p.Resolution = panel.Resolution{Period: panel.Number, Step: 7}
	numbered, err := panel.New(p)
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, run(t, c, numbered, model.Observer{}).writeModel(&file))
	s, err := loadSaved(t, file.Bytes())
	require.NoError(t, err)
	require.Equal(t, numbered.Weeks, s.Panel.Weeks)
	require.Equal(t, numbered.Resolution, s.Panel.Resolution)
	require.Equal(t, "number", s.Columns().DateFormat)
	require.Equal(t, fmt.Sprint(45000+7*len(p.Weeks)), s.Panel.Axis().Label(1))
}

// How the training's weeks were written is in the model file, for weeks that can be read in two ways.
func TestDateFormatOfTheTrainingIsInTheModelFile(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	p := sample(t, c)
	reading := &panel.Reading{Format: "mdy", Notation: "month/day/year", Label: "1/4/2021", Week: p.Weeks[0]}
	p.Report.Dates = reading
	var file bytes.Buffer
	require.NoError(t, run(t, c, p, model.Observer{}).writeModel(&file))
	s, err := loadSaved(t, file.Bytes())
	require.NoError(t, err)
	require.Equal(t, reading, s.Columns().Training.Report.Dates)
}
