// Package modelcase builds the model of a conformance case.
package modelcase

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/internal/conformance"
	"deepcausalmmm/train/neural"
)

// Build builds the model of a case in float64, for training, with the parameters and data of the case.
func Build(t testing.TB, c *conformance.Case) (*neural.Model, *graph.Params) {
	return BuildAs(t, c, tensor.Float64)
}

// BuildAs is Build with another dtype.
func BuildAs(t testing.TB, c *conformance.Case, dtype tensor.Dtype) (*neural.Model, *graph.Params) {
	config := neural.DefaultConfig()
	require.NoError(t, json.Unmarshal(c.Config, &config))
	config.Dropout = 0 // the cases are evaluated without dropout
	dims := neural.Dims{
		Regions: c.Dims["regions"], Weeks: c.Dims["weeks"], Channels: c.Dims["media"], Controls: c.Dims["controls"],
	}
	config.HiddenDim, config.GRULayers = c.Dims["hidden"], max(1, c.Dims["gru_layers"])
	config.CtrlHiddenRatio = (float64(c.Dims["control_hidden"]) + 0.5) / float64(config.HiddenDim)
	params := graph.NewParams(dtype, 0)
	m, err := neural.New(config, dims, params, neural.Training, neural.Design{})
	require.NoError(t, err)
	require.Len(t, c.Parameters, len(params.All()), "the model has other parameters than the case")
	for name, raw := range c.Parameters {
		values, shape := conformance.Flat(t, raw)
		require.NotNil(t, params.Get(name), "the model lacks parameter %s", name)
		require.Equal(t, tensor.Shape(shape), params.Get(name).Value.Shape(), name)
		require.NoError(t, params.Set(name, values))
	}
	input := func(name string) []float64 {
		values, _ := conformance.Flat(t, c.Inputs[name])
		return values
	}
	require.NoError(t, m.SetData(input("media"), input("controls"), input("target"), input("seasonal")))
	return m, params
}

// Duals returns the initial duals of the case's augmented Lagrangian.
func Duals(t testing.TB, c *conformance.Case) (rho, alpha float64) {
	var start struct {
		Rho   float64 `json:"notears_rho_init"`
		Alpha float64 `json:"notears_alpha_init"`
	}
	require.NoError(t, json.Unmarshal(c.Config, &start))
	return start.Rho, start.Alpha
}
