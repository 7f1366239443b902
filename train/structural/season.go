package structural

import "deepcausalmmm/layers"

// weekdayWaves is the number of waves of a week. Their sines and cosines span all effects of the seven days that add up to 0,
// and equal priors of the waves are equal priors of the days.
const weekdayWaves = 3

// smoothWaves is the number of waves of a year whose priors are alike. Shorter waves are expected to be smaller.
const smoothWaves = 2

// waves is the number of waves of the season, of the year and of the week.
func (s Shape) waves() int {
	if s.Weekdays {
		return s.Harmonics + weekdayWaves
	}
	return s.Harmonics
}

// fade returns the standard deviations of the waves' priors relative to the first one's: smoothWaves/h of wave h of the year,
// so that all waves together are a smooth curve with a shrunk effect in every row of the year (Harvey and Trimbur 2003).
func (s Shape) fade() []float64 {
	if s.Harmonics <= smoothWaves {
		return nil
	}
	fade := layers.Ones(s.waves())
	for h := smoothWaves; h < s.Harmonics; h++ {
		fade[h] = smoothWaves / float64(h+1)
	}
	return fade
}

// ramps returns the basis of the trend.
func (d *Data) ramps(knots int) []float64 { return layers.Ramps(knots, d.Train, d.From, d.Weeks) }

// waves returns the basis of the season [2·waves, T]: the year's, then the week's.
func (d *Data) waves(s Shape) []float64 {
	basis := layers.Waves(s.Harmonics, d.Years)
	if !s.Weekdays {
		return basis
	}
	weeks := make([]float64, len(d.Years))
	for t, year := range d.Years {
		weeks[t] = year * weeksOfYear
	}
	return append(basis, layers.Waves(weekdayWaves, weeks)...)
}

// weeksOfYear is the number of weeks in a mean year.
const weeksOfYear = 365.25 / 7
