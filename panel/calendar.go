package panel

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// calendar is the time axis of a panel.
type calendar struct {
	weeks      []string // in order of time
	values     []int64  // of the weeks, in unit
	at         []int    // the week of each label of the column
	unit       unit
	resolution Resolution
	spacing    Spacing
	reading    *Reading
	shifts     []shift
}

// newCalendar finds the resolution of a column that was read, and places its labels on the weeks.
func newCalendar(r reading, texts []string, series [][]int, given Resolution) calendar {
	names := make([]string, len(texts))
	for i := range texts {
		names[i] = r.name(i, texts[i])
	}
	c := calendar{unit: r.notation.unit}
	values := r.values
	if c.unit == dates {
		own := ownDates(r.values, series)
		if ordinal, ok := monthsOf(own, given); ok {
			c.unit, values = months, each(values, func(v int64) int64 { return ordinal[v] })
		} else if c.shifts = weekdays(own); len(c.shifts) > 0 {
			values = each(values, c.shifted)
			for i, v := range values {
				names[i] = r.label(v)
			}
		}
	}
	c.place(values, names, series)
	c.spacing = spacing(c.values, c.weeks, c.unit)
	if c.unit == months && c.spacing.Step == 3 && !slices.ContainsFunc(c.spacing.Gaps, func(g Gap) bool { return g.Distance%3 != 0 }) {
		c.unit, c.values = quarters, each(c.values, func(v int64) int64 { return v / 3 })
		c.spacing = spacing(c.values, c.weeks, c.unit)
	}
	if c.resolution = c.spacing.resolution(); given.Period != "" {
		c.resolution = given
	}
	return c
}

func each(values []int64, f func(int64) int64) []int64 {
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = f(v)
	}
	return out
}

// place numbers the weeks of the labels, values in order of time. A week has the name of most of its rows.
func (c *calendar) place(values []int64, names []string, series [][]int) {
	rows := make([]int, len(values))
	for _, labels := range series {
		for _, label := range labels {
			rows[label]++
		}
	}
	c.values = slices.Clone(values)
	slices.Sort(c.values)
	c.values = slices.Compact(c.values)
	count := make([]map[string]int, len(c.values))
	c.at = make([]int, len(values))
	for i, v := range values {
		t, _ := slices.BinarySearch(c.values, v)
		c.at[i] = t
		if count[t] == nil {
			count[t] = map[string]int{}
		}
		count[t][names[i]] += rows[i]
	}
	c.weeks = make([]string, len(c.values))
	for t, names := range count {
		most := -1
		for name, n := range names {
			if n > most || n == most && name < c.weeks[t] {
				c.weeks[t], most = name, n
			}
		}
	}
}

// resolution is the usual distance of two weeks.
func (s Spacing) resolution() Resolution {
	step := int(max(s.Step, 1))
	switch {
	case s.Unit == string(integers):
		return Resolution{Number, step}
	case s.Unit == string(months):
		return Resolution{Month, step}
	case s.Unit == string(quarters):
		return Resolution{Quarter, step}
	case s.Step%7 == 0:
		return Resolution{Week, max(step/7, 1)}
	}
	return Resolution{Day, step}
}

// ownDates returns the dates of each region in order of time.
func ownDates(values []int64, series [][]int) [][]int64 {
	own := make([][]int64, len(series))
	for r, labels := range series {
		own[r] = make([]int64, len(labels))
		for i, label := range labels {
			own[r][i] = values[label]
		}
		slices.Sort(own[r])
		own[r] = slices.Compact(own[r])
	}
	return own
}

// stepsOf returns the distances between neighbouring dates of each region.
func stepsOf(own ...[]int64) (steps []int64) {
	for _, dates := range own {
		for i := 1; i < len(dates); i++ {
			steps = append(steps, dates[i]-dates[i-1])
		}
	}
	return steps
}

// union returns the dates of all regions in order of time.
func union(own [][]int64) []int64 {
	all := slices.Concat(own...)
	slices.Sort(all)
	return slices.Compact(all)
}

const (
	daysOfMonth = daysOfYear / 12
	unequal     = 5.5 // days by which the lengths of months may differ from the mean, in calendars of 4, 4 and 5 weeks too
)

