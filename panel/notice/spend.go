package notice

import "fmt"

// smallPart is the part of a channel's spend or exposure, and of its weeks, below which a mismatch is bookkeeping.
const smallPart = 0.01

// spendWithoutExposure names the channels that cost money in weeks in which they were off.
func (s *sample) spendWithoutExposure() []Notice {
	return s.mismatch(SpendWithoutExposure, "spend without exposure: %s; is the exposure missing, or the money of another week?",
		func(spend, exposure float64) (wrong, amount float64) { return spend, exposure })
}

// exposureWithoutSpend names the channels that were on in weeks in which they cost nothing.
func (s *sample) exposureWithoutSpend() []Notice {
	return s.mismatch(ExposureWithoutSpend, "exposure without spend: %s; what these channels return for their money looks better than it is",
		func(spend, exposure float64) (wrong, amount float64) { return exposure, spend })
}

// mismatch counts the cells of each channel with an amount of one thing (have) and none of the other (lacks).
func (s *sample) mismatch(kind Kind, text string, pick func(spend, exposure float64) (have, lacks float64)) []Notice {
	var names, shown []string
	for m, name := range s.Channels {
		column, ok := s.SpendColumn(m)
		if !ok {
			continue
		}
		n, on, part, all := 0, 0, 0.0, 0.0
		for _, cell := range s.cells {
			have, lacks := pick(s.Spend[cell*len(s.SpendNames)+column], s.exposure(cell, m))
			if have > 0 {
				on++
				all += have
			}
			if have > 0 && lacks == 0 {
				n++
				part += have
			}
		}
		if n > 0 && (part >= smallPart*all || float64(n) >= smallPart*float64(on)) {
			names = append(names, name)
			shown = append(shown, fmt.Sprintf("%s (%s, %.0f %% of it)", name, s.periods(n), 100*part/all))
		}
	}
	return of(kind, names, text, listed(shown))
}
