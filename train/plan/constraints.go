package plan

import (
	"fmt"
	"math"
	"strings"
)

// units scale a program: the spend of the status quo, and the value that its next unit of spend returns.
type units struct{ spend, roi float64 }

// Names of the goals' constraints.
const (
	budget       = "budget"
	valueToReach = "value to reach"
	totalROI     = "total ROI"
)

const (
	perSpend = "value per unit of spend"
	perValue = "spend per unit of value"
	perROI   = "value per unit of ROI"
	saved    = "spend saved per unit of spend"
)

// measure finds the units at the status quo.
func (p *program) measure() (units, error) {
	l, n := p.l, len(p.f)
	u := units{spend: l.cost(l.reference, l.Horizon)}
	y, grad := make([]float64, n), make([]float64, n)
	for v := range y {
		y[v] = p.s.reference[v] * p.scale[v]
	}
	p.goal = term{gain: 1}
	p.Evaluate(y, nil)
	p.Gradient(nil, grad)
	slope, weight := 0.0, 0.0
	for v, g := range grad {
		slope += math.Abs(g * p.scale[v])
		weight += p.s.weight[v]
	}
	u.roi = slope / weight
	switch {
	case p.err != nil:
		return u, p.err
	case !(u.spend > 0):
		return u, fmt.Errorf("the reference period spends nothing in the horizon: a plan multiplies what it spends, choose another period")
	case !(u.roi > 0) || math.IsInf(u.roi, 1):
		return u, fmt.Errorf("no channel that can be planned changes the KPI: there is nothing to plan")
	}
	return u, nil
}

// setGoal sets the goal and its constraint.
func (p *program) setGoal(g Goal, u units) {
	value := u.spend * u.roi
	p.constraints = p.constraints[:0]
	switch g.Kind {
	case MostValue:
		p.goal = term{gain: -1 / value}
		p.constraints = append(p.constraints, constraint{term: term{spend: 1 / u.spend, constant: -g.Amount / u.spend},
			name: budget, sense: 1, amount: g.Amount, unit: perSpend, per: 1 / u.spend})
	case LeastBudget:
		p.goal = term{spend: 1 / u.spend}
		target := p.l.gainOf(g)
		p.constraints = append(p.constraints, constraint{term: term{gain: -1 / value, constant: target / value},
			name: valueToReach, sense: -1, amount: g.Amount, unit: perValue, per: 1 / value})
	case MarginalROI:
		scale := u.spend * max(u.roi, g.Amount)
		p.goal = term{gain: -1 / scale, spend: g.Amount / scale}
	case TotalROI:
		p.goal = term{gain: -1 / value}
		p.constraints = append(p.constraints, constraint{
			term: term{spend: g.Amount / value, gain: -1 / value, constant: (p.l.zeroGain() - g.Amount*p.l.zeroSpend) / value},
			name: totalROI, sense: -1, amount: g.Amount, unit: perROI})
	}
}

// gainOf is the gain on the status quo that a LeastBudget needs.
func (l *ledger) gainOf(g Goal) float64 {
	if !g.Total {
		return g.Amount
	}
	return g.Amount - l.Others - mean(l.statusQuo)
}

// zeroGain is the gain without any paid exposure.
func (l *ledger) zeroGain() float64 { return mean(l.zeroValue) - mean(l.statusQuo) }

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// objective is what the goal counts at the last run, and how much of it is 1 of the program's goal.
func (p *program) objective(g Goal, u units) (value, unit float64) {
	switch g.Kind {
	case LeastBudget:
		return p.l.spend(), u.spend
	case MarginalROI:
		return p.gain - g.Amount*(p.l.spend()-u.spend), u.spend * max(u.roi, g.Amount)
	}
	return p.gain, u.spend * u.roi
}

// addRanges bounds the own spend of channels with several variables.
func (p *program) addRanges(u units) {
	for m, c := range p.l.Channels {
		if !p.s.apart[m] {
			continue
		}
		own, before := make([]float64, len(p.f)), 0.0
		for v, channel := range p.s.channel {
			if channel == m {
				own[v] = p.s.weight[v]
				before += p.s.weight[v] * p.s.reference[v]
			}
		}
		lo, hi := c.span()
		norm := u.norm(before)
		p.add(constraint{name: rangeName(c, lo, "least"), sense: -1, amount: lo * before}, term{own: own}, norm)
		p.add(constraint{name: rangeName(c, hi, "most"), sense: 1, amount: hi * before}, term{own: own}, norm)
	}
}

func rangeName(c Channel, multiple float64, side string) string {
	return fmt.Sprintf("%s: at %s %g × the reference", c.Name, side, multiple)
}

// norm is the spend by which a constraint on some cells is divided: then its gradient by y is about 1.
func (u units) norm(spend float64) float64 {
	return math.Sqrt(u.spend * max(spend, 1e-6*u.spend))
}

// add adds a bound of a term whose coefficients are positive, in money, unless it can never bind.
func (p *program) add(c constraint, t term, norm float64) {
	if c.sense < 0 && c.amount <= 0 || math.IsInf(c.amount, 1) {
		return
	}
	by := c.sense / norm
	c.term = term{constant: -c.amount * by, cell: t.cell * by, cells: t.cells}
	for _, w := range t.own {
		c.own = append(c.own, w*by)
	}
	c.per = 1 / norm
	c.unit = perSpend
	p.constraints = append(p.constraints, c)
}

// addLimits bounds the spend of cells.
func (p *program) addLimits(limits []Limit, u units) {
	for _, limit := range limits {
		cells := p.l.cellsOf(limit)
		before := 0.0
		for _, i := range cells {
			before += p.l.price[i] * p.l.reference[i]
		}
		by := 1.0
		if limit.Relative {
			by = before
		}
		for _, side := range []struct {
			amount *float64
			sense  float64
			words  string
		}{{limit.Min, -1, "at least"}, {limit.Max, 1, "at most"}} {
			if side.amount != nil {
				most := *side.amount * by
				p.add(constraint{name: fmt.Sprintf("%s: %s %s", limit.Name, side.words, amount(most)), sense: side.sense, amount: most},
					term{cell: 1, cells: cells}, u.norm(max(before, most)))
			}
		}
	}
}

// cellsOf are the cells of the horizon that a limit bounds.
func (l *ledger) cellsOf(limit Limit) []int {
	chosen := func(of []int, lo, hi int) []int {
		if of != nil {
			return of
		}
		for i := lo; i < hi; i++ {
			of = append(of, i)
		}
		return of
	}
	var cells []int
	for _, r := range chosen(limit.Regions, 0, l.R) {
		for _, week := range chosen(limit.Weeks, l.Horizon.From, l.Horizon.To) {
			for _, m := range chosen(limit.Channels, 0, l.M) {
				cells = append(cells, (r*l.T+week)*l.M+m)
			}
		}
	}
	return cells
}

// amount writes an amount of money or value.
func amount(x float64) string {
	digits := 0
	if math.Abs(x) < 1000 {
		digits = 2
	}
	text := fmt.Sprintf("%.*f", digits, x)
	whole, rest, _ := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		rest = "." + rest
	}
	return sign + whole + rest
}