// monthsOf numbers the months of dates, if they are a month or several apart: by the calendar, or by counting on from the first
// date, whichever has fewer gaps. Counting is right for accounting months of 4, 4 and 5 weeks or the first Monday of the
// month; the calendar is right for regions that write a month by different days.
func monthsOf(own [][]int64, given Resolution) (ordinal map[int64]int64, ok bool) {
	all := union(own)
	known := given.Period == Month || given.Period == Quarter
	if given.Period != "" && !known || len(all) < 2 && !known {
		return nil, false
	}
	steps := stepsOf(own...)
	if len(steps) == 0 {
		steps = stepsOf(all)
	}
	if !known && !sameDay(all) && !monthly(steps) {
		return nil, false
	}
	calendar, counted := map[int64]int64{}, map[int64]int64{}
	for i, v := range all {
		calendar[v] = monthOf(v)
		counted[v] = calendar[v]
		if i > 0 {
			counted[v] = counted[all[i-1]] + monthsIn(v-all[i-1])
		}
	}
	gaps := func(ordinal map[int64]int64) int {
		var months []int64
		for _, v := range all {
			months = append(months, ordinal[v])
		}
		return len(spacing(slices.Compact(months), make([]string, len(all)), "").Gaps)
	}
	distinct := !repeats(own, calendar)
	if !repeats(own, counted) && (!distinct || gaps(counted) < gaps(calendar)) {
		return counted, true
	}
	return calendar, distinct
}

// repeats reports whether two dates of a region are in one month.
func repeats(own [][]int64, ordinal map[int64]int64) bool {
	return slices.ContainsFunc(own, func(dates []int64) bool {
		for i := 1; i < len(dates); i++ {
			if ordinal[dates[i]] == ordinal[dates[i-1]] {
				return true
			}
		}
		return false
	})
}

func monthOf(v int64) int64 {
	t := day(v)
	return int64(t.Year())*12 + int64(t.Month()) - 1
}

// sameDay reports whether dates are on one day of the month, or at the end of a month that does not have it.
func sameDay(all []int64) bool {
	last := 0
	for _, v := range all {
		last = max(last, day(v).Day())
	}
	return !slices.ContainsFunc(all, func(v int64) bool {
		t := day(v)
		end := time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		return t.Day() != min(last, end)
	})
}

// monthly reports whether all steps are months, the shortest at most three, rather than multiples of some number of weeks. Thirteen
// weeks are a quarter.
func monthly(steps []int64) bool {
	shortest := slices.Min(steps)
	if monthsIn(shortest) > 3 {
		return false
	}
	even := shortest%7 == 0 && shortest != 13*7
	for _, s := range steps {
		if k := monthsIn(s); k < 1 || math.Abs(float64(s)-float64(k)*daysOfMonth) > unequal {
			return false
		}
		even = even && s%shortest == 0
	}
	return !even
}

func monthsIn(days int64) int64 { return int64(math.Round(float64(days) / daysOfMonth)) }

// shift moves the weeks that regions date by one weekday to the weekday of most.
type shift struct {
	from, to time.Weekday
	days     int64
	regions  []int // with such weeks
}

func (s shift) of(regions []string) Alignment {
	return Alignment{From: s.from.String(), To: s.to.String(), Days: int(s.days), Regions: regions}
}

// mostlyWeekly is the share of a region's own steps that must be whole weeks before its weekdays are aligned.
const mostlyWeekly = 0.8

// weekdays aligns weekly dates: each weekday moves to the nearest date of the commonest one, forward or back, but the other way
// if fewer weeks would then lie outside the range of the rest. It returns nil if there is nothing to align.
func weekdays(own [][]int64) []shift {
	steps := stepsOf(own...)
	whole := 0
	for _, s := range steps {
		if s%7 == 0 {
			whole++
		}
	}
	if len(steps) == 0 || float64(whole) < mostlyWeekly*float64(len(steps)) {
		return nil
	}
	type group struct {
		rows        int
		first, last int64
		regions     []int
	}
	var groups [7]group
	for r, dates := range own {
		for _, v := range dates {
			g := &groups[weekday(v)]
			if g.rows == 0 {
				g.first, g.last = v, v
			}
			g.rows, g.first, g.last = g.rows+1, min(g.first, v), max(g.last, v)
			if n := len(g.regions); n == 0 || g.regions[n-1] != r {
				g.regions = append(g.regions, r)
			}
		}
	}
	monday := func(d int) int { return (d + 6) % 7 }
	usual := 1
	for d := range groups {
		if n := cmp.Compare(groups[d].rows, groups[usual].rows); n > 0 || n == 0 && monday(d) < monday(usual) {
			usual = d
		}
	}
	var shifts []shift
	for d, g := range groups {
		if d == usual || g.rows == 0 {
			continue
		}
		outside := func(days int64) int64 {
			return max(0, groups[usual].first-g.first-days) + max(0, g.last+days-groups[usual].last)
		}
		ahead := int64(usual-d+7) % 7
		days := ahead
		if back := ahead - 7; cmp.Or(cmp.Compare(outside(back)/7, outside(ahead)/7), cmp.Compare(-back, ahead)) < 0 {
			days = back
		}
		shifts = append(shifts, shift{time.Weekday(d), time.Weekday(usual), days, g.regions})
	}
	return shifts
}

func weekday(v int64) int { return int(day(v).Weekday()) }

// shifted is a date on the common weekday.
func (c *calendar) shifted(v int64) int64 {
	for _, s := range c.shifts {
		if weekday(v) == int(s.from) {
			return v + s.days
		}
	}
	return v
}
