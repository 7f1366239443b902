package plan

import (
	"math"
	"slices"

	"deepcausalmmm/optim"
)

// term is what a goal or a constraint counts: constant + gain·(gain) + spend·(all spend) + cell·Σ (spend of cells) + Σ own·f.
type term struct {
	constant, gain, spend, cell float64
	cells                       []int     // of the horizon
	own                         []float64 // [variables], or nil
}

// constraint is a term that must be at most 0.
type constraint struct {
	term
	name   string
	sense  float64 // 1 of a maximum, −1 of a minimum
	amount float64 // right-hand side
	unit   string  // of the amount
	per    float64 // change of the term by one unit more of a maximum's amount, or one less of a minimum's: negative
}

// program is a plan's minimisation, as package optim takes it: a goal subject to constraints, scaled to about 1.
type program struct {
	l           *ledger
	s           *space
	goal        term
	constraints []constraint
	risk        float64
	scale       []float64 // y = f·scale

	at, f  []float64 // y and f of the last run
	gain   float64   // of the last run: mean or quantile
	weight []float64 // of each draw in it
	err    error
}

var _ optim.Program = (*program)(nil)

func newProgram(l *ledger, s *space, risk float64) *program {
	p := &program{l: l, s: s, risk: risk, weight: make([]float64, l.D), f: make([]float64, len(s.cells))}
	total := 0.0
	for _, w := range s.weight {
		total += w
	}
	for _, w := range s.weight {
		p.scale = append(p.scale, math.Sqrt(w/total))
	}
	return p
}

// Evaluate runs the markets at y.
func (p *program) Evaluate(y, c []float64) float64 {
	if !slices.Equal(y, p.at) {
		p.at = append(p.at[:0], y...)
		for v := range p.f {
			p.f[v] = y[v] / p.scale[v]
		}
		p.s.fill(p.f)
		if err := p.l.run(p.l.held); err != nil {
			p.err = err
			return math.Inf(1)
		}
		p.gain = aggregate(p.l.gain, p.risk, p.weight)
	}
	for j := range p.constraints {
		c[j] = p.count(p.constraints[j].term)
	}
	return p.count(p.goal)
}

// again runs the markets at the multiples that the program ended with, after another one used them.
func (p *program) again() error {
	p.s.fill(p.f)
	if err := p.l.run(p.l.held); err != nil {
		return err
	}
	p.gain = aggregate(p.l.gain, p.risk, p.weight)
	return nil
}

// count is a term at the last run.
func (p *program) count(t term) float64 {
	sum := t.constant + t.gain*p.gain
	if t.spend != 0 {
		sum += t.spend * p.l.spend()
	}
	for _, i := range t.cells {
		sum += t.cell * p.l.price[i] * p.l.exposure[i]
	}
	for v, w := range t.own {
		sum += w * p.f[v]
	}
	return sum
}

// Gradient is that of the goal and the weighted constraints by y, in one pass back through the markets.
func (p *program) Gradient(weight, grad []float64) {
	l := p.l
	gain, bySpend, byFactor := 0.0, make([]float64, len(l.price)), make([]float64, len(p.f))
	add := func(t term, w float64) {
		if w == 0 {
			return
		}
		gain += w * t.gain
		if t.spend != 0 {
			for i := range bySpend {
				bySpend[i] += w * t.spend
			}
		}
		for _, i := range t.cells {
			bySpend[i] += w * t.cell
		}
		for v, own := range t.own {
			byFactor[v] += w * own
		}
	}
	add(p.goal, 1)
	for j, c := range p.constraints {
		add(c.term, weight[j])
	}
	for i := range bySpend {
		bySpend[i] *= l.price[i] / float64(l.D)
	}
	byDraw := make([]float64, l.D)
	for d, w := range p.weight {
		byDraw[d] = gain * w
	}
	by := make([][]float64, l.D)
	if err := l.pull(bySpend, byDraw, func(d int, gradient []float64) { by[d] = p.s.gather(d, gradient) }); err != nil {
		p.err = err
		by = nil
	}
	for v := range grad {
		grad[v] = byFactor[v]
		for _, g := range by {
			grad[v] += g[v]
		}
		grad[v] /= p.scale[v]
	}
}

// gather is the gradient by f of a draw's gradient by own parts.
func (s *space) gather(d int, gradient []float64) []float64 {
	out := make([]float64, len(s.cells))
	for v, cells := range s.cells {
		for _, i := range cells {
			out[v] += s.base[d][i] * gradient[i]
		}
	}
	return out
}
