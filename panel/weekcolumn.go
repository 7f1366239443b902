package panel

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// weekColumn collects the distinct labels of a column, in order of appearance, with the line of each.
type weekColumn struct {
	labels []string
	lines  []int // nil in memory
	at     map[string]int
	place  func(line int) (file string, there int)

	training *Panel // whose weeks those of a prediction's table follow; or nil
}

// add returns the number of a label.
func (c *weekColumn) add(line int, label string) int {
	n, known := c.at[label]
	if !known {
		if c.at == nil {
			c.at = map[string]int{}
		}
		n, label = len(c.labels), strings.Clone(label)
		c.at[label] = n
		c.labels, c.lines = append(c.labels, label), append(c.lines, line)
	}
	return n
}

// label says where a label is.
func (c *weekColumn) label(i int) string {
	if c.lines == nil {
		return fmt.Sprintf("%q", c.labels[i])
	}
	_, line := c.place(c.lines[i])
	return fmt.Sprintf("%q on line %d", c.labels[i], line)
}

// labelError is a problem of one label of a column.
type labelError struct {
	label        int
	problem, fix string
}

const (
	unreadableWeek = "is not a date, a month, a quarter, a week of a year or a number"
	fixWeek        = "write weeks as 2021-01-04, or number them"
	fixMixed       = "write all weeks the same way"
	longestWeek    = 64 // bytes of a label
)

// Reading tells how labels that are not in ISO 8601 were read.
type Reading struct {
	Format   string `json:"format"` // as in data.date_format; "" if it cannot be taken for another
	Notation string `json:"notation"`
	Label    string `json:"label"` // of the first week
	Week     string `json:"week"`  // the same, as it was read
}

// reading is a notation that reads every label of a column.
type reading struct {
	notation
	values []int64 // of the labels
	calendar
}

// even reports whether at most one step in twenty is not the usual one.
func (r reading) even() bool { return 20*len(r.spacing.Gaps) <= len(r.weeks)-1 }

// gapless reports whether all steps are the usual one.
func (r reading) gapless() bool { return len(r.spacing.Gaps) == 0 }

// name is the week of a label as it was read.
func (r reading) name(label int, text string) string {
	if r.label == nil {
		return text
	}
	return r.label(r.values[label])
}

// read decides over the whole column how its labels are to be read. If two notations read every label, the one without gaps is
// taken if the other has some, then the one with even steps; otherwise the caller must choose. Series are the labels of each region's rows; a
// resolution that is given is known.
func (c *weekColumn) read(format string, series [][]int, given Resolution) (calendar, *labelError) {
	if format == "auto" {
		format = ""
	}
	texts := make([]string, len(c.labels))
	for i, label := range c.labels {
		if len(label) > longestWeek {
			return calendar{}, &labelError{i, unreadableWeek, fixWeek}
		}
		var ok bool
		if texts[i], ok = withoutTime(label); !ok {
			return calendar{}, &labelError{i, "has a time of day", "write dates without one, a row per region and day, week or month"}
		}
	}
	fits := c.fitting(format, texts, series, given)
	if len(fits) == 0 {
		return calendar{}, c.unread(format, texts)
	}
	if len(fits) > 1 && c.training != nil {
		fits = asTrained(fits, c.training)
	}
	for _, better := range []func(reading) bool{reading.gapless, reading.even} {
		if some := keep(fits, better); len(some) == 1 {
			fits = some
		}
	}
	if len(fits) > 1 {
		return calendar{}, ambiguous(texts, fits)
	}
	if e := c.implausible(format, texts, fits[0], given); e != nil {
		return calendar{}, e
	}
	return fits[0].tell(c.labels, texts), nil
}

func keep(fits []reading, better func(reading) bool) (some []reading) {
	for _, r := range fits {
		if better(r) {
			some = append(some, r)
		}
	}
	return some
}

// asTrained keeps the reading in the format of the training's weeks, or else the one that follows them best.
func asTrained(fits []reading, training *Panel) []reading {
	if d := training.Report.Dates; d != nil && d.Format != "" {
		if same := keep(fits, func(r reading) bool { return r.format == d.Format }); len(same) == 1 {
			return same
		}
	}
	axis := training.Axis()
	distance := func(r reading) int {
		first, _, err := axis.Position(r.weeks[0])
		last, _, otherErr := axis.Position(r.weeks[len(r.weeks)-1])
		if err != nil || otherErr != nil {
			return math.MaxInt
		}
		longer := last - first + 1 - len(r.weeks)
		return max(longer, -longer) + max(first-1, 1-first)
	}
	nearest := distance(slices.MinFunc(fits, func(a, b reading) int { return cmp.Compare(distance(a), distance(b)) }))
	return keep(fits, func(r reading) bool { return distance(r) == nearest })
}

