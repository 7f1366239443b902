package plan

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// fly meets minimum flights. They make the plan a choice of weeks, which no gradient can make: the weeks with the most spend of the plan without
// minimum flights stay on, as many as its spend pays for; the others are off; and the plan is optimised again. It need not be the best choice.
func (l *ledger) fly(ctx context.Context, o Options, relaxed *found) (*found, error) {
	off, flights := l.flights(relaxed)
	if len(flights) == 0 {
		return relaxed, nil
	}
	f, err := l.prepare(o, o.Resolution, flights)
	if err != nil {
		return nil, err
	}
	f.starts = relaxed.starts
	for v, cells := range f.s.cells {
		if off[[2]int{f.s.channel[v], cells[0] / l.M % l.T}] && o.Resolution.ByWeek {
			f.s.lower[v], f.s.upper[v] = 0, 0
		}
	}
	if err := f.solve(ctx, o, f.s.spread(relaxed.s, relaxed.f), relaxed.multipliers()); err != nil {
		return nil, err
	}
	f.notes = append(f.notes, relaxed.notes...)
	if o.Resolution.ByWeek {
		f.notes = append(f.notes, fmt.Sprintf("minimum flights: the weeks off air (%d of channel and week) were rounded from the plan without minimum flights, and the rest "+
			"optimised again; another choice of weeks may be better", len(off)))
	}
	return f, nil
}

// flights are the weeks that are off, as pairs of channel and week, and the limits of those that are on. Without weeks of its own a plan keeps those
// that are on in the reference.
func (l *ledger) flights(f *found) (off map[[2]int]bool, on []Limit) {
	off = map[[2]int]bool{}
	for m, c := range l.Channels {
		if c.MinFlight == 0 || c.Role == Follows || slices.Contains(f.s.still, m) {
			continue
		}
		spend, total := make([]float64, l.T), 0.0
		for week := l.Horizon.From; week < l.Horizon.To; week++ {
			for _, i := range l.cellsOf(Limit{Channels: []int{m}, Weeks: []int{week}}) {
				spend[week] += l.price[i] * l.exposure[i]
			}
			total += spend[week]
		}
		weeks := make([]int, 0, l.Horizon.Len())
		for week := l.Horizon.From; week < l.Horizon.To; week++ {
			weeks = append(weeks, week)
		}
		slices.SortStableFunc(weeks, func(a, b int) int { return int(math.Copysign(1, spend[b]-spend[a])) })
		affords, rest := 0, total
		for _, week := range weeks {
			switch {
			case !f.s.apart[m] && spend[week] > 0, f.s.apart[m] && max(spend[week], rest) >= c.MinFlight/2 && spend[week] > 0:
				affords++
				rest -= max(spend[week], c.MinFlight)
			}
		}
		for n, week := range weeks {
			if n < affords {
				least := c.MinFlight
				on = append(on, Limit{Name: fmt.Sprintf("%s: minimum flight in week %s", c.Name, l.Weeks[week]), Channels: []int{m}, Weeks: []int{week}, Min: &least})
			} else if f.s.apart[m] {
				off[[2]int{m, week}] = true
			}
		}
	}
	return off, on
}
