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

// Median of sorted values: the middle one, or the mean of the middle two.
func Median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// RMS is the root of the mean square.
func RMS(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(x)))
}

// lowerMedian is the middle value, or the lower of the middle two (PyTorch's median).
func lowerMedian(sorted []float64) float64 { return sorted[(len(sorted)-1)/2] }

// spread is the sample standard deviation. It is 0 for fewer than two values and for values that differ only by rounding.
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
