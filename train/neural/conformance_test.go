package neural_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/internal/conformance"
	"deepcausalmmm/internal/conformance/modelcase"
	"deepcausalmmm/train/neural"
)

// TestConformance replays a forward and backward pass of the Python original: every intermediate result, every loss
// term and the gradient of every parameter.
func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Model, func(t *testing.T, c *conformance.Case) {
		m, _ := modelcase.Build(t, c)
		rho, alpha := modelcase.Duals(t, c)
		m.SetDuals(c.Active, rho, alpha)
		require.NoError(t, m.Run())
		for name, raw := range c.Expected {
			switch name {
			case "loss":
				checkLoss(t, m, raw)
			case "gradients":
				checkGradients(t, m, raw)
			default:
				if string(raw) == "null" {
					continue // the original has none in this configuration
				}
				want, _ := conformance.Flat(t, raw)
				conformance.Close(t, name, want, output(t, m, name, len(want)), tolerance)
			}
		}
	})
}

const tolerance = 1e-9 // relative, absolute below 1

// output is the model's result of a name. Without a DAG its graph has no edges: n zeros.
func output(t *testing.T, m *neural.Model, name string, n int) []float64 {
	out := m.Outputs
	if out.Adjacency == nil && (name == "adjacency" || name == "threshold_0_3") {
		return make([]float64, n)
	}
	nodes := map[string]*gorgonia.Node{
		"adstock": out.Adstock, "hill": out.Saturation, "dag": out.Blend, "adjacency": out.Adjacency,
		"media_coefficients": out.MediaCoefficients, "control_coefficients": out.ControlCoefficients,
		"media_contributions": out.MediaContributions, "control_contributions": out.ControlContributions,
		"baseline": out.Baseline, "seasonal_contribution": out.Season,
		"raw_prediction": out.Raw, "prediction": out.Prediction,
	}
	if n := nodes[name]; n != nil {
		return m.Floats(n)
	}
	switch name {
	case "h":
		return []float64{m.Acyclicity()}
	case "threshold_0_3":
		return m.ThresholdDAG(0.3).RawMatrix().Data
	}
	require.Failf(t, "unknown field", "expected.%s is no output of the model", name)
	return nil
}

func checkLoss(t *testing.T, m *neural.Model, raw json.RawMessage) {
	var want map[string]float64 // a null is 0
	require.NoError(t, json.Unmarshal(raw, &want))
	loss := m.Loss
	nodes := map[string]*gorgonia.Node{
		"huber": loss.Fit, "dag": loss.DAG, "sparsity": loss.Sparsity, "l1": loss.L1, "l2": loss.L2, "total": loss.Total,
		"attribution_raw": loss.Attribution, "attribution_scaled": loss.AttributionScaled,
		"seasonal_raw": loss.Seasonal, "seasonal_scaled": loss.SeasonalScaled,
	}
	for name, value := range want {
		node, known := nodes[name]
		require.True(t, known, "unknown loss term %s", name)
		conformance.Close(t, "loss."+name, []float64{value}, []float64{m.Scalar(node)}, tolerance)
	}
}

func checkGradients(t *testing.T, m *neural.Model, raw json.RawMessage) {
	var want map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &want))
	for i, p := range m.Parameters {
		require.Contains(t, want, p.Name, "no gradient is expected of this parameter")
		expected := make([]float64, p.Value.Shape().TotalSize()) // of a parameter that is not used
		if string(want[p.Name]) != "null" {
			expected, _ = conformance.Flat(t, want[p.Name])
		}
		conformance.Close(t, "∂/∂"+p.Name, expected, graph.Floats(m.Gradient(i)), tolerance)
	}
	require.Len(t, want, len(m.Parameters))
}

// TestFloat32FollowsFloat64 replays the cases in a float32 graph: the same numbers to that precision.
func TestFloat32FollowsFloat64(t *testing.T) {
	conformance.Run(t, conformance.Model, func(t *testing.T, c *conformance.Case) {
		wide, _ := modelcase.Build(t, c)
		narrow, _ := modelcase.BuildAs(t, c, tensor.Float32)
		rho, alpha := modelcase.Duals(t, c)
		for _, m := range []*neural.Model{wide, narrow} {
			m.SetDuals(c.Active, rho, alpha)
			require.NoError(t, m.Run())
		}
		conformance.Close(t, "total loss", []float64{wide.Scalar(wide.Loss.Total)}, []float64{narrow.Scalar(narrow.Loss.Total)}, 1e-5)
		for i, p := range wide.Parameters {
			conformance.Close(t, "∂/∂"+p.Name, graph.Floats(wide.Gradient(i)), graph.Floats(narrow.Gradient(i)), 1e-4)
		}
	})
}
