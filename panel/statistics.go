package panel

import "math"

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
