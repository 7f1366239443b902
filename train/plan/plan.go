// Package plan decides what to spend: on draws from the posterior of a model (model.Market) it finds the own parts of channels that
// bring the most value for a budget, or reach a goal with the least, along the learned graph and within constraints, and says
// what keeps it from more. It knows nothing else of a model. Start reading at Problem and Problem.Optimise.
package plan

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Optimise finds the best plan. Constraints that contradict each other are an *Infeasible.
func (p *Problem) Optimise(ctx context.Context, o Options) (*Result, error) {
	if o.Beyond == 0 {
		o.Beyond = DefaultBeyond
	}
	if o.Starts == 0 {
		o.Starts = DefaultStarts
	}
	if err := o.check(p); err != nil {
		return nil, err
	}
	l, err := p.open()
	if err != nil {
		return nil, err
	}
	if err := l.foresee(o); err != nil {
		return nil, err
	}
	best, err := l.search(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Result{Options: o, Starts: best.starts, Notes: append(l.notes(best), best.notes...)}
	if r.Binding, err = best.binding(o); err != nil {
		return nil, err
	}
	if r.Plan, err = l.value("plan"); err != nil {
		return nil, err
	}
	best.setBounds(r.Plan)
	r.Multiples = l.multiples()
	if r.CutGain, err = l.cut(); err != nil {
		return nil, err
	}
	if r.StatusQuo, err = l.valueStatusQuo(); err != nil {
		return nil, err
	}
	if err := l.compareDirect(ctx, o, best, r); err != nil {
		return nil, err
	}
	r.Evaluations += l.evaluations
	return r, nil
}

// multiples are the own parts of the last run by those of the status quo, in the mean over draws, [R, H, M].
func (l *ledger) multiples() []float64 {
	own, planned := make([]float64, len(l.price)), l.meanPlanned()
	l.average(own, l.own)
	for i := range own {
		if planned[i] > 0 {
			own[i] /= planned[i]
		} else {
			own[i] = 0
		}
	}
	return l.horizon(own, nil)
}

// notes say what was not planned, and how the ends of the starts differ.
func (l *ledger) notes(best *found) []string {
	var out []string
	for _, m := range best.s.still {
		out = append(out, fmt.Sprintf("%s has no exposure in the reference's horizon: there is nothing to multiply, and it stays at 0", l.Channels[m].Name))
	}
	apart := 0
	for _, s := range best.starts {
		if s.Distance > sameplan || !s.Feasible {
			apart++
		}
	}
	if apart > 0 {
		out = append(out, fmt.Sprintf("%d of %d starts ended in another plan, which is no better: the best of them is taken, and a better one may exist", apart, len(best.starts)))
	}
	return out
}

// sameplan is the share of the spend by which two plans may differ and count as one.
const sameplan = 0.01

// compareDirect makes the plan of someone who sees direct effects only, by a rough search from the best plan, and values its own parts on the graph, at the spend of the plan.
func (l *ledger) compareDirect(ctx context.Context, o Options, best *found, r *Result) error {
	moves := false
	for _, market := range l.Markets {
		for m := range l.M {
			moves = moves || len(market.Reach(m)) > 1
		}
	}
	if !moves {
		return nil
	}
	direct, err := l.direct()
	if err != nil {
		return err
	}
	without, err := direct.prepare(o, o.Resolution, best.flights)
	if err != nil {
		return err
	}
	without.close(best)
	if err := without.solve(ctx, o, without.s.spread(best.s, best.f), best.multipliers(), rough); err != nil {
		return err
	}
	r.Evaluations += direct.evaluations
	if without.end.Violation > rough {
		r.Notes = append(r.Notes, "on direct effects only no plan meets the constraints")
		return nil
	}
	if err := l.atSpend(without, o, r.Plan.Spend); err != nil {
		return err
	}
	r.DirectOnly, err = l.value("direct effects only")
	return err
}

// atSpend sets own parts to the multiples of a search on direct effects, all scaled by the factor with which they spend as much as the plan does.
func (l *ledger) atSpend(direct *found, o Options, spend float64) error {
	s := newSpace(l, o.Resolution, o.Beyond)
	f := make([]float64, len(s.cells))
	for v, cells := range s.cells {
		if from := direct.s.variable[cells[0]]; from >= 0 {
			f[v] = direct.f[from]
		}
	}
	scaled := make([]float64, len(f))
	factor, slope := 1.0, 0.0
	for range 8 { // spend is nearly linear in the factor
		for v := range f {
			scaled[v] = factor * f[v]
		}
		s.fill(scaled)
		if err := l.run(l.held); err != nil {
			return err
		}
		short := spend - l.spend()
		if math.Abs(short) <= 1e-6*spend {
			break
		}
		if slope == 0 {
			for v := range f {
				slope += s.weight[v] * f[v]
			}
		}
		factor = max(factor+short/slope, 0)
	}
	return nil
}

// direct is a ledger of the same markets in which no channel moves another.
func (l *ledger) direct() (*ledger, error) {
	d, p := *l, *l.Problem
	p.Channels = slices.Clone(p.Channels)
	for m, c := range p.Channels {
		if c.Role != Follows {
			lo, hi := c.span()
			p.Channels[m].Role, p.Channels[m].Range = Held, &[2]float64{lo, hi}
		}
	}
	d.Problem, d.held, d.evaluations = &p, slices.Repeat([]bool{true}, l.M), 0
	d.exposure, d.gain = make([]float64, len(l.exposure)), make([]float64, l.D)
	d.zeroValue = make([]float64, l.D)
	d.planned, d.own = make([][]float64, l.D), make([][]float64, l.D)
	for i := range d.planned {
		d.planned[i], d.own[i] = l.reference, make([]float64, len(l.reference))
	}
	return &d, d.runWithout()
}

// Infeasible says in one line which constraints cannot be met together, and what to change.
type Infeasible struct{ Reason string }

func (e *Infeasible) Error() string { return e.Reason }
