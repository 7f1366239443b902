package simulate

import (
	"math"
	"time"
)

// calendar is the panel's weeks, by the Monday each begins with.
type calendar []time.Time

func newCalendar(start time.Time, weeks int) calendar {
	days := make(calendar, weeks)
	for t := range days {
		days[t] = start.AddDate(0, 0, 7*t)
	}
	return days
}

// years is the time since the first week.
func (c calendar) years(t int) float64 { return float64(t) * 7 / 365.25 }

// wave is a cosine with the given number of cycles per year and its crest at peak, a share of the year.
func (c calendar) wave(t int, cycles, peak float64) float64 {
	year := float64(c[t].YearDay()-1) / 365.25
	return math.Cos(2 * math.Pi * cycles * (year - peak))
}

// Shares of the year at which trade and temperature are highest: mid-December and mid-July.
const (
	christmas = 0.96
	summer    = 0.54
)
