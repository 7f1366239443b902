package learn_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/learn"
)

// autoregression simulates series of a linear model whose past has weights too.
func autoregression(rng *rand.Rand, m linear, past *mat.Dense, series, weeks int) []mat.Matrix {
	d := len(m.order)
	all := make([]mat.Matrix, series)
	for s := range all {
		x := mat.NewDense(weeks+20, d, nil)
		for t := range weeks + 20 {
			row := x.RawRowView(t)
			if t > 0 {
				for j := range d {
					row[j] = mat.Dot(x.RowView(t-1), past.ColView(j))
				}
			}
			m.complete(row, rng.NormFloat64)
		}
		all[s] = x.Slice(20, weeks+20, 0, d)
	}
	return all
}

func TestLearnFindsEdgesOfTheSameTimeAndOfThePast(t *testing.T) {
	same := mat.NewDense(4, 4, nil)
	same.Set(2, 0, 0.8)
	same.Set(0, 3, -0.9)
	past := mat.NewDense(4, 4, nil)
	for i := range 4 {
		past.Set(i, i, 0.4)
	}
	past.Set(2, 0, 0.5) // the same edge, weaker
	past.Set(2, 1, -0.6)
	past.Set(1, 3, 0.5)
	x := autoregression(seeded(6), linear{same, []int{2, 1, 0, 3}}, past, 12, 150)
	joint := mat.DenseCopyOf(same)
	joint.Set(2, 1, -0.6)
	joint.Set(1, 3, 0.5)
	for _, method := range methods {
		e := estimate(t, learn.Options{Method: method, Lags: 1}, x...)
		require.Len(t, e.Graph.Lagged(), 1)
		require.True(t, mat.Equal(support(same), support(e.Graph.Same())), method)
		require.True(t, mat.Equal(support(past), support(e.Graph.Lagged()[0])), method)
		require.True(t, mat.EqualApprox(same, e.Graph.Same(), 0.1), method)
		require.True(t, mat.EqualApprox(past, e.Graph.Lagged()[0], 0.1), method)
		require.True(t, mat.EqualApprox(joint, e.Graph.Strongest(), 0.1), method)
	}
}

// Whatever a variable's own past explains, little as it may be, is not left to others to explain.
func TestOwnPastIsAlwaysIn(t *testing.T) {
	e := estimate(t, learn.Options{Lags: 2}, noise(seeded(13), 100, 3))
	for i := range 3 {
		require.NotZero(t, e.Graph.Lagged()[0].At(i, i))
		require.NotZero(t, e.Graph.Lagged()[1].At(i, i))
		require.Zero(t, e.Graph.Strongest().At(i, i), "but it is no edge")
	}
}

// An edge that takes two weeks is found at the second lag.
func TestLearnFindsTheLag(t *testing.T) {
	rng := seeded(7)
	x := noise(rng, 500, 2)
	for t := 2; t < 500; t++ {
		x.Set(t, 1, x.At(t, 1)+x.At(t-2, 0))
	}
	for _, method := range methods {
		e := estimate(t, learn.Options{Method: method, Lags: 3, Threshold: 0.3}, x)
		require.Len(t, e.Graph.Lagged(), 3)
		require.InDelta(t, 1, e.Graph.Lagged()[1].At(0, 1), 0.2, method)
		require.Zero(t, mat.Norm(e.Graph.Same(), 1)+mat.Norm(e.Graph.Lagged()[0], 1)+mat.Norm(e.Graph.Lagged()[2], 1), method)
	}
}

// The next region's first week is the image of the last region's last: no edge, since no week follows another there.
func TestLagsDoNotReachAcrossSeries(t *testing.T) {
	rng := seeded(9)
	series := make([]mat.Matrix, 100)
	last := 0.0
	for s := range series {
		x := noise(rng, 3, 2)
		x.Set(0, 1, 20*last)
		last = x.At(2, 0)
		series[s] = x
	}
	for _, method := range methods {
		e := estimate(t, learn.Options{Method: method, Lags: 1, Threshold: 0.3}, series...)
		require.Zero(t, e.Graph.Strongest().At(0, 1), method)
	}
}
