package learn

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/layers"
)

// The calendar's parts: harmonics of the year, which need seasonYears, and the years between two knots of the trend, as in
// the model's calm trend.
const (
	seasonHarmonics = 2
	seasonYears     = 1.5
	trendYears      = 0.75
)

// Calendar is a basis of what changes with the date alone [rows, columns]: a trend that is linear between knots nine months
// apart, and the season of the year by two harmonics if there is more than a year and a half of it. years are the rows' times,
// evenly spaced. Further columns, such as holidays [rows], may be given.
func Calendar(years []float64, further ...[]float64) *mat.Dense {
	T := len(years)
	span := 0.0
	if T > 1 {
		span = years[T-1] - years[0]
	}
	knots := max(1, int(math.Round(span/trendYears)))
	bases := layers.Ramps(knots, T, 0, T)
	if span >= seasonYears {
		bases = append(bases, layers.Waves(seasonHarmonics, years)...)
	}
	for _, x := range further {
		bases = append(bases, x...)
	}
	return mat.DenseCopyOf(mat.NewDense(len(bases)/T, T, bases).T())
}
