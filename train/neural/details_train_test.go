package neural

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
	"deepcausalmmm/panel"
)

// What the details say of carry-over and saturation is what the model computes: both are computed here again from them.
func TestResponsesAreTheModels(t *testing.T) {
	c := quickConfig(t, dag.NOTEARS)
	training, err := New(c, sample(t, c), Observer{})
	require.NoError(t, err)
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	m := training.model
	require.NoError(t, m.Evaluate())
	exposure, adstock, saturation := graph.Floats(m.Inputs.Media.Value()), m.Floats(m.Outputs.Adstock), m.Floats(m.Outputs.Saturation)
	M := m.Dims.Channels
	require.Len(t, r.Details.Responses, M)
	for i := range adstock {
		response, week := r.Details.Responses[i%M], i/M%m.Dims.Weeks
		carried := exposure[i]
		if week > 0 {
			carried += response.Decay * adstock[i-M]
		}
		require.InDelta(t, carried, adstock[i], 1e-5)
		s := layers.Saturation(adstock[i], response.Slope, response.HalfSaturation)
		require.InDelta(t, s, saturation[i], 1e-5, "%s at %g", response.Channel, adstock[i])
	}
	for _, response := range r.Details.Responses {
		e := response.Exposure
		require.IsNonDecreasing(t, []float64{0, e.P5, e.P25, e.Median, e.P75, e.P95, 10})
	}
}

func TestCoefficientsAreQuartilesOverRegions(t *testing.T) {
	c := quickConfig(t, dag.Triangular)
	p := sample(t, c)
	training, err := New(c, p, Observer{})
	require.NoError(t, err)
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	d := r.Details
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
	require.InDelta(t, (second[11]+second[12])/2, d.Coefficients[1].Median[d.HoldoutFrom+week], 1e-9)
}

func TestDetailsTellOfThePanel(t *testing.T) {
	p := panel.Panel{Regions: []string{"a", "b"}, Channels: []string{"tv"}, SpendNames: []string{"cost", "fee"}}
	for w := range 20 {
		p.Weeks = append(p.Weeks, string(rune('0'+w/10))+string(rune('0'+w%10)))
	}
	for i := range 40 {
		p.Media, p.Target = append(p.Media, float64(i)), append(p.Target, 5+float64(i%3))
		p.Spend = append(p.Spend, 2, 3)
	}
	p.Target[7], p.Target[39] = math.NaN(), math.NaN()
	complete, err := panel.New(p)
	require.NoError(t, err)
	c := DefaultConfig()
	c.HiddenDim, c.NEpochs, c.WarmStartEpochs, c.MinTrainWeeks, c.HoldoutRatio = 4, 1, 0, 10, 0.25
	r := run(t, c, complete, Observer{})
	require.Equal(t, [][]int{{7}, {19}}, r.Details.Filled)
	require.Equal(t, []Spend{{"cost", 80}, {"fee", 120}}, r.Details.Spend)
	require.Equal(t, 15, r.Details.HoldoutFrom)
	require.Equal(t, []ComponentName{{"baseline", Baseline}, {"season", Season}, {"tv", Media}}, r.Details.Components)
}
