package plan

import (
	"fmt"
	"math"
)

// binds is the scaled shadow price from which on a constraint binds, beyond the accuracy of the search.
const binds = 1e-3

// binding lists the constraints that keep the plan from a better one, with the change of the optimum by one more unit of each. It leaves the markets at the plan.
func (f *found) binding(o Options) ([]Binding, error) {
	if err := f.again(); err != nil {
		return nil, err
	}
	var out []Binding
	unit, per := f.objectiveUnit(o.Goal), perSpend
	if o.Goal.Kind == LeastBudget {
		per = saved
	}
	for j, c := range f.constraints {
		lambda := f.end.Multipliers[j]
		if lambda < binds {
			continue
		}
		b := Binding{Constraint: c.name, Shadow: c.sense * lambda * c.per * unit, Unit: c.unit}
		switch c.unit {
		case perROI:
			b.Shadow = c.sense * lambda * (f.l.spend() - f.l.zeroSpend)
		case perSpend:
			b.Unit = per
		}
		out = append(out, b)
	}
	grad := make([]float64, len(f.f))
	f.Gradient(f.end.Multipliers, grad)
	if f.program.err != nil {
		return nil, f.program.err
	}
	return append(out, f.boundsThatBind(grad, unit, per, o)...), nil
}

// objectiveUnit is how much of what the goal counts is 1 of the program's goal.
func (f *found) objectiveUnit(g Goal) float64 {
	_, unit := f.program.objective(g, f.units)
	return unit
}

// boundsThatBind are the bounds of single variables. Those of a channel that has several are taken together: the shadow price is of their spend in proportion.
func (f *found) boundsThatBind(grad []float64, unit float64, per string, o Options) []Binding {
	better, spend := make([]float64, f.l.M), make([]float64, f.l.M) // by channel, of the variables at a bound
	names := make([]string, f.l.M)
	for v, m := range f.s.channel {
		c, pushed := f.l.Channels[m], -grad[v]*f.scale[v]*unit // value by f
		side := f.side(v)
		if side == "" || f.s.apart[m] && side != "max" || math.Abs(pushed) < binds*unit/f.units.spend*f.s.weight[v] {
			continue
		}
		lo, hi := c.span()
		switch {
		case side == "fixed":
			names[m] = fmt.Sprintf("%s: fixed at %g × the reference", c.Name, lo)
		case side == "min":
			names[m] = rangeName(c, lo, "least")
		case !f.s.apart[m] && f.s.upper[v] == hi:
			names[m] = rangeName(c, hi, "most")
		default:
			names[m] = fmt.Sprintf("%s: exposure at most %g × the largest seen", c.Name, o.Beyond)
		}
		share := f.f[v]
		if share == 0 {
			share = 1
		}
		better[m] += pushed * share
		spend[m] += f.s.weight[v] * share
	}
	var out []Binding
	for m, name := range names {
		if name != "" {
			out = append(out, Binding{Constraint: name, Shadow: better[m] / spend[m], Unit: per})
		}
	}
	return out
}

// side is the bound that a variable is at: min, max, fixed (both), or "".
func (f *found) side(v int) string {
	lo, hi := f.s.lower[v], f.s.upper[v]
	near := 1e-6 * max(1, math.Abs(f.f[v]))
	atMin, atMax := f.f[v] <= lo+near, f.f[v] >= hi-near
	switch {
	case atMin && atMax:
		return "fixed"
	case atMin:
		return "min"
	case atMax:
		return "max"
	}
	return ""
}

// setBounds marks the channels that are at a bound as a whole.
func (f *found) setBounds(v *Valuation) {
	sides := make([]map[string]bool, f.l.M)
	for n, m := range f.s.channel {
		if sides[m] == nil {
			sides[m] = map[string]bool{}
		}
		side := f.side(n)
		if f.s.apart[m] && side == "min" { // a part that is off
			side = ""
		}
		sides[m][side] = true
	}
	for m := range v.Channels {
		if len(sides[m]) == 1 {
			for side := range sides[m] {
				v.Channels[m].AtBound = side
			}
		}
	}
	for j, c := range f.constraints {
		if len(c.own) == 0 || f.end.Multipliers[j] < binds {
			continue
		}
		for n, w := range c.own {
			if w != 0 {
				v.Channels[f.s.channel[n]].AtBound = map[float64]string{-1: "min", 1: "max"}[c.sense]
			}
		}
	}
}