// fitting returns the notations of the smallest rank that read every label, each with other weeks.
func (c *weekColumn) fitting(format string, texts []string, series [][]int, given Resolution) (fits []reading) {
	for _, n := range notations {
		if len(fits) > 0 && n.rank > fits[0].rank || !n.allowed(format) || given.Period == Number && n.unit != integers {
			continue
		}
		r := reading{notation: n, values: make([]int64, len(texts))}
		if n.count(texts, r.values) < len(texts) ||
			slices.ContainsFunc(fits, func(f reading) bool { return f.notation.unit == n.unit && slices.Equal(f.values, r.values) }) {
			continue
		}
		r.calendar = newCalendar(r, texts, series, given)
		if n.format == "excel" && format == "" && !r.even() {
			continue
		}
		fits = append(fits, r)
	}
	return fits
}

func (n notation) allowed(format string) bool {
	return format == "" || n.format == "" || n.format == format
}

// count sets the values of the labels that the notation reads, and returns their number.
func (n notation) count(texts []string, values []int64) (count int) {
	for i, text := range texts {
		if v, ok := n.parse(text); ok {
			values[i] = v
			count++
		}
	}
	return count
}

// unread finds the label that does not go with the others: the first that the notation of most labels cannot read.
func (c *weekColumn) unread(format string, texts []string) *labelError {
	var best notation
	most, values := 0, make([]int64, len(texts))
	for _, n := range notations {
		if count := n.count(texts, values); n.allowed(format) && count > most {
			best, most = n, count
		}
	}
	reads := func(n notation, read bool) func(string) bool {
		return func(text string) bool { _, ok := n.parse(text); return ok == read }
	}
	switch {
	case most == 0 && format != "":
		return &labelError{0, "is not written as data.date_format says, " + format, "correct data.date_format, or leave it out"}
	case most == 0:
		return &labelError{0, unreadableWeek, fixWeek}
	}
	stranger, known := slices.IndexFunc(texts, reads(best, false)), slices.IndexFunc(texts, reads(best, true))
	for _, n := range notations {
		if reads(n, true)(texts[stranger]) {
			problem := fmt.Sprintf("is of kind %s, but week %s is of kind %s", n.name, c.label(known), best.name)
			return &labelError{stranger, problem, fixMixed}
		}
	}
	return &labelError{stranger, unreadableWeek, fixWeek}
}

// ambiguous shows two readings of a label.
func ambiguous(texts []string, fits []reading) *labelError {
	a, b := fits[0], fits[1]
	at := -1
	for i, text := range texts {
		if a.name(i, text) != b.name(i, text) && (at < 0 || a.values[i] < a.values[at]) {
			at = i
		}
	}
	return &labelError{
		at, fmt.Sprintf("may be %s (%s) or %s (%s), and the other rows do not tell", a.name(at, texts[at]), a.notation.name,
			b.name(at, texts[at]), b.notation.name),
		fmt.Sprintf("set data.date_format: %s or %s", a.format, b.format),
	}
}

const (
	mostWeeks = 100_000 // numbers from here on do not count weeks
	manyWeeks = 10_000  // nor do these, if they are uneven
	firstYear = 1950    // numbers from here to lastYear are years
	lastYear  = 2050
)

// implausible refuses numbers that are no weeks' but something else in digits, unless the caller says that they are numbers.
func (c *weekColumn) implausible(format string, texts []string, r reading, given Resolution) *labelError {
	if r.notation.unit != integers || format != "" || given.Period == Number {
		return nil
	}
	years, yearWeeks := len(r.values) > 2, !r.gapless()
	most := 0
	for i, v := range r.values {
		yearWeeks = yearWeeks && len(texts[i]) == 4 && isShortYearWeek(v)
		years = years && v >= firstYear && v <= lastYear
		if max(v, -v) > max(r.values[most], -r.values[most]) {
			most = i
		}
	}
	const fix = "write weeks as 2021-01-04, or set data.date_format: number if they are counted so"
	switch v := max(r.values[most], -r.values[most]); {
	case years:
		return &labelError{0, "is a year, and a model of media needs days, weeks, months or quarters", fix}
	case yearWeeks:
		return &labelError{0, "may be a week of a year of two digits, since the numbers do not count on", fmt.Sprintf(
			"write weeks as 20%02d-W%02d, or set data.date_format: number if they are counted so", r.values[0]/100, r.values[0]%100)}
	case v >= mostWeeks || v >= manyWeeks && !r.even():
		return &labelError{most, "is not the number of a week, and not a date that is known", fix}
	}
	return nil
}

// isShortYearWeek reports whether a number may be a week of the years 2010 to 2039: 2401 is the first of 2024.
func isShortYearWeek(v int64) bool {
	_, ok := monday(2000+int(v/100), int(v%100))
	return ok && v >= 1000 && v < 4000
}

// tell adds how the labels were read, if they were not in ISO 8601.
func (r reading) tell(labels, texts []string) calendar {
	if r.label == nil {
		return r.calendar
	}
	first := 0
	for i, v := range r.values {
		if v < r.values[first] || v == r.values[first] && labels[i] < labels[first] {
			first = i
		}
	}
	if name := r.name(first, texts[first]); name != texts[first] {
		r.calendar.reading = &Reading{Format: r.format, Notation: r.notation.name, Label: labels[first], Week: name}
	}
	return r.calendar
}
