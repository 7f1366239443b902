package panel

import (
	"fmt"
	"slices"
	"time"

	"deepcausalmmm/panel/holiday"
)

// Effect of a holiday on the rows around it: those before, its own and those after.
func (r Resolution) holidayOffsets() []int {
	switch r.known().Period {
	case Day:
		return []int{-2, -1, 0, 1}
	case Month, Quarter:
		return []int{0}
	}
	return []int{-1, 0, 1}
}

// HolidayNames lists the holidays that fall in a span of the panel's rows, in the order of their first day.
func (p *Panel) HolidayNames(s Span) []string {
	if p.Holidays == nil {
		return nil
	}
	starts, err := p.starts()
	if err != nil {
		return nil // cannot happen: setHolidays has read them
	}
	var names []string
	for _, d := range p.Holidays.Between(starts[s.From], starts[s.To]) {
		if !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	return names
}

// HolidayRows returns for each name the rows around its days [names · offsets, T], 1 or 0: of weeks, the week before a
// holiday's, its own and the week after; of days, two days before, its own and the day after; of months, its own month.
func (p *Panel) HolidayRows(names []string) (indicators []float64, rows int) {
	offsets, T := p.Resolution.holidayOffsets(), len(p.Weeks)
	rows = len(names) * len(offsets)
	indicators = make([]float64, rows*T)
	starts, err := p.starts()
	if err != nil || p.Holidays == nil {
		return indicators, rows
	}
	// A holiday soon before the first row or after the last has effects within them.
	margin := time.Duration(len(offsets)) * starts[1].Sub(starts[0])
	for _, d := range p.Holidays.Between(starts[0].Add(-margin), starts[T].Add(margin)) {
		h := slices.Index(names, d.Name)
		if h < 0 {
			continue
		}
		at := p.rowOf(d, starts)
		for k, offset := range offsets {
			if t := at + offset; t >= 0 && t < T {
				indicators[(h*len(offsets)+k)*T+t] = 1
			}
		}
	}
	return indicators, rows
}

// rowOf is the row that a day lies in; rows outside of the panel are counted in steps of its first or last row.
func (p *Panel) rowOf(d holiday.Day, starts []time.Time) int {
	on, _ := time.Parse(time.DateOnly, d.Date) // of a calendar, which writes it so
	T := len(p.Weeks)
	switch {
	case on.Before(starts[0]):
		return -1 - int(starts[0].Sub(on)-1)/int(starts[1].Sub(starts[0]))
	case !on.Before(starts[T]):
		return T + int(on.Sub(starts[T]))/int(starts[T].Sub(starts[T-1]))
	}
	at, found := slices.BinarySearchFunc(starts, on, time.Time.Compare)
	if !found {
		at--
	}
	return at
}

// starts are the first days of all rows, and of the row after the last, [T + 1].
func (p *Panel) starts() ([]time.Time, error) {
	c, err := p.calendar()
	if err != nil {
		return nil, err
	}
	var starts []time.Time
	for _, v := range c.values {
		switch c.unit {
		case dates:
			starts = append(starts, day(v))
		case months:
			starts = append(starts, firstOfMonth(v))
		case quarters:
			starts = append(starts, firstOfMonth(3*v))
		default:
			return nil, fmt.Errorf("%sdata.holidays needs dates, and the weeks are numbers (write weeks as 2021-01-04, or take data.holidays out)",
				prefix(p.Report.File))
		}
	}
	last, r := starts[len(starts)-1], p.Resolution.known()
	switch r.Period {
	case Day:
		last = last.AddDate(0, 0, r.Step)
	case Month:
		last = last.AddDate(0, r.Step, 0)
	case Quarter:
		last = last.AddDate(0, 3*r.Step, 0)
	default:
		last = last.AddDate(0, 0, daysOfWeek*r.Step)
	}
	return append(starts, last), nil
}

// firstOfMonth is the first day of a month, which is counted from year 0.
func firstOfMonth(v int64) time.Time { return time.Date(0, time.Month(v+1), 1, 0, 0, 0, 0, time.UTC) }

// setHolidays opens a calendar for a panel with dates.
func (p *Panel) setHolidays(source string) error {
	if source == "" {
		return nil
	}
	c, err := holiday.Open(source)
	if err != nil {
		return fmt.Errorf("data.holidays: %w", err)
	}
	starts, err := p.starts()
	if err != nil {
		return err
	}
	from, to := starts[0], starts[len(starts)-1]
	if len(c.Between(from, to)) == 0 {
		return fmt.Errorf("data.holidays: no holiday of %s falls in %s to %s (is it the right one?)", source, p.Weeks[0], p.Weeks[len(p.Weeks)-1])
	}
	p.Holidays = c
	return nil
}
