package panel

import (
	"fmt"
	"strconv"
	"time"
)

// Axis counts weeks in steps of a panel's resolution from its last week, which is 0: the next is 1, the one before it −1.
type Axis struct {
	label string // of the last week
	last  int64
	unit  unit
	step  int64 // in the unit
}

// Axis is the panel's time axis, which goes on after its last week.
func (p *Panel) Axis() Axis {
	c, err := p.calendar()
	if err != nil {
		panic(err) // cannot happen: New and Read have read the weeks
	}
	a := Axis{label: p.Weeks[len(p.Weeks)-1], unit: c.unit, step: max(c.spacing.Step, 1)}
	a.last, _ = a.value(a.label)
	return a
}

// value reads a label as panels have it: in ISO 8601, or an integer.
func (a Axis) value(label string) (value int64, ok bool) {
	if a.unit == integers {
		return parseNumber(label)
	}
	days, isDate := parseISO(label)
	if !isDate {
		days, isDate = parseYearWeek(label)
	}
	month, isMonth := parseYearMonth(label)
	if isDate {
		month, isMonth = monthOf(days), true
	}
	quarter, isQuarter := parseQuarter(label)
	switch a.unit {
	case months:
		return month, isMonth
	case quarters:
		if isQuarter {
			return quarter, true
		}
		return month / 3, isMonth
	}
	return days, isDate
}

// Position is the step that a label lies in, and whether the step begins with it.
func (a Axis) Position(label string) (position int, exact bool, err error) {
	value, ok := a.value(label)
	if !ok {
		return 0, false, fmt.Errorf("week %q is not written as the training's, %q", label, a.label)
	}
	at := value - a.last
	position = int(at / a.step)
	if at%a.step < 0 {
		position--
	}
	return position, a.Label(position) == label, nil
}

// Label is the label of a position, written as that of the last week.
func (a Axis) Label(position int) string {
	value := a.last + int64(position)*a.step
	if a.unit == integers {
		return strconv.FormatInt(value, 10)
	}
	date, isDate := parseISO(a.label)
	switch {
	case a.unit == dates && isDate:
		return isoDate(value)
	case a.unit == dates:
		return isoWeek(value)
	case isDate: // the same day of the month, or its last
		on, ahead := day(date), position*int(a.step)
		if a.unit == quarters {
			ahead *= 3
		}
		end := time.Date(on.Year(), on.Month()+time.Month(ahead)+1, 0, 0, 0, 0, 0, time.UTC)
		return end.AddDate(0, 0, min(on.Day(), end.Day())-end.Day()).Format(time.DateOnly)
	case a.unit == quarters:
		return isoQuarter(value)
	}
	return isoMonth(value)
}
