package simulate

import (
	"math"
	"time"
)

// calendar is the Mondays of the panel's weeks.
type calendar []time.Time

func newCalendar(start time.Time, weeks int) calendar {
	days := make(calendar, weeks)
	for t := range days {
		days[t] = start.AddDate(0, 0, 7*t)
	}
	return days
}

// years returns the time since the first week.
func (c calendar) years(t int) float64 { return float64(t) * 7 / 365.25 }

// wave returns a cosine with the given number of cycles per year and its maximum at peak, a share of the year.
func (c calendar) wave(t int, cycles, peak float64) float64 {
	year := float64(c[t].YearDay()-1) / 365.25
	return math.Cos(2 * math.Pi * cycles * (year - peak))
}

// Shares of the year at which sales and temperature are highest: mid-December and mid-July.
const (
	christmas = 0.96
	summer    = 0.54
)
