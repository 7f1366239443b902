package panel

// daysOfYear is the mean length of a year in days.
const daysOfYear = 365.25

// Years returns the time of each week in years since a fixed day, so that equal fractions are equal times of the year.
// Numbered weeks are seven days apart.
func (p *Panel) Years() []float64 {
	values, u, err := parseWeeks(p.Weeks)
	if err != nil {
		panic(err) // cannot happen: New and Read have parsed the weeks
	}
	years := make([]float64, len(values))
	for t, v := range values {
		days := float64(v)
		if u == integers {
			days *= 7
		}
		years[t] = days / daysOfYear
	}
	return years
}
