package panel

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Quantile of sorted values, interpolated linearly between the order statistics around (n − 1)·q (type 7 of Hyndman
// and Fan 1996, the default of NumPy and PyTorch; gonum has types 1 and 4).
func Quantile(sorted []float64, q float64) float64 {
	h := q * float64(len(sorted)-1)
	below := int(h)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (h-float64(below))*(sorted[above]-sorted[below])
}

// lowerMedian is the middle value, of an even number the lower of the two (PyTorch's median).
func lowerMedian(sorted []float64) float64 { return sorted[(len(sorted)-1)/2] }

// spread is the sample standard deviation; of fewer than two values, and of values that differ by no more than
// rounding, it is 0.
func spread(x []float64) float64 {
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
