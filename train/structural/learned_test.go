package structural

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
)

// flattened is a world whose last channel has one exposure in all weeks.
func flattened(t *testing.T, w world) *panel.Panel {
	p := *w.panel
	p.Media = slices.Clone(p.Media)
	for i := 2; i < len(p.Media); i += 3 {
		p.Media[i] = 500
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	return made
}

// The share of a channel that never varies is the prior's, those of channels that the data tell are not; and no evaluation
// changes the fit.
func TestOnlySharesThatDataDoNotTellAreAssumed(t *testing.T) {
	w := newWorld(t, small)
	for _, c := range []struct {
		panel *panel.Panel
		want  []int
	}{{w.panel, nil}, {flattened(t, w), []int{2}}} {
		d := dataOf(t, c.panel, 80)
		fit, err := NewFit(context.Background(), d, dag.NewEmpty(d.Channels, 1), Shape{Knots: 2, RegionTrend: 0.03, Harmonics: 1, Media: 0.3}, Options{}, Full, nil, nil)
		require.NoError(t, err)
		before := fit.Model.vector()
		assumed, err := fit.Assumed()
		require.NoError(t, err)
		require.Equal(t, c.want, assumed)
		require.Equal(t, before, fit.Model.vector())
	}
}

// Of a linear model with a Gaussian prior, conjugate gradients find the posterior variance, which a tighter limit exceeds and a
// wider one does not. The gradient's products are those of the Hessian.
func TestThePosteriorVarianceIsThatOfTheInverseHessian(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 80)
	fit, err := NewFit(context.Background(), d, dag.NewEmpty(d.Channels, 1), Shape{Knots: 1, RegionTrend: 0.03, Media: 0.3}, Options{}, Full, nil, nil)
	require.NoError(t, err)
	m := fit.Model
	x := m.vector()
	n := len(x)
	hessian := make([]float64, 0, n*n)
	for i := range n {
		unit := make([]float64, n)
		unit[i] = 1
		row, err := m.hessianTimes(x, unit)
		require.NoError(t, err)
		hessian = append(hessian, row...)
	}
	g := make([]float64, n)
	at, known := m.offset("effect.average")
	require.True(t, known)
	g[at+1] = 1
	var inverse mat.Dense
	require.NoError(t, inverse.Inverse(mat.NewDense(n, n, hessian)))
	variance := inverse.At(at+1, at+1)
	for factor, want := range map[float64]bool{0.99: true, 1.01: false} {
		wide, err := m.isWider(g, factor*variance)
		require.NoError(t, err)
		require.Equal(t, want, wide)
	}
}
