package neural

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestLowerMedianAgreesWithGonum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 50).Draw(t, "x")
		slices.Sort(x)
		require.Equal(t, stat.Quantile(0.5, stat.Empirical, x, nil), lowerMedian(x))
	})
	require.Equal(t, 2.0, lowerMedian([]float64{1, 2, 3, 4}))
}

func TestStandardDeviation(t *testing.T) {
	require.Zero(t, stdDev(nil))
	require.Zero(t, stdDev([]float64{3}))
	third := 1.0 / 3
	require.Zero(t, stdDev([]float64{third, 1 - 2*third, third, third}), "differences by rounding do not count")
	require.InDelta(t, 1, stdDev([]float64{1, 2, 3}), 1e-15)
}
