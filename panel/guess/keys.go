package guess

import (
	"slices"

	"deepcausalmmm/panel/naming"
)

// keys are the columns that say which region and time a row is of, −1 where there is none.
type keys struct {
	time, region int
	repeats      bool // rows of one region and time are left
}

// fewDuplicates is the share of rows up to which a region's rows may repeat a date: a region that is listed twice.
const fewDuplicates = 0.2

// findKeys finds the column of dates, and the column that tells apart the rows of a date.
func findKeys(t *Table, dates func([]string) bool) keys {
	k := keys{time: findTime(t, dates), region: -1}
	if k.time < 0 || t.repeats(k.time) == 0 {
		return k
	}
	least, byName := t.repeats(k.time), false
	for i, name := range t.Names {
		is := named(name, regionWords)
		if i == k.time || name == "" || !is && t.summary(i).kind != texts || t.levels(i) < 2 {
			continue
		}
		// A column named like a region wins over one that only tells rows apart; of the same kind that which leaves fewer repeats.
		if n := t.repeats(k.time, i); n < least && is == byName || is && !byName && n < t.repeats(k.time) {
			k.region, least, byName = i, n, is
		}
	}
	if k.region >= 0 && float64(least) > fewDuplicates*float64(len(t.Rows)) && !byName {
		k.region, least = -1, t.repeats(k.time)
	}
	k.repeats = least > 0
	return k
}

// findTime prefers a column of dates that is named like one, and of those the one with most dates.
func findTime(t *Table, dates func([]string) bool) int {
	best, score := -1, 0
	for i, name := range t.Names {
		if name == "" || t.levels(i) < 2 || !dates(t.column(i)) {
			continue
		}
		s := t.levels(i)
		if !written(t.column(i)) { // plain integers may be anything
			if !named(name, timeWords) {
				continue
			}
		} else {
			s += 2 * len(t.Rows)
		}
		if named(name, timeWords) {
			s += len(t.Rows)
		}
		if s > score {
			best, score = i, s
		}
	}
	return best
}

// written reports whether a column holds dates as written, not only digits.
func written(cells []string) bool {
	return slices.ContainsFunc(cells, func(c string) bool {
		return slices.ContainsFunc([]byte(c), func(b byte) bool { return b < '0' || b > '9' })
	})
}

func named(name string, list map[string]bool) bool {
	return slices.ContainsFunc(tokens(name), func(w string) bool { return list[w] })
}

var (
	variableWords = naming.Set("variable variablename metric measure kpi indicator channel media attribute")
	valueWords    = naming.Set("value variablevalue amount val")
)

// findLong finds the columns of a long table, which has a row for each variable: −1, −1 if it is not one.
func findLong(t *Table, decided []bool) (variable, value int) {
	variable, value = -1, -1
	numeric := 0
	for i, name := range t.Names {
		if decided[i] || name == "" {
			continue
		}
		s := t.summary(i)
		if s.kind == texts && variable < 0 && s.levels > 1 && named(name, variableWords) {
			variable = i
		}
		if s.kind == numbers {
			numeric++
			if named(name, valueWords) {
				value = i
			}
		}
	}
	if variable < 0 || value < 0 || numeric > 2 {
		return -1, -1
	}
	return variable, value
}
