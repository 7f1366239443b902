package train

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math"

	"github.com/nlpodyssey/safetensors"
)

// modelFormat is the version of the metadata in a model file.
const modelFormat = "1"

// writeModel writes every parameter under its name, in the dtype of the training, in the safetensors format
// (github.com/huggingface/safetensors, little-endian). What else a prediction needs stands as JSON in the metadata.
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
	metadata := map[string]string{"format_version": modelFormat}
	for key, value := range map[string]any{
		"config": r.Config, "dims": r.Dims, "scaling": r.Scaling, "duals": r.Graph.Duals,
		"regions": r.Panel.Regions, "weeks": r.Panel.Weeks, "channels": r.Panel.Channels, "controls": r.Panel.Controls,
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
