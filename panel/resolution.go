package panel

import (
	"fmt"
	"math"
)

// Period is the unit of a panel's time axis.
type Period string

// The periods of a panel. Numbers are periods that are only counted; they are taken for weeks.
const (
	Day     Period = "day"
	Week    Period = "week"
	Month   Period = "month"
	Quarter Period = "quarter"
	Number  Period = "number"
)

// Resolution is the distance between two rows of a region: Step periods. Two weeks are {Week, 2}. The zero value is a week.
type Resolution struct {
	Period Period `json:"period"`
	Step   int    `json:"step"`
}

// perYear is the number of days, weeks, months and quarters in a mean year.
var perYear = map[Period]float64{Day: daysOfYear, Week: daysOfYear / 7, Month: 12, Quarter: 4, Number: daysOfYear / 7}

// PerYear is the number of rows of a region in a year: 52.18 for weeks, 12 for months.
func (r Resolution) PerYear() float64 {
	r = r.known()
	return perYear[r.Period] / float64(r.Step)
}

// Rows converts a duration in weeks to rows, at least 1: 39 weeks are 39 rows of weeks, 9 of months and 273 of days.
func (r Resolution) Rows(weeks float64) int {
	if r = r.known(); r.Step == 1 && (r.Period == Week || r.Period == Number) {
		return max(1, int(math.Round(weeks)))
	}
	return max(1, int(math.Round(weeks*7/daysOfYear*r.PerYear())))
}

// Noun is the word for a row's period: "week", and "weeks" unless n is 1. Numbers are "weeks", for which they are taken.
func (r Resolution) Noun(n int) string {
	noun := string(r.known().Period)
	if r.known().Period == Number {
		noun = string(Week)
	}
	if n != 1 {
		noun += "s"
	}
	return noun
}

// String says what a row is: "week", "2 weeks".
func (r Resolution) String() string {
	if r = r.known(); r.Step == 1 {
		return r.Noun(1)
	}
	return fmt.Sprintf("%d %s", r.Step, r.Noun(r.Step))
}

// RowNoun is the word for n rows of a region: weeks, or periods of 2 weeks. Numbers count as they are.
func (r Resolution) RowNoun(n int) string {
	if r = r.known(); r.Step == 1 || r.Period == Number {
		return r.Noun(n)
	}
	if n == 1 {
		return "period of " + r.String()
	}
	return "periods of " + r.String()
}

func (r Resolution) known() Resolution {
	if r.Period == "" {
		r.Period = Week
	}
	r.Step = max(r.Step, 1)
	return r
}

// Harmonics is the most harmonics that a yearly season can have, half the rows of a year: 26 of weeks, 6 of months. Days
// have 26 as well; what is shorter than two weeks is not a season.
func (r Resolution) Harmonics() int {
	const weekly = 26
	return min(weekly, max(1, int(r.PerYear()/2)))
}

// HasWeekdays reports whether rows fall on different days of the week.
func (r Resolution) HasWeekdays() bool {
	r = r.known()
	return r.Period == Day && r.Step%daysOfWeek != 0
}

const daysOfWeek = 7
