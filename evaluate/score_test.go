package evaluate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/train/model"
)

// A relative error does not depend on the unit of the KPI, and is continuous in the estimate.
func TestRelativeErrorHasNoUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		estimate, truth := rapid.Float64Range(-5, 5).Draw(t, "estimate"), rapid.Float64Range(-5, 5).Draw(t, "truth")
		unit := rapid.Float64Range(1e-3, 1e3).Draw(t, "unit")
		e, small := relativeError(estimate, truth, 100)
		scaled, same := relativeError(estimate*unit, truth*unit, 100*unit)
		if math.Abs(math.Abs(truth)-0.2) > 1e-9 { // rounding may take it over the border
			require.Equal(t, small, same)
			require.InDelta(t, e, scaled, 1e-9*(1+e))
		}
		require.GreaterOrEqual(t, e, 0.0)
	})
}

func TestErrorOfASmallTruthIsRelativeToTheKPI(t *testing.T) {
	for _, c := range []struct {
		estimate, truth, want float64
		small                 bool
	}{
		{3, 2, 0.5, false}, {-2, 2, 2, false}, {-1, -2, 0.5, false}, {0.2, 0.2, 0, false},
		{0, 0, 0, true}, {2, 0, 1, true}, {-2, 0.1, 1.05, true},
	} {
		e, small := relativeError(c.estimate, c.truth, 100)
		require.InDelta(t, c.want, e, 1e-12, c)
		require.Equal(t, c.small, small, c)
	}
}

func TestScore(t *testing.T) {
	bounds := func(half, whole float64) []Bound { return []Bound{{50, -half, half}, {80, -whole, whole}} }
	s := score([]Estimate{
		{Kind: model.Total, Truth: 1, Value: 10, Error: 0.1, Bounds: bounds(1, 2)},
		{Kind: model.Total, Truth: 2, Value: 20, Error: 0.5, Bounds: bounds(1, 2)},
		{Kind: model.Total, Truth: 3, Value: 15, Error: 0.3},
		{Kind: model.Direct, Truth: 3, Value: 15, Error: 9},
	}, model.Total)
	require.InDelta(t, 0.3, s.Median, 1e-12)
	require.InDelta(t, 0.5, s.Worst, 1e-12)
	require.InDelta(t, 0.3, s.Mean, 1e-12)
	require.InDelta(t, 0.5, s.Rank, 1e-12) // 1 − 6·Σd²/(n(n²−1)) with d = 0, 1, 1
	require.InDelta(t, 0.5, s.Coverage[0], 1e-12)
	require.InDelta(t, 1, s.Coverage[1], 1e-12)
	require.True(t, math.IsNaN(s.Coverage[2]), "no intervals of 95 %")
	require.True(t, math.IsNaN(score(nil, model.Total).Median))
}

func TestRanksShareTheirMeanPosition(t *testing.T) {
	require.Equal(t, []float64{4, 1.5, 3, 1.5}, ranks([]float64{9, -1, 4, -1}))
}

// An effect has an interval of each level, and one without intervals has none.
func TestBoundsAreTheEffectsIntervals(t *testing.T) {
	low, high := -2.0, 2.0
	e := model.Effect{Interval50: &model.Interval{Low: -1, High: 1}, Low: &low, High: &high, Interval95: &model.Interval{Low: -3, High: 3}}
	require.Equal(t, []Bound{{50, -1, 1}, {80, -2, 2}, {95, -3, 3}}, bounds(e))
	require.Empty(t, bounds(model.Effect{}))
}
