package simulate

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
)

func TestStreamsRepeatAndDiffer(t *testing.T) {
	first := newDraws(7, "").stream("plan", 1, 2).Uint64()
	require.Equal(t, first, newDraws(7, "").stream("plan", 1, 2).Uint64())
	require.NotEqual(t, first, newDraws(7, "").stream("plan", 2, 1).Uint64())
	require.NotEqual(t, first, newDraws(7, "").stream("noise", 1, 2).Uint64())
	require.NotEqual(t, first, newDraws(8, "").stream("plan", 1, 2).Uint64())
}

func TestAutoregressionIsStationary(t *testing.T) {
	x := autoregression(newDraws(1, "").stream("test"), 200_000, 0.7)
	mean, variance := stat.MeanVariance(x, nil)
	require.InDelta(t, 0, mean, 0.03)
	require.InDelta(t, 1, variance, 0.03)
	require.InDelta(t, 0.7, stat.Correlation(x[1:], x[:len(x)-1], nil), 0.01)
}

func TestLognormalHasMeanOne(t *testing.T) {
	rng, total := newDraws(1, "").stream("test"), 0.0
	for range 200_000 {
		total += lognormal(rng, 0.4)
	}
	require.InDelta(t, 1, total/200_000, 0.01)
}

// Adding a region or a week does not change the rest of the panel.
func TestLargerWorldContainsTheSmaller(t *testing.T) {
	small := DefaultConfig()
	small.Regions, small.Weeks = 3, 60
	large := small
	large.Regions, large.Weeks = 5, 80
	a, err := Run(small)
	require.NoError(t, err)
	b, err := Run(large)
	require.NoError(t, err)
	for r := range small.Regions {
		require.Equal(t, a.observed.sales[r], b.observed.sales[r][:small.Weeks])
	}
}
