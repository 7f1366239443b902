package notice

import "math"

// even is the relative difference up to which exposures are equal.
const even = 1e-9

// findStill finds the channels that do not vary within any region, and among these those that are never on.
func (s *sample) findStill() {
	M := len(s.Channels)
	low, high := make([]float64, len(s.Regions)*M), make([]float64, len(s.Regions)*M)
	for i := range low {
		low[i], high[i] = math.Inf(1), math.Inf(-1)
	}
	s.still, s.off = make([]bool, M), make([]bool, M)
	for m := range M {
		s.still[m], s.off[m] = true, true
		for _, cell := range s.cells {
			x, at := s.exposure(cell, m), s.region(cell)*M+m
			low[at], high[at] = min(low[at], x), max(high[at], x)
			s.still[m] = s.still[m] && high[at]-low[at] <= even*max(math.Abs(high[at]), math.Abs(low[at]))
			s.off[m] = s.off[m] && x == 0
		}
	}
}

// constant names the channels that are on with one exposure in each region: nothing tells their effect from the region's level.
func (s *sample) constant() []Notice {
	var names []string
	for m, name := range s.Channels {
		if s.still[m] && !s.off[m] {
			names = append(names, name)
		}
	}
	return of(Constant, names, "constant in every region: %s; what a channel does that never varies cannot be told from the level, and its "+
		"share is the prior's", listed(names))
}

// neverOn names the channels without exposure in the training weeks, and when those start that are on later.
func (s *sample) neverOn() []Notice {
	var names, shown []string
	for m, name := range s.Channels {
		if !s.off[m] {
			continue
		}
		names = append(names, name)
		if week := s.firstOn(m); week != "" {
			name += " (first on in " + week + ")"
		}
		shown = append(shown, name)
	}
	return of(NeverOn, names, "never on in the %s fitted to: %s; an effect that was never seen cannot be learned",
		s.Resolution.Noun(2), listed(shown))
}

// firstOn is the first week in which a channel has exposure anywhere; empty if there is none.
func (s *sample) firstOn(m int) string {
	for t, week := range s.Weeks {
		for r := range s.Regions {
			if s.exposure(r*len(s.Weeks)+t, m) != 0 {
				return week
			}
		}
	}
	return ""
}
