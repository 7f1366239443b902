package panel

import "time"

// Spacing describes the distances between weeks. If they are not equal, a lag of one row is not a lag of one week, and
// carry-over is estimated wrongly.
type Spacing struct {
	Unit string `json:"unit"` // what Step counts: date (days), month, quarter or integer
	Step int64  `json:"step"` // the most common distance between two weeks, 0 for a single week
	Gaps []Gap  `json:"gaps"` // neighbouring weeks at another distance
}

// Gap is a pair of neighbouring weeks at an unusual distance.
type Gap struct {
	After    string `json:"after"`
	Before   string `json:"before"`
	Distance int64  `json:"distance"`
}

// withoutWeekends leaves out the gaps from a Friday to the next Monday.
func (s Spacing) withoutWeekends() Spacing {
	if s.Unit != string(dates) || s.Step != 1 {
		return s
	}
	kept := s
	kept.Gaps = nil
	for _, g := range s.Gaps {
		if friday, ok := parseISO(g.After); !ok || g.Distance != 3 || day(friday).Weekday() != time.Friday {
			kept.Gaps = append(kept.Gaps, g)
		}
	}
	return kept
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
