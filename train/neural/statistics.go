package neural

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// lowerMedian is the middle value, or the lower of the middle two (PyTorch's median).
func lowerMedian(sorted []float64) float64 { return sorted[(len(sorted)-1)/2] }

// stdDev is the sample standard deviation. It is 0 for fewer than two values and for values that differ only by rounding.
func stdDev(x []float64) float64 {
	const rounding = 1e-13
	if len(x) < 2 {
		return 0
	}
	low, high := slices.Min(x), slices.Max(x)
	if high-low <= rounding*max(math.Abs(low), math.Abs(high)) {
		return 0
	}
	return stat.StdDev(x, nil)
}
