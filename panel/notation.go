package panel

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// unit is what the value of a week counts.
type unit string

const (
	dates    unit = "date" // days since 1970
	months   unit = "month"
	quarters unit = "quarter"
	integers unit = "integer"
)

// notation is a way to write the weeks of a table. A column has one notation, which reads all of its labels.
type notation struct {
	format string // the value of data.date_format that asks for it; "" if it cannot be taken for another
	name   string
	unit   unit
	rank   int // it is considered only if no notation of a smaller rank reads the column
	parse  func(label string) (value int64, ok bool)
	label  func(value int64) string // the label in ISO 8601; nil if the text is kept
}

// Numbers rank last: nobody counts weeks to 20240107, but every date in digits is a number too.
var notations = []notation{
	{"iso", "date", dates, 0, parseISO, isoDate},
	{"ymd", "year/month/day", dates, 0, parseYMD, isoDate},
	{"mdy", "month/day/year", dates, 0, parseMDY, isoDate},
	{"dmy", "day/month/year", dates, 0, parseDMY, isoDate},
	{"", "date", dates, 0, parseNamedDate, isoDate},
	{"yearmonth", "year and month", months, 0, parseYearMonth, isoMonth},
	{"yearweek", "year and week", dates, 0, parseYearWeek, isoWeek},
	{"", "quarter", quarters, 0, parseQuarter, isoQuarter},
	{"yearweek", "year and week", dates, 1, parseYearDashWeek, isoWeek},
	{"excel", "Excel serial", dates, 2, parseExcel, isoDate},
	{"number", "number", integers, 3, parseNumber, nil},
}

func isoDate(v int64) string { return day(v).Format(time.DateOnly) }

func isoWeek(v int64) string {
	year, week := day(v).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

func isoMonth(v int64) string   { return fmt.Sprintf("%04d-%02d", v/12, v%12+1) }
func isoQuarter(v int64) string { return fmt.Sprintf("%04d-Q%d", v/4, v%4+1) }

const secondsOfDay = 24 * 60 * 60

func day(v int64) time.Time { return time.Unix(v*secondsOfDay, 0).UTC() }

// days is the value of a date, if the calendar has it.
func days(year, month, dayOfMonth int) (int64, bool) {
	t := time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC)
	return t.Unix() / secondsOfDay, month >= 1 && month <= 12 && dayOfMonth >= 1 && t.Day() == dayOfMonth && year >= 1
}

func parseISO(label string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, label)
	return t.Unix() / secondsOfDay, err == nil && t.Year() >= 1
}

// parts returns the n numbers of a label with one kind of separator between them, - / or a point.
func parts(label string, n int) (part []string, ok bool) {
	for _, separator := range []string{"-", "/", "."} {
		if part = strings.Split(label, separator); len(part) == n {
			return part, !slices.ContainsFunc(part, func(s string) bool { return !isDigits(s) || len(s) > 4 })
		}
	}
	return nil, false
}

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c < '0' || c > '9' })
}

