package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// fly meets minimum flights. They make the plan a choice of weeks, which no gradient can make: the weeks with the most spend of the plan without
// minimum flights stay on, as many as its spend pays for; the others are off; and the plan is optimised again. It need not be the best choice.
func (l *ledger) fly(ctx context.Context, o Options, relaxed *found) (*found, error) {
	for _, round := range []float64{0.5, 1} { // the nearest number of weeks, and if it costs too much the one that is paid for
		off, flights := l.flights(relaxed, round)
		if len(flights) == 0 && len(off) == 0 {
			return relaxed, nil
		}
		f, err := l.land(ctx, o, relaxed, off, flights)
		if err != nil || f.end.Violation <= feasible || round == 1 {
			return f, err
		}
		if err := relaxed.again(); err != nil {
			return nil, err
		}
	}
	return relaxed, nil
}

// land optimises again with weeks that are off, as pairs of channel and week, and limits of those that are on.
func (l *ledger) land(ctx context.Context, o Options, relaxed *found, off map[[2]int]bool, flights []Limit) (*found, error) {
	f, err := l.prepare(o, o.Resolution, flights)
	if err != nil {
		return nil, err
	}
	f.starts = relaxed.starts
	for v, cells := range f.s.cells {
		if off[[2]int{f.s.channel[v], cells[0] / l.M % l.T}] {
			f.s.lower[v], f.s.upper[v] = 0, 0
		}
	}
	if err := f.solve(ctx, o, f.s.spread(relaxed.s, relaxed.f), relaxed.multipliers(), accurate); err != nil {
		return nil, err
	}
	f.notes = append(f.notes, relaxed.notes...)
	if o.Resolution.ByWeek {
		f.notes = append(f.notes, fmt.Sprintf("minimum flights: the %d weeks off air, counted by channel, were rounded from the plan without minimum flights "+
			"and the rest optimised again; another choice of weeks may be better", len(off)))
	}
	return f, nil
}

// close keeps off what another search switched off.
func (f *found) close(like *found) {
	for v := range f.s.cells {
		if from := like.s.variable[f.s.cells[v][0]]; from >= 0 && like.s.upper[from] == 0 {
			f.s.lower[v], f.s.upper[v] = 0, 0
		}
	}
}

// flights are the weeks that are off, as pairs of channel and week, and the limits of those that are on, at a plan that the markets have just run. A week is
// added while the rest of the channel's spend pays for a share round of a minimum flight. A channel whose weeks are not planned apart keeps
// those that are on in the reference.
func (l *ledger) flights(f *found, round float64) (off map[[2]int]bool, on []Limit) {
	off = map[[2]int]bool{}
	for m, c := range l.Channels {
		if c.MinFlight == 0 || c.Role == Follows || slices.Contains(f.s.still, m) {
			continue
		}
		byWeek := f.s.apart[m] && f.resolution.ByWeek
		weeks, spend, rest := l.weeksOf(m)
		for _, week := range weeks {
			if spend[week] > 0 && (!byWeek || rest >= round*c.MinFlight) {
				least := c.MinFlight
				rest -= max(spend[week], least)
				on = append(on, Limit{Name: fmt.Sprintf("%s: minimum flight in week %s", c.Name, l.Weeks[week]), Channels: []int{m}, Weeks: []int{week}, Min: &least})
			} else if byWeek {
				off[[2]int{m, week}] = true
			}
		}
	}
	return off, on
}

// weeksOf are the weeks of the horizon by the last run's spend of a channel, the largest first, with that spend [T] and its sum.
func (l *ledger) weeksOf(m int) (weeks []int, spend []float64, total float64) {
	spend = make([]float64, l.T)
	for week := l.Horizon.From; week < l.Horizon.To; week++ {
		weeks = append(weeks, week)
		for _, i := range l.cellsOf(Limit{Channels: []int{m}, Weeks: []int{week}}) {
			spend[week] += l.price[i] * l.exposure[i]
		}
		total += spend[week]
	}
	slices.SortStableFunc(weeks, func(a, b int) int { return cmp.Compare(spend[b], spend[a]) })
	return weeks, spend, total
}
