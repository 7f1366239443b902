package plan

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func wide(p *Problem, lo, hi float64) *Problem {
	for m := range p.Channels {
		p.Channels[m].Range = &[2]float64{lo, hi}
	}
	return p
}

func optimise(t *testing.T, p *Problem, o Options) *Result {
	t.Helper()
	if o.Beyond == 0 {
		o.Beyond = math.Inf(1)
	}
	r, err := p.Optimise(context.Background(), o)
	require.NoError(t, err)
	return r
}

func spends(v *Valuation) []float64 {
	var out []float64
	for _, c := range v.Channels {
		out = append(out, c.Spend)
	}
	return out
}

func TestSquareRootsAreBoughtByTheSquareOfTheirStrength(t *testing.T) {
	// max Σ β_m·√s_m subject to Σ s_m = B has s_m = B·β_m²/Σβ².
	w := &world{R: 1, T: 3, M: 3, x: panelOf(3, 4, 4, 4), decay: make([]float64, 3), curves: []curve{power(1, 0.5), power(2, 0.5), power(3, 0.5)}}
	r := optimise(t, wide(problemOf(0, 0, w), 0, 9), Options{Goal: Goal{Kind: MostValue, Amount: 30}})
	require.InDeltaSlice(t, []float64{30. / 14, 30. * 4 / 14, 30. * 9 / 14}, spends(r.Plan), 1e-3*30)
	require.InDelta(t, 30, r.Plan.Spend, 1e-4)
	// The optimum is √(14·B·weeks): its slope is the shadow price of the budget.
	shadow := math.Sqrt(14*3*30) / (2 * 30)
	require.Len(t, r.Binding, 1)
	require.InEpsilon(t, shadow, r.Binding[0].Shadow, 1e-3)
	for _, c := range r.Plan.Channels {
		require.InEpsilon(t, shadow, c.MarginalTotal, 1e-3)
		require.InEpsilon(t, shadow, c.MarginalDirect, 1e-3)
	}
	require.Nil(t, r.DirectOnly)
}
