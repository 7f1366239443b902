package modelfile

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
)

// Error is a file that cannot be used.
type Error struct {
	File, Problem string
	Cause         error // the system's, if it was
}

func (e *Error) Error() string { return e.File + ": " + e.Problem }

func (e *Error) Unwrap() error { return e.Cause }

// Reader is a file whose tensors are taken one after another.
type Reader struct {
	tensors  map[string]safetensors.TensorView
	metadata map[string]string
	advice   string // how to fix the file, in brackets
}

// largest limits the bytes read into memory.
const largest = 4 << 30

// Read returns the bytes of a file, or an *Error.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > largest {
		err = fmt.Errorf("%d bytes are no model file", info.Size())
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &Error{File: path, Problem: fmt.Sprintf("cannot read: %v (check the path)", files.Cause(err)), Cause: err}
	}
	return text, nil
}

// Parse reads the header of a file and the tensors that it describes, which must fill the file. Errors end with the advice.
func Parse(text []byte, advice string) (*Reader, error) {
	const header = 8
	if len(text) < header {
		return nil, fmt.Errorf("has %d bytes and is no model file %s", len(text), advice)
	}
	if n := binary.LittleEndian.Uint64(text); n > uint64(len(text)-header) {
		return nil, fmt.Errorf("is cut short or no model file: its header would have %d bytes, and the file has %d %s", n, len(text), advice)
	}
	_, m, err := safetensors.ReadMetadata(text)
	if err != nil {
		return nil, fmt.Errorf("is damaged: %w %s", err, advice)
	}
	file, err := safetensors.Deserialize(text)
	if err != nil {
		return nil, fmt.Errorf("is damaged: %w %s", err, advice)
	}
	r := &Reader{map[string]safetensors.TensorView{}, m.Metadata(), advice}
	for _, t := range file.Tensors() {
		r.tensors[t.Name] = t.TensorView
	}
	return r, nil
}

// Text returns a metadata entry as it is; empty if there is none.
func (r *Reader) Text(key string) string { return r.metadata[key] }

// JSON decodes a metadata entry into a pointer.
func (r *Reader) JSON(key string, into any) error {
	if err := json.Unmarshal([]byte(r.metadata[key]), into); err != nil {
		return r.Errorf("its metadata %q is missing or broken: %w", key, err)
	}
	return nil
}

// Errorf is an error that ends with the reader's advice.
func (r *Reader) Errorf(format string, args ...any) error {
	return fmt.Errorf(format+" %s", append(args, r.advice)...)
}

// Verify compares the file with the digest that Writer.Sign wrote.
func (r *Reader) Verify() error {
	if was, is := r.metadata[digestKey], digest(r.tensors, r.metadata); was != is {
		return r.Errorf("is damaged: its digest is %.12s…, not %.12s…", is, was)
	}
	return nil
}

// Names lists the tensors that have not been taken yet.
func (r *Reader) Names() []string { return slices.Sorted(maps.Keys(r.tensors)) }

// Skip drops tensors that this version does not use.
func (r *Reader) Skip(names ...string) {
	for _, name := range names {
		delete(r.tensors, name)
	}
}

// Has compares a tensor's shape with the one that the configuration asks for, before anything of that size is made.
func (r *Reader) Has(name string, shape ...int) error {
	t, ok := r.tensors[name]
	if !ok {
		if near := suggest.Nearest(name, r.Names()); near != "" {
			return r.Errorf("has no tensor %q, only %q", name, near)
		}
		return r.Errorf("has no tensor %q", name)
	}
	want := make([]uint64, len(shape))
	for i, n := range shape {
		want[i] = uint64(n)
	}
	if !slices.Equal(t.Shape(), want) {
		return r.Errorf("tensor %q is %v, but its configuration asks for %v", name, t.Shape(), shape)
	}
	return nil
}

// Len is the size of the first axis of a tensor, 0 without one.
func (r *Reader) Len(name string) int {
	if t, ok := r.tensors[name]; ok && len(t.Shape()) > 0 {
		return int(t.Shape()[0])
	}
	return 0
}

// Finite takes a tensor whose values must be finite.
func (r *Reader) Finite(name string, shape ...int) ([]float64, error) {
	values, err := r.Tensor(name, shape...)
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, r.Errorf("tensor %q is %v at element %d", name, v, i)
		}
	}
	return values, err
}

// Tensor takes a tensor of a shape, as float64.
func (r *Reader) Tensor(name string, shape ...int) ([]float64, error) {
	if err := r.Has(name, shape...); err != nil {
		return nil, err
	}
	t := r.tensors[name]
	delete(r.tensors, name)
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
		return nil, r.Errorf("tensor %q is %v, neither F32 nor F64", name, t.DType())
	}
	return values, nil
}

// Put adds a tensor that this version computes from those of an earlier one, to be taken like the others.
func (r *Reader) Put(name string, values []float64, shape ...int) {
	r.tensors[name] = view(name, values, shape)
}

// Params gives every parameter its value, see Writer.Params.
func (r *Reader) Params(prefix string, params *graph.Params) error {
	for _, p := range params.All() {
		values, err := r.Finite(prefix+p.Name, p.Value.Shape()...)
		if err == nil {
			err = params.Set(p.Name, values)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Surplus is an error if there are tensors that nothing has taken.
func (r *Reader) Surplus() error {
	if surplus := r.Names(); len(surplus) > 0 {
		return r.Errorf("has tensors that are not part of its configuration: %s", strings.Join(surplus, ", "))
	}
	return nil
}

// Panel reads what Writer.Panel wrote. The panel has no target.
func (r *Reader) Panel() (*panel.Panel, error) {
	var p panel.Panel
	for key, into := range map[string]*[]string{
		"regions": &p.Regions, "weeks": &p.Weeks, "channels": &p.Channels, "controls": &p.Controls,
	} {
		if err := r.JSON(key, into); err != nil {
			return nil, err
		}
	}
	for key, into := range optional(&p) {
		if r.Text(key) == "" {
			continue
		}
		if err := r.JSON(key, into); err != nil {
			return nil, err
		}
	}
	var err error
	R, T := len(p.Regions), len(p.Weeks)
	if p.Media, err = r.Finite(tensorMedia, R, T, len(p.Channels)); err != nil {
		return nil, err
	}
	if len(p.Controls) > 0 {
		if p.Control, err = r.Finite(tensorControls, R, T, len(p.Controls)); err != nil {
			return nil, err
		}
	}
	if len(p.SpendNames) > 0 {
		if p.Spend, err = r.Finite(tensorSpend, R, T, len(p.SpendNames)); err != nil {
			return nil, err
		}
	}
	if _, has := r.tensors[tensorRevenue]; has {
		if p.Revenue, err = r.Finite(tensorRevenue, R, T); err != nil {
			return nil, err
		}
	}
	if r.Text(resolutionKey) != "" {
		if err = r.JSON(resolutionKey, &p.Resolution); err != nil {
			return nil, err
		}
		if p.Resolution.Period != panel.Number || p.Resolution.Step < 1 {
			return nil, r.Errorf("its metadata %q is %v, not numbers", resolutionKey, p.Resolution)
		}
	}
	var dates *panel.Reading
	if r.Text(datesKey) != "" {
		if err = r.JSON(datesKey, &dates); err != nil {
			return nil, err
		}
	}
	made, err := panel.New(p)
	if err == nil {
		made.Report.Dates = dates
	}
	return made, err
}
