package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/optim"
)

// found is the end of a search: multiples on a space with the program that led there.
type found struct {
	*program
	units
	resolution Resolution
	end        optim.Optimum
	objective  float64
	spend      []float64 // by channel
	starts     []Start
	flights    []Limit // that minimum flights became
	notes      []string
}

// The accuracy of searches: the projected gradient of the scaled program.
const (
	rough    = 1e-3 // of starts, to choose among them
	accurate = 3e-5 // marginal ROIs by channel then agree to 1e-3
	divided  = 2e-4 // with many parts, whose errors cancel within a channel
	feasible = 3e-5 // of scaled constraints
)

// startDraws is the number of draws that the starts are compared on: the ends of searches differ by more than their mean does from that of all.
const startDraws = 10

// search finds the best plan: by channel from several starts on a few draws, and from the best of their ends at the resolution on all draws.
// Minimum flights are met at the end.
func (l *ledger) search(ctx context.Context, o Options) (*found, error) {
	few, err := l.few(startDraws)
	if err != nil {
		return nil, err
	}
	coarse, err := few.prepare(o, Resolution{}, nil)
	if err != nil {
		return nil, err
	}
	first, err := coarse.fromAll(ctx, o)
	if err != nil {
		return nil, err
	}
	best, err := l.prepare(o, o.Resolution, nil)
	if err != nil {
		return nil, err
	}
	best.starts, l.evaluations = first.starts, l.evaluations+few.evaluations
	start, accuracy := best.s.spread(first.s, first.f), accurate
	if o.Resolution != (Resolution{}) {
		start, accuracy = best.roughened(start), divided
	}
	if err := best.solve(ctx, o, start, first.multipliers(), accuracy); err != nil {
		return nil, err
	}
	if best, err = l.fly(ctx, o, best); err != nil {
		return nil, err
	}
	if best.end.Violation > feasible {
		return nil, best.explain(o)
	}
	if !best.end.Converged {
		best.notes = append(best.notes, "the search ended before it converged: marginal ROIs may differ by more than 1e-3")
	}
	return best, nil
}

// few is the ledger of the first draws alone.
func (l *ledger) few(draws int) (*ledger, error) {
	p := *l.Problem
	p.Markets = p.Markets[:min(draws, l.D)]
	return p.open()
}

// prepare makes the program of a resolution. A coarser one than was asked for leaves out limits of single weeks and regions, which it may not be able to meet.
func (l *ledger) prepare(o Options, at Resolution, flights []Limit) (*found, error) {
	s := newSpace(l, at, o.Beyond)
	if len(s.cells) == 0 {
		return nil, fmt.Errorf("no channel has exposure in the reference's horizon: there is nothing to multiply, choose another period")
	}
	f := &found{program: newProgram(l, s, o.Risk), resolution: at, flights: flights}
	var err error
	if f.units, err = f.measure(); err != nil {
		return nil, err
	}
	f.setGoal(o.Goal, f.units)
	f.addRanges(f.units)
	limits := slices.Clone(flights)
	for _, limit := range o.Limits {
		if at == o.Resolution || limit.Weeks == nil && limit.Regions == nil {
			limits = append(limits, limit)
		}
	}
	f.addLimits(limits, f.units)
	return f, nil
}

// solve searches from multiples f and multipliers of constraints by name.
func (f *found) solve(ctx context.Context, o Options, start []float64, known map[string]float64, accuracy float64) error {
	y, lower, upper := make([]float64, len(start)), make([]float64, len(start)), make([]float64, len(start))
	for v, scale := range f.scale {
		y[v], lower[v], upper[v] = start[v]*scale, f.s.lower[v]*scale, f.s.upper[v]*scale
	}
	multipliers := make([]float64, len(f.constraints))
	for j, c := range f.constraints {
		multipliers[j] = known[c.name]
	}
	var err error
	within := min(accuracy/30, feasible/3)
	if accuracy >= rough {
		within = rough / 3
	}
	solver := optim.Constrained{Bounded: optim.Bounded{Tolerance: accuracy, Progress: accuracy / 100}, Tolerance: within}
	if f.end, err = solver.Minimise(ctx, f.program, lower, upper, y, multipliers); err != nil {
		return err
	}
	if f.program.err != nil {
		return f.program.err
	}
	f.Evaluate(y, make([]float64, len(f.constraints)))
	f.objective, _ = f.program.objective(o.Goal, f.units)
	f.spend = f.l.spendBy(f.l.exposure)
	return nil
}

