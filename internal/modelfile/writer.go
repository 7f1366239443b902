// Package modelfile writes and reads model files and checkpoints: named tensors and JSON metadata in the safetensors format
// (github.com/huggingface/safetensors, little-endian). A Reader checks shapes and values before anyone uses them, and never
// allocates more than a few times the file's size. Start reading at Writer and Parse.
package modelfile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"deepcausalmmm/graph"
	"deepcausalmmm/panel"
)

// Writer collects what a file will hold.
type Writer struct {
	tensors  map[string]safetensors.TensorView
	metadata map[string]string
}

// NewWriter returns a Writer of an empty file.
func NewWriter() *Writer {
	return &Writer{map[string]safetensors.TensorView{}, map[string]string{}}
}

// Tensor adds values, a []float32 or []float64, of a shape. It panics if they do not fit each other.
func (w *Writer) Tensor(name string, values any, shape ...int) {
	w.tensors[name] = view(name, values, shape)
}

func view(name string, values any, shape []int) safetensors.TensorView {
	sizes := make([]uint64, len(shape))
	for i, n := range shape {
		sizes[i] = uint64(n)
	}
	dtype, data := littleEndian(values)
	view, err := safetensors.NewTensorView(dtype, sizes, data)
	if err != nil {
		panic(fmt.Sprintf("modelfile: tensor %s: %v", name, err))
	}
	return view
}

// Params adds every parameter under its name, after a prefix that tells several models of a file apart.
func (w *Writer) Params(prefix string, params *graph.Params) {
	for _, p := range params.All() {
		w.Tensor(prefix+p.Name, p.Value.Data(), p.Value.Shape()...)
	}
}

// The tensors of the training's panel.
const (
	tensorMedia    = "panel.media"
	tensorControls = "panel.controls"
	tensorSpend    = "panel.spend"
	tensorRevenue  = "panel.revenue"
)

// Panel adds a panel without its target, with its exposure as the model took it ([R, T, M]). What the panel does not have is not
// written.
func (w *Writer) Panel(p *panel.Panel, exposure []float64) error {
	R, T := len(p.Regions), len(p.Weeks)
	w.Tensor(tensorMedia, exposure, R, T, len(p.Channels))
	if len(p.Controls) > 0 {
		w.Tensor(tensorControls, p.Control, R, T, len(p.Controls))
	}
	if len(p.Spend) > 0 {
		w.Tensor(tensorSpend, p.Spend, R, T, len(p.SpendNames))
	}
	if len(p.Revenue) > 0 {
		w.Tensor(tensorRevenue, p.Revenue, R, T)
	}
	roles := map[string]any{"regions": p.Regions, "weeks": p.Weeks, "channels": p.Channels, "controls": p.Controls}
	if p.Resolution.Period == panel.Number { // or numbers such as 20240107 would be read as dates
		roles[resolutionKey] = p.Resolution
	}
	if p.Report.Dates != nil {
		roles[datesKey] = p.Report.Dates
	}
	for key, field := range optional(p) {
		if v := reflect.ValueOf(field).Elem(); v.Kind() == reflect.Pointer && !v.IsNil() || v.Kind() == reflect.Slice && v.Len() > 0 {
			roles[key] = field
		}
	}
	return w.JSON(roles)
}

// Metadata of the weeks, if they are numbers, and of how they were written, if not in ISO 8601.
const resolutionKey, datesKey = "resolution", "dates"

// optional are the fields of a panel that few have, by the key of their metadata.
func optional(p *panel.Panel) map[string]any {
	return map[string]any{
		"kinds": &p.Kinds, "treatments": &p.Treatments, "categories": &p.Categories,
		"spend": &p.SpendNames, "spend_of": &p.SpendOf, "population": &p.Population, "holidays": &p.Holidays,
	}
}

// Text adds a metadata entry as it is.
func (w *Writer) Text(key, text string) { w.metadata[key] = text }

// JSON adds metadata entries, each as JSON.
func (w *Writer) JSON(values map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		text, err := json.Marshal(values[key])
		if err != nil {
			return fmt.Errorf("metadata %s: %w", key, err)
		}
		w.metadata[key] = string(text)
	}
	return nil
}

// Sign adds a digest of everything else, which Reader.Verify checks.
func (w *Writer) Sign() { w.metadata[digestKey] = digest(w.tensors, w.metadata) }

// Encode writes the file.
func (w *Writer) Encode(out io.Writer) error {
	return safetensors.SerializeToWriter(w.tensors, w.metadata, out)
}

const digestKey = "sha256"

// digest is of all tensors and all metadata but the digest itself, in the order of their names.
func digest(tensors map[string]safetensors.TensorView, metadata map[string]string) string {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		if name != digestKey {
			fmt.Fprintf(hash, "%q %q\n", name, metadata[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		view := tensors[name]
		fmt.Fprintf(hash, "%q %v %v\n", name, view.DType(), view.Shape())
		hash.Write(view.Data())
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func littleEndian(values any) (safetensors.DType, []byte) {
	switch values := values.(type) {
	case []float32:
		data := make([]byte, 0, 4*len(values))
		for _, v := range values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		return safetensors.F32, data
	case []float64:
		data := make([]byte, 0, 8*len(values))
		for _, v := range values {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
		return safetensors.F64, data
	}
	panic("modelfile: a tensor is neither float32 nor float64")
}
