package panel

import (
	"fmt"
	"strconv"
	"time"
)

// unit is the notation of the weeks of a table.
type unit string

const (
	dates    unit = "date"
	integers unit = "integer"
)

// parseWeek parses a week label: an ISO date, in days, or an integer.
func parseWeek(label string) (value int64, u unit, ok bool) {
	if n, err := strconv.ParseInt(label, 10, 64); err == nil {
		return n, integers, true
	}
	if date, err := time.Parse(time.DateOnly, label); err == nil {
		return date.Unix() / (24 * 60 * 60), dates, true
	}
	return 0, "", false
}

const (
	unreadableWeek = "is neither an ISO date nor an integer"
	fixWeek        = "write weeks as 2021-01-04, or number them"
	fixMixed       = "write all weeks the same way"
)

// parseWeeks parses labels, which must have the same unit and ascend.
func parseWeeks(labels []string) ([]int64, unit, error) {
	values := make([]int64, len(labels))
	var first unit
	for t, label := range labels {
		value, u, ok := parseWeek(label)
		switch {
		case !ok:
			return nil, "", fmt.Errorf("panel: week %q %s (%s)", label, unreadableWeek, fixWeek)
		case t > 0 && u != first:
			return nil, "", fmt.Errorf("panel: week %q is of kind %s, week %q of kind %s (%s)",
				label, u, labels[0], first, fixMixed)
		case t > 0 && value <= values[t-1]:
			return nil, "", fmt.Errorf("panel: week %q does not come after week %q (sort the weeks)",
				label, labels[t-1])
		}
		values[t], first = value, u
	}
	return values, first, nil
}

// Spacing describes the distances between weeks. If they are not equal, a lag of one row is not a lag of one week, and
// carry-over is estimated wrongly.
type Spacing struct {
	Unit string `json:"unit"` // date (Step counts days) or integer
	Step int64  `json:"step"` // the most common distance between two weeks, 0 for a single week
	Gaps []Gap  `json:"gaps"` // neighbouring weeks at another distance
}

// Gap is a pair of neighbouring weeks at an unusual distance.
type Gap struct {
	After    string `json:"after"`
	Before   string `json:"before"`
	Distance int64  `json:"distance"`
}

// spacing takes the most common distance as the step, and the shortest of equally common ones.
func spacing(values []int64, labels []string, u unit) Spacing {
	s := Spacing{Unit: string(u)}
	count := map[int64]int{}
	for t := 1; t < len(values); t++ {
		d := values[t] - values[t-1]
		count[d]++
		if n := count[d] - count[s.Step]; n > 0 || n == 0 && d < s.Step {
			s.Step = d
		}
	}
	for t := 1; t < len(values); t++ {
		if d := values[t] - values[t-1]; d != s.Step {
			s.Gaps = append(s.Gaps, Gap{After: labels[t-1], Before: labels[t], Distance: d})
		}
	}
	return s
}
