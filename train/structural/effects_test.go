package structural

import (
	"context"
	"deepcausalmmm/dag"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

func fitted(t *testing.T, s Shape) (*Fit, world) {
	w := newWorld(t, small)
	f, err := NewFit(context.Background(), dataOf(t, w.panel, 80), s, Options{}, Effort{Start: 60}, nil, nil)
	require.NoError(t, err)
	return f, w
}

var plain = Shape{Knots: 2, Trend: calmTrend, RegionTrend: 0.03, Harmonics: 1, Control: 0.3, Media: 0.3}

func TestEffectsAddUp(t *testing.T) {
	for name, s := range map[string]Shape{"plain": plain, "everything": everything} {
		f, _ := fitted(t, s)
		e := effectsAlong(t, f, chain(t))
		m := f.Model
		require.NoError(t, m.Evaluate())
		kpi, sum, media := 0.0, 0.0, m.Floats(m.Media)
		for cell, y := range m.Floats(m.Prediction) {
			kpi += y * m.Data.Scaling.Target[cell/m.Data.Weeks]
			sum += floats.Sum(media[cell*3:cell*3+3]) * m.Data.Scaling.Target[cell/m.Data.Weeks]
		}
		require.InEpsilon(t, kpi, e.KPI, 1e-12)
		direct := 0.0
		for c, effect := range e.Channels {
			direct += effect.Direct
			require.InEpsilon(t, effect.Total, effect.Direct+effect.Indirect, 1e-9, name)
			require.InEpsilon(t, effect.Total, floats.Sum(e.ByCell[c]), 1e-6, name)
		}
		require.InEpsilon(t, sum, direct, 1e-9)
		require.Greater(t, e.Channels[0].Indirect, 0.0, "tv moves search")
		if name == "plain" { // a GRU looks at all channels: what one does changes the others' coefficients
			require.Zero(t, e.Channels[2].Indirect, "radio moves nothing")
			require.Len(t, e.Paths, 1)
			require.Equal(t, []int{0, 1}, e.Paths[0].Channels)
			require.InEpsilon(t, e.Channels[0].Indirect, e.Paths[0].Value, 1e-6)
		}
	}
}

// The paths to one channel share the change of its sales in proportion to the products of their weights.
func TestPathsShareByTheirWeights(t *testing.T) {
	g, err := dag.NewGraph(mat.NewDense(3, 3, []float64{0, 0.5, 0.6, 0, 0, 0.4, 0, 0, 0}))
	require.NoError(t, err)
	through := []float64{0, 10, 80}
	values := map[int]float64{}
	for _, p := range paths(g, 0, through) {
		require.Equal(t, 0, p.Channels[0])
		end := p.Channels[len(p.Channels)-1]
		values[end] += p.Value
		if len(p.Channels) == 3 {
			require.InDelta(t, 80*0.2/0.8, p.Value, 1e-12)
		}
	}
	require.InDelta(t, 10, values[1], 1e-12)
	require.InDelta(t, 80, values[2], 1e-12)
}
