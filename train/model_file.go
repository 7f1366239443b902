package train

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/nlpodyssey/safetensors"
)

// modelFormat is the version of the metadata in a model file.
const modelFormat = "2"

// writeModel writes every parameter under its name, in the dtype of the training, in the safetensors format
// (github.com/huggingface/safetensors, little-endian), and beside them in float64 what a prediction continues from: the
// panel's media and controls, and the season. What else it needs stands as JSON in the metadata.
func (r *Result) writeModel(w io.Writer) error {
	if r.structural != nil {
		return r.writeStructuralModel(w)
	}
	tensors := views{}
	for _, p := range r.Params.All() {
		tensors.add(p.Name, p.Value.Data(), p.Value.Shape()...)
	}
	R, T := len(r.Panel.Regions), len(r.Panel.Weeks)
	tensors.add(tensorMedia, r.Panel.Media, R, T, len(r.Panel.Channels))
	if len(r.Panel.Controls) > 0 {
		tensors.add(tensorControls, r.Panel.Control, R, T, len(r.Panel.Controls))
	}
	tensors.add(tensorSeason, r.Season.Values, R, r.Season.Weeks)
	metadata, err := metadataOf(map[string]any{
		"config": r.Config, "dims": r.Dims, "scaling": r.Scaling, "duals": r.Graph.Duals, "train": r.Parts[0].Span,
		"regions": r.Panel.Regions, "weeks": r.Panel.Weeks, "channels": r.Panel.Channels, "controls": r.Panel.Controls,
		"summary": map[string]any{
			"epochs": len(r.History), "train": r.Metrics.Train, "holdout": r.Metrics.Holdout, "skill": r.Metrics.Skill,
		},
	})
	if err != nil {
		return err
	}
	return serialize(tensors, metadata, w)
}

func serialize(tensors views, metadata map[string]string, w io.Writer) error {
	metadata["format_version"] = modelFormat
	return safetensors.SerializeToWriter(tensors, metadata, w)
}

// views are tensors on their way into a file.
type views map[string]safetensors.TensorView

// add takes values, a []float32 or []float64, of a shape. It panics where they do not fit each other.
func (v views) add(name string, values any, shape ...int) {
	sizes := make([]uint64, len(shape))
	for i, n := range shape {
		sizes[i] = uint64(n)
	}
	dtype, data := littleEndian(values)
	view, err := safetensors.NewTensorView(dtype, sizes, data)
	if err != nil {
		panic(fmt.Sprintf("train: tensor %s: %v", name, err))
	}
	v[name] = view
}

// metadataOf writes each value as JSON.
func metadataOf(values map[string]any) (map[string]string, error) {
	metadata := map[string]string{}
	for key, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		metadata[key] = string(text)
	}
	return metadata, nil
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
	panic("train: a parameter is neither float32 nor float64")
}