// number parses digits that fit.
func digits(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// year reads a year of four digits, or of two: 69 to 99 belong to the last century, as POSIX has it.
func year(s string) (y int, ok bool) {
	switch y = digits(s); len(s) {
	case 4:
		return y, true
	case 2:
		if y >= 69 {
			return 1900 + y, true
		}
		return 2000 + y, true
	}
	return 0, false
}

// isYear reports whether a label of digits begins with a year that a panel may have.
func isYear(s string) bool { return s >= "1900" && s < "2200" }

// ordered reads three numbers as year, month and day at the given positions.
func ordered(part []string, yearAt, monthAt, dayAt int) (int64, bool) {
	y, ok := year(part[yearAt])
	if !ok || len(part[monthAt]) > 2 || len(part[dayAt]) > 2 {
		return 0, false
	}
	return days(y, digits(part[monthAt]), digits(part[dayAt]))
}

func parseYMD(label string) (int64, bool) {
	if part, ok := parts(label, 3); ok {
		return ordered(part, 0, 1, 2)
	}
	if isDigits(label) && len(label) == 8 && isYear(label[:4]) {
		return ordered([]string{label[:4], label[4:6], label[6:]}, 0, 1, 2)
	}
	return 0, false
}

func parseMDY(label string) (int64, bool) { return parseYearLast(label, 0, 1) }
func parseDMY(label string) (int64, bool) { return parseYearLast(label, 1, 0) }

func parseYearLast(label string, monthAt, dayAt int) (int64, bool) {
	if part, ok := parts(label, 3); ok {
		return ordered(part, 2, monthAt, dayAt)
	}
	if isDigits(label) && len(label) == 8 && isYear(label[4:]) {
		return ordered([]string{label[:2], label[2:4], label[4:]}, 2, monthAt, dayAt)
	}
	return 0, false
}

// words splits a label into numbers and words in lower case, and drops what says nothing: weekdays and ordinals' endings.
func words(label string) []string {
	var all []string
	var last rune
	for _, c := range strings.ToLower(label) {
		kind := 'x'
		switch {
		case c >= '0' && c <= '9':
			kind = '0'
		case unicode.IsLetter(c):
			kind = 'a'
		case !strings.ContainsRune(" ,-/.'", c):
			return nil
		}
		switch {
		case kind == 'x':
		case kind == last:
			all[len(all)-1] += string(c)
		default:
			all = append(all, string(c))
		}
		last = kind
	}
	return slices.DeleteFunc(all, func(w string) bool {
		return slices.Contains([]string{"st", "nd", "rd", "th", "of"}, w) || inFull(w, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday") > 0
	})
}

// inFull returns the place, from 1, of the name that a word abbreviates to at least three letters, or 0.
func inFull(word string, names ...string) int {
	return 1 + slices.IndexFunc(names, func(name string) bool { return len(word) >= 3 && strings.HasPrefix(name, word) })
}

func month(word string) int {
	if word == "sept" {
		return 9
	}
	return inFull(word, "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
		"november", "december")
}

// parseNamedDate reads 7 Jan 2024, Jan 7, 2024, 2024 Jan 7 and 7-Jan-24.
func parseNamedDate(label string) (int64, bool) {
	w := words(label)
	if len(w) != 3 {
		return 0, false
	}
	y, d, m := w[2], w[0], month(w[1])
	switch {
	case month(w[0]) > 0 && isDigits(w[1]):
		d, m = w[1], month(w[0])
	case m > 0 && len(w[0]) == 4:
		y, d = w[0], w[2]
	}
	full, ok := year(y)
	if m == 0 || !ok || !isDigits(y) || !isDigits(d) || len(d) > 2 {
		return 0, false
	}
	return days(full, m, digits(d))
}

// pair splits a label of a year and another number: 2024-07, 07/2024 and 202407.
func pair(label string, compact bool) (y, n int, ok bool) {
	if compact {
		if isDigits(label) && len(label) == 6 && isYear(label[:4]) {
			return digits(label[:4]), digits(label[4:]), true
		}
		return 0, 0, false
	}
	part, ok := parts(label, 2)
	switch {
	case !ok:
		return 0, 0, false
	case len(part[0]) == 4 && len(part[1]) <= 2:
		return digits(part[0]), digits(part[1]), true
	case len(part[1]) == 4 && len(part[0]) <= 2:
		return digits(part[1]), digits(part[0]), true
	}
	return 0, 0, false
}

// parseYearMonth reads 2024-01, 01/2024, 202401, Jan 2024 and 2024 January.
func parseYearMonth(label string) (int64, bool) {
	y, m, ok := pair(label, false)
	if !ok {
		y, m, ok = pair(label, true)
	}
	if w := words(label); !ok && len(w) == 2 {
		if month(w[0]) == 0 {
			w[0], w[1] = w[1], w[0]
		}
		m = month(w[0])
		y, ok = year(w[1])
		ok = ok && isDigits(w[1])
	}
	return int64(y)*12 + int64(m) - 1, ok && m >= 1 && m <= 12
}

// parseQuarter reads 2024Q1, 2024-Q1, Q1 2024 and 1Q24.
func parseQuarter(label string) (int64, bool) {
	w := words(label)
	if len(w) != 3 {
		return 0, false
	}
	y, q := w[0], w[2]
	switch {
	case w[0] == "q":
		y, q = w[2], w[1]
	case w[1] != "q":
		return 0, false
	case len(w[0]) == 1:
		y, q = w[2], w[0]
	}
	full, ok := year(y)
	if !ok || !isDigits(y) || len(q) != 1 || q < "1" || q > "4" {
		return 0, false
	}
	return int64(full)*4 + int64(digits(q)) - 1, true
}

// monday is the first day of an ISO week, if the year has it (ISO 8601).
func monday(year, week int) (int64, bool) {
	fourth, ok := days(year, 1, 4) // always in week 1
	first := fourth - int64(day(fourth).Weekday()+6)%7
	v := first + 7*int64(week-1)
	y, w := day(v).ISOWeek()
	return v, ok && y == year && w == week
}

var weekWords = []string{"w", "wk", "week", "kw", "cw"}

// parseYearWeek reads 202407, 2024-W07, 2024W07 and Week 7 2024.
func parseYearWeek(label string) (int64, bool) {
	if y, n, ok := pair(label, true); ok {
		return monday(y, n)
	}
	w := words(label)
	if len(w) != 3 {
		return 0, false
	}
	y, n := w[0], w[2]
	if slices.Contains(weekWords, w[0]) {
		y, n = w[2], w[1]
	} else if !slices.Contains(weekWords, w[1]) {
		return 0, false
	}
	if !isDigits(y) || len(y) != 4 || !isDigits(n) || len(n) > 2 {
		return 0, false
	}
	return monday(digits(y), digits(n))
}

// parseYearDashWeek reads 2024-07 as a week. ISO 8601 has months written so.
func parseYearDashWeek(label string) (int64, bool) {
	y, n, ok := pair(label, false)
	if !ok {
		return 0, false
	}
	return monday(y, n)
}

// Serial numbers of days in spreadsheets: 1 is 1900-01-01, and 1900 is taken for a leap year. The bounds are in 1982 and 2064.
const (
	excelEpoch           = -25569 // 1899-12-30
	firstExcel, endExcel = 30000, 60000
)

func parseExcel(label string) (int64, bool) {
	n, ok := parseNumber(label)
	return n + excelEpoch, ok && n >= firstExcel && n < endExcel
}

func parseNumber(label string) (int64, bool) {
	n, err := strconv.ParseInt(label, 10, 64)
	return n, err == nil
}

var (
	timeOfDay = regexp.MustCompile(`^(.*\d)(?:[Tt]|\s+)(\d{1,2})(:\d{2})(:\d{2}(?:\.\d+)?)?\s*([AaPp][Mm])?\s*(?:[Zz]|UTC|[+-]\d{2}(?::?\d{2})?)?$`)
	integral  = regexp.MustCompile(`^(\d+)\.0+$`)
)

// withoutTime cuts midnight off a label, whatever its zone, and .0 off an integer that was stored as a float. It is not ok at
// another time of the day.
func withoutTime(label string) (date string, ok bool) {
	if m := integral.FindStringSubmatch(label); m != nil {
		return m[1], true
	}
	m := timeOfDay.FindStringSubmatch(label)
	if m == nil {
		return label, true
	}
	hour := digits(m[2])
	if strings.EqualFold(m[5], "am") && hour == 12 {
		hour = 0
	}
	midnight := hour == 0 && !strings.EqualFold(m[5], "pm") && strings.Trim(m[3]+m[4], ":.0") == ""
	return strings.TrimSpace(m[1]), midnight
}
