package dag_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

// W∘W of a ring has the eigenvalues weight² times the n-th roots of 1.
func TestSpectralRadiusOfRings(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 40} {
		for _, weight := range []float64{1e-3, 1, -26, 1e6} {
			require.InEpsilon(t, weight*weight, dag.SpectralRadius(ring(n, weight)), 1e-9, "%d nodes", n)
		}
	}
	require.Equal(t, math.Inf(1), dag.SpectralRadius(ring(2, 1e200)))
	require.Equal(t, math.Inf(1), dag.SpectralRadius(ring(2, math.NaN())))
}

// TestSpectralRadiusBoundsAcyclicity: h ≤ d·(e^radius − 1), and both are 0 on a DAG.
func TestSpectralRadiusBoundsAcyclicity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		w := mat.NewDense(n, n, rapid.SliceOfN(rapid.Float64Range(-5, 5), n*n, n*n).Draw(t, "w"))
		radius, h := dag.SpectralRadius(w), dag.Acyclicity(w)
		require.LessOrEqual(t, h, float64(n)*math.Expm1(radius)*(1+1e-9)+1e-300)
		for i := range n {
			for j := range i + 1 {
				w.Set(i, j, 0)
			}
		}
		require.Zero(t, dag.SpectralRadius(w))
	})
}

// TestAcyclicityOverflowsAtItsRadius: a ring of two overflows between the radii 709 and 710, and is +Inf from there on,
// never NaN.
func TestAcyclicityOverflowsAtItsRadius(t *testing.T) {
	below := ring(2, math.Sqrt(709))
	require.InEpsilon(t, 2*math.Cosh(709)-2, dag.Acyclicity(below), 1e-10)
	for _, radius := range []float64{711, 1e5, 1e20, 1e300} {
		w := ring(2, math.Sqrt(radius))
		require.Equal(t, math.Inf(1), dag.Acyclicity(w), "radius %g", radius)
		require.Equal(t, math.Inf(1), dag.AcyclicityGrad(new(mat.Dense), w))
		require.InEpsilon(t, radius, dag.SpectralRadius(w), 1e-9)
	}
}