// spendBy is the spend of exposure by channel: of the horizon, and what differs from the status quo after it.
func (l *ledger) spendBy(exposure []float64) []float64 {
	by := make([]float64, l.M)
	for r := range l.R {
		for i := (r*l.T + l.counted.From) * l.M; i < (r*l.T+l.counted.To)*l.M; i++ {
			x := exposure[i]
			if i/l.M%l.T >= l.Horizon.To {
				x -= l.reference[i]
			}
			by[i%l.M] += l.price[i] * x
		}
	}
	return by
}

// multipliers are those of the end by the constraints' names.
func (f *found) multipliers() map[string]float64 {
	by := map[string]float64{}
	for j, c := range f.constraints {
		by[c.name] = f.end.Multipliers[j]
	}
	return by
}

// fromAll searches roughly from all starts and keeps the best end: of those that meet the constraints the one with the best goal, else the one nearest to it.
func (f *found) fromAll(ctx context.Context, o Options) (*found, error) {
	ends := make([]*found, 0, o.Starts)
	known := map[string]float64{budget: 1, valueToReach: 1} // in units of the status quo's ROI
	for k := range o.Starts {
		name, start := f.start(o, k)
		end := &found{program: f.program, units: f.units, resolution: f.resolution, flights: f.flights}
		if err := end.solve(ctx, o, start, known, rough); err != nil {
			return nil, err
		}
		end.program = f.program.copied()
		end.starts = []Start{{Name: name, Objective: end.objective, Feasible: end.end.Violation <= rough}}
		if end.end.Converged {
			known = end.multipliers()
		}
		ends = append(ends, end)
	}
	best := slices.MinFunc(ends, func(a, b *found) int {
		return cmp.Or(cmp.Compare(max(a.end.Violation, rough), max(b.end.Violation, rough)), cmp.Compare(a.end.Value, b.end.Value))
	})
	starts := make([]Start, len(ends))
	for k, end := range ends {
		starts[k] = end.starts[0]
		total := 0.0
		for m, s := range end.spend {
			starts[k].Distance += math.Abs(s - best.spend[m])
			total += best.spend[m]
		}
		starts[k].Distance /= total
	}
	best.starts = starts
	return best, best.again()
}

// copied is a program that keeps its multiples while another continues.
func (p *program) copied() *program {
	c := *p
	c.at, c.f, c.weight = nil, slices.Clone(p.f), slices.Clone(p.weight)
	return &c
}

// start is the k-th start: the status quo, the status quo in proportion to the budget, and then corners, in which some channels are near their
// maximum and the others near their minimum.
func (f *found) start(o Options, k int) (string, []float64) {
	start := make([]float64, len(f.f))
	for v := range start {
		lo, hi := f.s.lower[v], min(f.s.upper[v], max(3, f.s.lower[v]))
		switch {
		case k == 0:
			start[v] = f.s.reference[v]
		case k == 1 && o.Goal.Kind == MostValue:
			start[v] = f.s.reference[v] * o.Goal.Amount / f.units.spend
		case k == 1:
			start[v] = (lo + hi) / 2
		default:
			start[v] = lo + (hi-lo)*(0.05+0.9*math.Round(golden(f.s.channel[v]+(k-2)*(f.l.M+1))))
		}
	}
	switch k {
	case 0:
		return "status quo", start
	case 1:
		return "in proportion", start
	}
	return fmt.Sprintf("corner %d", k-1), start
}

// golden is a sequence that spreads evenly over [0, 1).
func golden(i int) float64 {
	_, fraction := math.Modf(float64(i+1) * (math.Sqrt(5) - 1) / 2)
	return fraction
}

// roughened moves multiples by up to 2 %, so that parts that are alike do not stay so where it would be better to favour some (S-shaped curves).
func (f *found) roughened(start []float64) []float64 {
	for v := range start {
		start[v] *= 1 + 0.04*(golden(v)-0.5)
	}
	return start
}
