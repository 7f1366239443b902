package panel

import (
	"fmt"
	"strconv"
	"time"
)

// Axis counts weeks in steps of a panel's resolution from its last week, which is 0: the next is 1, the one before it −1.
type Axis struct {
	last   int64
	unit   unit
	step   int64 // days, or a difference of integers
	months int   // instead of days; 0 unless the resolution is of months or quarters
}

// Axis is the panel's time axis, which goes on after its last week.
func (p *Panel) Axis() Axis {
	values, u, err := parseWeeks(p.Weeks)
	if err != nil {
		panic(err) // cannot happen: New and Read have parsed the weeks
	}
	a := Axis{last: values[len(values)-1], unit: u, step: max(p.Report.Spacing.Step, 1)}
	if r := p.Resolution.known(); r.Period == Month || r.Period == Quarter {
		a.months = map[Period]int{Month: 1, Quarter: 3}[r.Period] * r.Step
	}
	return a
}

// Position is the step that a label lies in, and whether the step begins with it.
func (a Axis) Position(label string) (position int, exact bool, err error) {
	value, u, ok := parseWeek(label)
	if !ok || u != a.unit {
		return 0, false, fmt.Errorf("week %q is not written as the training's, %q", label, a.Label(0))
	}
	at := value - a.last
	step := a.step
	if a.months > 0 {
		from, to := day(a.last), day(value)
		at = int64(12*(to.Year()-from.Year()) + int(to.Month()) - int(from.Month()))
		step = int64(a.months)
	}
	position = int(at / step)
	if at%step < 0 {
		position--
	}
	return position, at%step == 0 && (a.months == 0 || day(value).Day() == day(a.last).Day()), nil
}

// Label is the label of a position.
func (a Axis) Label(position int) string {
	if a.unit == integers {
		return strconv.FormatInt(a.last+int64(position)*a.step, 10)
	}
	if a.months > 0 {
		return day(a.last).AddDate(0, position*a.months, 0).Format(time.DateOnly)
	}
	return day(a.last + int64(position)*a.step).Format(time.DateOnly)
}

// day is the date of a number of days.
func day(days int64) time.Time { return time.Unix(days*24*60*60, 0).UTC() }
