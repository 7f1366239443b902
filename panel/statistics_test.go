package panel

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// Gonum interpolates the empirical distribution (type 4), which gives the same value at (1 + (n − 1)·q)/n.
func TestQuantileAgreesWithGonum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 50).Draw(t, "x")
		slices.Sort(x)
		q, n := rapid.Float64Range(0, 1).Draw(t, "q"), float64(len(x))
		want := stat.Quantile(min((1+(n-1)*q)/n, 1), stat.LinInterp, x, nil)
		require.InDelta(t, want, Quantile(x, q), 1e-9)
		require.InDelta(t, Quantile(x, 0.5), Median(x), 1e-12)
		require.InEpsilon(t, 1+floats.Norm(x, 2)/math.Sqrt(n), 1+RMS(x), 1e-12)
	})
	require.Equal(t, 1.75, Quantile([]float64{1, 2, 3, 4}, 0.25))
}
