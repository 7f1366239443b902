package panel

import "fmt"

// daysOfYear is the mean length of a year in days.
const daysOfYear = 365.25

// Years returns the time of each week in years since a fixed day, so that equal fractions are equal times of the year.
// A month is a twelfth of a year, whatever its length, and numbered weeks are seven days apart.
func (p *Panel) Years() []float64 {
	c, err := p.calendar()
	if err != nil {
		panic(err) // cannot happen: New and Read have read the weeks
	}
	years := make([]float64, len(c.values))
	for t, v := range c.values {
		switch c.unit {
		case dates:
			years[t] = float64(v) / daysOfYear
		case integers:
			years[t] = float64(v) * 7 / daysOfYear
		case months:
			years[t] = float64(v) / 12
		case quarters:
			years[t] = float64(v) / 4
		}
	}
	return years
}

// calendar reads the labels of a panel in memory, which must ascend.
func (p *Panel) calendar() (calendar, error) {
	column := &weekColumn{labels: p.Weeks}
	all := make([]int, len(p.Weeks))
	for t := range all {
		all[t] = t
	}
	c, e := column.read("", [][]int{all}, p.Resolution)
	if e != nil {
		return calendar{}, fmt.Errorf("panel: week %q %s (%s)", p.Weeks[e.label], e.problem, e.fix)
	}
	for t := 1; t < len(c.at); t++ {
		if c.at[t] <= c.at[t-1] {
			return calendar{}, fmt.Errorf("panel: week %q does not come after week %q (sort the weeks)", p.Weeks[t], p.Weeks[t-1])
		}
	}
	return c, nil
}
