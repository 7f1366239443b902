package neural

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
)

// What the details say of carry-over and saturation is what the model computes: both are computed here again.
func TestResponsesAreTheModels(t *testing.T) {
	training, r := runSample(t, quickConfig(dag.NOTEARS))
	m := training.model
	require.NoError(t, m.Evaluate())
	exposure, adstock, saturation := graph.Floats(m.Inputs.Media.Value()), m.Floats(m.Outputs.Adstock), m.Floats(m.Outputs.Saturation)
	M := m.Dims.Channels
	require.Len(t, r.Responses, M)
	for i := range adstock {
		response, week := r.Responses[i%M], i/M%m.Dims.Weeks
		carried := exposure[i]
		if week > 0 {
			carried += *response.Decay * adstock[i-M]
		}
		require.InDelta(t, carried, adstock[i], 1e-5)
		s := layers.Saturation(adstock[i], *response.Slope, *response.HalfSaturation)
		require.InDelta(t, s, saturation[i], 1e-5, "%s at %g", response.Channel, adstock[i])
	}
	for _, response := range r.Responses {
		e := response.Exposure
		require.IsNonDecreasing(t, []float64{0, e.P5, e.P25, e.Median, e.P75, e.P95, 10})
		last := response.Curve[len(response.Curve)-1]
		for _, point := range response.Curve {
			s, full := layers.Saturation(point.Exposure, *response.Slope, *response.HalfSaturation), layers.Saturation(last.Exposure, *response.Slope, *response.HalfSaturation)
			require.InDelta(t, last.Effect*s/full, point.Effect, 1e-5, "%s at %g", response.Channel, point.Exposure)
		}
		for lag, w := range response.CarryOver {
			require.InDelta(t, (1-*response.Decay)*math.Pow(*response.Decay, float64(lag)), w, 1e-5, "%s after %d", response.Channel, lag)
		}
	}
}

func TestCoefficientsAreQuartilesOverRegions(t *testing.T) {
	c := quickConfig(dag.Triangular)
	training, r := runSample(t, c)
	p, d := training.task.Panel, r.Description
	require.Len(t, d.Coefficients, len(p.Channels)+len(p.Controls))
	for _, path := range d.Coefficients {
		require.Len(t, path.Median, len(p.Weeks))
		for w := range p.Weeks {
			require.IsNonDecreasing(t, []float64{path.Low[w], path.Median[w], path.High[w]}, path.Component)
		}
	}
	// A week of the holdout, from the holdout's own model.
	require.NoError(t, training.holdout.Evaluate())
	m, week := training.holdout, 3
	all := m.Floats(m.Outputs.MediaCoefficients)
	var second []float64
	for region := range m.Dims.Regions {
		second = append(second, m.PredictionScale()*all[(region*m.Dims.Weeks+c.BurnInWeeks+week)*m.Dims.Channels+1])
	}
	slices.Sort(second)
	require.InDelta(t, (second[11]+second[12])/2, d.Coefficients[1].Median[training.task.Holdout.From+week], 1e-9)
}
