package op_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// evaluate runs a function of constants on a graph of its own.
func evaluate(t require.TestingT, build func(s *graph.Scope) *graph.Node) []float64 {
	n, err := graph.Build(func() *graph.Node {
		return build(graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 1)))
	})
	require.NoError(t, err)
	m := graph.NewMachine(graph.Nodes{n})
	require.NoError(t, m.Run())
	return m.Floats(n)
}

func draw(t *rapid.T, name string, lo, hi float64, n int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(lo, hi), n, n).Draw(t, name)
}

// With the weights (1 − a)·aˡ and the rest of the sum on the last lag, lags are the geometric carry-over.
func TestGeometricLagsAreCarryover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		R, T, M := rapid.IntRange(1, 3).Draw(t, "R"), rapid.IntRange(1, 9).Draw(t, "T"), rapid.IntRange(1, 3).Draw(t, "M")
		x, decay := draw(t, "x", 0, 10, R*T*M), draw(t, "decay", 0, 0.99, M)
		weights := make([]float64, T*M)
		for i := range weights {
			l, a := float64(i/M), decay[i%M]
			weights[i] = (1 - a) * math.Pow(a, l)
			if i/M == T-1 {
				weights[i] = math.Pow(a, l)
			}
		}
		got := evaluate(t, func(s *graph.Scope) *graph.Node {
			return op.Lags(s.Constant("x", x, R, T, M), s.Constant("w", weights, T, M))
		})
		want := evaluate(t, func(s *graph.Scope) *graph.Node {
			return op.Carryover(s.Constant("x", x, R, T, M), s.Constant("a", decay, M))
		})
		require.InDeltaSlice(t, want, got, 1e-9)
	})
}

// The first weeks see exposure from before the panel as the first week's, whatever the window.
func TestLagsContinueTheFirstWeekBackwards(t *testing.T) {
	got := evaluate(t, func(s *graph.Scope) *graph.Node {
		return op.Lags(s.Constant("x", []float64{3, 5}, 1, 2, 1), s.Constant("w", []float64{0.5, 0.2, 0.2, 0.1}, 4, 1))
	})
	require.InDeltaSlice(t, []float64{3, 0.5*5 + 0.5*3}, got, 1e-12)
}

// The columns of both add up to one, and of logarithms the softmax is the normalised matrix.
func TestSoftmaxOfLogarithmsNormalises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := draw(t, "x", 1e-3, 1e3, 12)
		logs := make([]float64, len(x))
		for i, v := range x {
			logs[i] = math.Log(v)
		}
		got := evaluate(t, func(s *graph.Scope) *graph.Node { return op.Softmax(s.Constant("x", logs, 4, 3)) })
		require.InDeltaSlice(t, evaluate(t, func(s *graph.Scope) *graph.Node { return op.Normalise(s.Constant("x", x, 4, 3)) }), got, 1e-12)
		for c := range 3 {
			require.InDelta(t, 1, got[c]+got[c+3]+got[c+6]+got[c+9], 1e-12)
		}
	})
	huge := evaluate(t, func(s *graph.Scope) *graph.Node { return op.Softmax(s.Constant("x", []float64{-1e5, -1e5 + 1}, 2, 1)) })
	require.InDelta(t, 1/(1+math.E), huge[0], 1e-12, "far from 0 too")
}
