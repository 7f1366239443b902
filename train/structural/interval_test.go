package structural

import (
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/train/model"
)

func TestIntervals(t *testing.T) {
	draws := make([]float64, 101)
	for i := range draws {
		draws[i] = float64(100 - i)
	}
	for part, want := range map[float64]model.Interval{0.5: {Low: 25, High: 75}, 0.8: {Low: 10, High: 90}, 0.95: {Low: 2.5, High: 97.5}} {
		got := IntervalOf(50, draws, part)
		require.InDelta(t, want.Low, got.Low, 1e-9)
		require.InDelta(t, want.High, got.High, 1e-9)
	}
	require.InDelta(t, 5, IntervalOf(5, draws, 0.8).Low, 1e-9, "the interval contains the estimate")
	require.InDelta(t, 95, IntervalOf(95, draws, 0.8).High, 1e-9)
	require.Equal(t, 100.0, draws[0], "the draws keep their order")
}
