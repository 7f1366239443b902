package plan

import (
	"math"

	"deepcausalmmm/internal/cores"
)

// space are the variables of a plan: multiples f of a base. The own part of a cell in draw d is f·base_d. The base is the own part of
// the reference, so that f = 1 is the status quo; in a part without any, it is the channel's mean weekly own part of the region, and
// f = 0 the status quo. The optimiser's variable is y = f·√weight: then values like √f have the same curvature in each.
type space struct {
	l         *ledger
	variable  []int32     // [R, T, M]: the cell's variable, or −1
	base      [][]float64 // [D][R, T, M]
	cells     [][]int     // of each variable
	channel   []int       // of each variable
	weight    []float64   // own spend of f = 1, mean over draws
	reference []float64   // f of the status quo: 1, or 0
	apart     []bool      // [M]: the channel has several variables
	capped    []float64   // the largest f whose exposure is not beyond what may be, with what is moved as in the reference
	lower     []float64   // of f
	upper     []float64
	still     []int // channels without any exposure in the reference, which cannot be planned
}

// newSpace lays out variables for a resolution. Channels whose Range leaves no choice have one variable in any resolution.
func newSpace(l *ledger, resolution Resolution, beyond float64) *space {
	s := &space{l: l, variable: make([]int32, len(l.price)), base: make([][]float64, l.D), apart: make([]bool, l.M)}
	for i := range s.variable {
		s.variable[i] = -1
	}
	for d := range s.base {
		s.base[d] = append([]float64(nil), l.planned[d]...)
	}
	own := l.meanPlanned()
	for m, c := range l.Channels {
		if c.Role == Follows {
			continue
		}
		at := Resolution{}
		if lo, hi := c.span(); lo < hi {
			at = resolution
		}
		s.apart[m] = at != Resolution{}
		s.layOut(m, at, own)
	}
	s.bound(own, beyond)
	return s
}

func (l *ledger) meanPlanned() []float64 {
	mean := make([]float64, len(l.price))
	l.average(mean, l.planned)
	return mean
}

// span is the channel's range of multiples.
func (c Channel) span() (lo, hi float64) {
	switch {
	case c.Range != nil:
		return c.Range[0], c.Range[1]
	case c.Role == Held:
		return 1, 1
	}
	return DefaultRange[0], DefaultRange[1]
}

func (s *space) layOut(m int, at Resolution, own []float64) {
	l := s.l
	total := 0.0
	parts := map[[2]int]int{}
	first := len(s.cells)
	for r := range l.R {
		for week := l.Horizon.From; week < l.Horizon.To; week++ {
			i := (r*l.T+week)*l.M + m
			total += own[i]
			var part [2]int
			if at.ByRegion {
				part[0] = r
			}
			if at.ByWeek {
				part[1] = week
			}
			v, ok := parts[part]
			if !ok {
				v = len(s.cells)
				parts[part] = v
				s.cells, s.channel = append(s.cells, nil), append(s.channel, m)
			}
			s.cells[v] = append(s.cells[v], i)
			s.variable[i] = int32(v)
		}
	}
	if total == 0 {
		s.drop(m, first)
		return
	}
	for v := first; v < len(s.cells); v++ {
		s.begin(v, own)
	}
}

// drop takes back the variables of a channel without exposure.
func (s *space) drop(m, first int) {
	s.still = append(s.still, m)
	s.apart[m] = false
	for _, cells := range s.cells[first:] {
		for _, i := range cells {
			s.variable[i] = -1
		}
	}
	s.cells, s.channel = s.cells[:first], s.channel[:first]
}

// begin finds a variable's weight and status quo, and the base of one without any exposure.
func (s *space) begin(v int, own []float64) {
	l, sum, weight := s.l, 0.0, 0.0
	for _, i := range s.cells[v] {
		sum += own[i]
		weight += l.price[i] * own[i]
	}
	reference := 1.0
	if sum == 0 {
		reference = 0
		for _, i := range s.cells[v] {
			level := l.usual(i, own)
			for d := range s.base {
				s.base[d][i] = level
			}
			weight += l.price[i] * level
		}
	}
	s.weight, s.reference = append(s.weight, weight), append(s.reference, reference)
}

// usual is the mean weekly own part of a channel's region, or of all regions if that has none.
func (l *ledger) usual(cell int, own []float64) float64 {
	region, m, H := cell/(l.T*l.M), cell%l.M, float64(l.Horizon.Len())
	mean := func(r int) float64 {
		sum := 0.0
		for week := l.Horizon.From; week < l.Horizon.To; week++ {
			sum += own[(r*l.T+week)*l.M+m]
		}
		return sum / H
	}
	if level := mean(region); level > 0 {
		return level
	}
	sum := 0.0
	for r := range l.R {
		sum += mean(r)
	}
	return sum / float64(l.R)
}

// bound sets the bounds of single variables. A channel of several has its range as a constraint of their sum.
func (s *space) bound(own []float64, beyond float64) {
	l := s.l
	for v, cells := range s.cells {
		most := math.Inf(1)
		for _, i := range cells {
			limit := beyond * l.seen[i/(l.T*l.M)*l.M+i%l.M]
			switch {
			case s.reference[v] == 0:
				most = min(most, limit/s.base[0][i])
			case own[i] > 0:
				most = min(most, 1+(limit-l.reference[i])/own[i])
			}
		}
		s.capped = append(s.capped, max(most, s.reference[v]))
		lo, hi := l.Channels[s.channel[v]].span()
		if s.apart[s.channel[v]] {
			lo, hi = 0, math.Inf(1)
		}
		s.lower, s.upper = append(s.lower, lo), append(s.upper, max(lo, min(hi, s.capped[v])))
	}
}

// fill sets the ledger's own parts to multiples f.
func (s *space) fill(f []float64) {
	l := s.l
	cores.Each(l.D, func(d int) {
		own, base := l.own[d], s.base[d]
		copy(own, l.planned[d])
		for v, cells := range s.cells {
			for _, i := range cells {
				own[i] = f[v] * base[i]
			}
		}
	})
}

// spread repeats multiples of another space of the same ledger, such as a coarser one, on the variables of this one. Parts that are off in the reference
// begin a little above 0, where a market that clips exposure at 0 has its slope.
func (s *space) spread(from *space, f []float64) []float64 {
	out := make([]float64, len(s.cells))
	for v, cells := range s.cells {
		out[v] = max(s.reference[v], 0.05) * f[from.variable[cells[0]]]
	}
	return out
}
