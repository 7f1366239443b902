package model

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

// What is listed of a carry-over adds up to 99 % unless the window ends before, and its mean lag is that of all of it, whatever
// the sum of the weights.
func TestCarryOverIsListedUpTo99PerCent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 60).Draw(t, "weights")
		weights[0] += 0.01
		window := rapid.IntRange(1, 60).Draw(t, "window")
		var r Response
		r.Carry(weights, window)
		sum, lags := floats.Sum(weights), 0.0
		for lag, w := range weights {
			lags += float64(lag) * w / sum
		}
		require.InDelta(t, lags, r.MeanLag, 1e-9)
		for lag, w := range r.CarryOver {
			require.InDelta(t, weights[lag]/sum, w, 1e-12)
		}
		n := len(r.CarryOver)
		require.LessOrEqual(t, n, window)
		if n < min(window, len(weights)) {
			require.GreaterOrEqual(t, floats.Sum(r.CarryOver), 0.99-1e-12)
		}
		require.Less(t, floats.Sum(r.CarryOver[:n-1]), 0.99+1e-12, "no more than it takes")
	})
}

func TestCurvesBeginAtNothingAndEndBeyondTheGreatest(t *testing.T) {
	at := CurveExposures(4)
	require.Len(t, at, CurvePoints)
	require.Zero(t, at[0])
	require.Equal(t, 6.0, at[CurvePoints-1])
	require.IsIncreasing(t, at)
	require.IsIncreasing(t, CurveExposures(0), "a channel that was never on has a curve too")
}
