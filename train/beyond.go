package train

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/panel"
)

// Beyond is a channel or treatment outside of the range that the training saw in a region, where the shape of its effect is the
// prior's: the cell that is furthest out, and how many there are.
type Beyond struct {
	Name         string  `json:"name"`
	Region, Week string  // of the cell that is furthest out
	Value        float64 `json:"value"` // in the table's units
	Low          float64 `json:"low"`   // the range of the region's training weeks; channels begin at 0
	High         float64 `json:"high"`
	Cells        int     `json:"cells"` // region-weeks outside of their range
	Of           int     `json:"of"`
	Least        bool    `json:"least"` // the model counts the value as the lowest of the training

	every panel.Resolution
}

// rangeSlack is the part of a range by which a value may leave it without a word: the next week's largest is often a little
// larger than all before.
const rangeSlack = 0.05

// Far is the distance from the range in multiples of its width; +Inf if the training saw one value only.
func (b Beyond) Far() float64 {
	out := max(b.Value-b.High, b.Low-b.Value)
	if out <= 0 {
		return 0
	}
	return out / (b.High - b.Low)
}

// String says how far out the value is.
func (b Beyond) String() string {
	where := fmt.Sprintf("%s is %.6g in %s, %s %s", b.Name, b.Value, b.Region, b.every.Noun(1), b.Week)
	switch {
	case b.High == b.Low:
		where += fmt.Sprintf(", where it was always %.6g", b.High)
	case b.Value < b.Low:
		where += fmt.Sprintf(", less than the smallest there (%.6g)", b.Low)
		if b.Least {
			where += ", and counts as the smallest of all regions"
		}
	case b.Low >= 0:
		where += fmt.Sprintf(", %.3g times the largest there (%.6g)", b.Value/b.High, b.High)
	default:
		where += fmt.Sprintf(", more than the largest there (%.6g)", b.High)
	}
	return fmt.Sprintf("%s; %d of %d region-%s", where, b.Cells, b.Of, b.every.Noun(b.Of))
}

// beyond compares exposure [R, T, M] and the treatments, at multiples of their values, with the training weeks' ranges.
func (s *Saved) beyond(p *panel.Panel, span panel.Span, exposure []float64, factors map[int]float64) []Beyond {
	var all []Beyond
	for m, name := range p.Channels {
		b := s.outside(p, span, s.Panel.Media, len(p.Channels), m, exposure, 1, s.Panel.Kind(m) != panel.Mediator)
		if b.Name = name; b.Cells > 0 {
			all = append(all, b)
		}
	}
	for c, name := range p.Controls {
		factor, set := factors[c]
		if !set {
			factor = 1
		}
		b := s.outside(p, span, s.Panel.Control, len(p.Controls), c, p.Control, factor, false)
		if b.Name = name; b.Cells > 0 && s.Panel.IsTreatment(c) {
			all = append(all, b)
		}
	}
	slices.SortStableFunc(all, func(a, b Beyond) int { return cmp.Compare(b.Far(), a.Far()) })
	return all
}

// outside finds the cells of column k of x, times a factor, outside of the region's range in the training, which may start at 0.
func (s *Saved) outside(p *panel.Panel, span panel.Span, history []float64, K, k int, x []float64, factor float64, fromZero bool) Beyond {
	T, known := len(p.Weeks), len(s.Panel.Weeks)
	var furthest Beyond
	cells, most, least := 0, rangeSlack, math.Inf(1)
	for r, region := range p.Regions {
		low, high := math.Inf(1), math.Inf(-1)
		for t := range s.Train.To {
			v := history[(r*known+t)*K+k]
			low, high = min(low, v), max(high, v)
		}
		if least = min(least, low); fromZero {
			low = min(low, 0)
		}
		for t := span.From; t < span.To; t++ {
			b := Beyond{Region: region, Week: p.Weeks[t], Value: factor * x[(r*T+t)*K+k], Low: low, High: high, every: p.Resolution}
			if !p.HasRow(r*T+t) || b.Far() <= rangeSlack {
				continue
			}
			if cells++; b.Far() > most {
				most, furthest = b.Far(), b
			}
		}
	}
	furthest.every = p.Resolution
	furthest.Cells, furthest.Of = cells, len(p.Regions)*span.Len()
	furthest.Least = !fromZero && least < 0 && furthest.Value < least
	return furthest
}
