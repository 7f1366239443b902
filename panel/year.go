package panel

// daysOfYear is a year's length in days, on average.
const daysOfYear = 365.25

// Years tells for each week how many years lie between a fixed day and it, so that equal fractions are equal times of the
// year: by the calendar where weeks are dates; numbered weeks follow each other by seven days.
func (p *Panel) Years() []float64 {
	values, u, err := parseWeeks(p.Weeks)
	if err != nil {
		panic(err) // a panel's weeks have been parsed before
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
