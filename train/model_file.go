package train

import (
	"encoding/binary"
	"encoding/json"
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
	tensors := map[string]safetensors.TensorView{}
	for _, p := range r.Params.All() {
		var shape []uint64
		for _, n := range p.Value.Shape() {
			shape = append(shape, uint64(n))
		}
		dtype, data := littleEndian(p.Value.Data())
		view, err := safetensors.NewTensorView(dtype, shape, data)
		if err != nil {
			return err
		}
		tensors[p.Name] = view
	}
	R, T := uint64(len(r.Panel.Regions)), uint64(len(r.Panel.Weeks))
	for name, t := range map[string]struct {
		values []float64
		shape  []uint64
	}{
		tensorMedia:    {r.Panel.Media, []uint64{R, T, uint64(len(r.Panel.Channels))}},
		tensorControls: {r.Panel.Control, []uint64{R, T, uint64(len(r.Panel.Controls))}},
		tensorSeason:   {r.Season.Values, []uint64{R, uint64(r.Season.Weeks)}},
	} {
		if len(t.values) == 0 {
			continue // a panel without controls
		}
		_, data := littleEndian(t.values)
		view, err := safetensors.NewTensorView(safetensors.F64, t.shape, data)
		if err != nil {
			return err
		}
		tensors[name] = view
	}
	metadata := map[string]string{"format_version": modelFormat}
	for key, value := range map[string]any{
		"config": r.Config, "dims": r.Dims, "scaling": r.Scaling, "duals": r.Graph.Duals, "train": r.Parts[0].Span,
		"regions": r.Panel.Regions, "weeks": r.Panel.Weeks, "channels": r.Panel.Channels, "controls": r.Panel.Controls,
		"summary": map[string]any{
			"epochs": len(r.History), "train": r.Metrics.Train, "holdout": r.Metrics.Holdout, "skill": r.Metrics.Skill,
		},
	} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		metadata[key] = string(text)
	}
	return safetensors.SerializeToWriter(tensors, metadata, w)
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
