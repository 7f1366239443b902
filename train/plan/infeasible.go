package plan

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// explain says what cannot be met together at the end of a search, and what to change.
func (f *found) explain(o Options) error {
	c := make([]float64, len(f.constraints))
	for j := range f.constraints {
		c[j] = f.count(f.constraints[j].term)
	}
	var unmet []string
	for j, k := range f.constraints {
		if c[j] <= feasible {
			continue
		}
		switch {
		case k.unit == perValue:
			return &Infeasible{fmt.Sprintf("a gain of %s cannot be reached: within these constraints it is at most about %s; lower it, or widen the ranges of channels",
				amount(f.l.gainOf(o.Goal)), amount(f.gain))}
		case k.unit == perROI:
			spend := f.l.spend() - f.l.zeroSpend
			return &Infeasible{fmt.Sprintf("no plan within these constraints returns %g of all spend: the best found returns about %.4g; lower it, or the minima of channels",
				k.amount, (f.gain-f.l.zeroGain())/spend)}
		}
		have := k.amount + c[j]/k.per*k.sense
		name := k.name
		if k.name == budget {
			name = "a budget of " + amount(k.amount)
		}
		unmet = append(unmet, fmt.Sprintf("%s (the nearest plan spends %s)", name, amount(have)))
	}
	return &Infeasible{"these cannot be met together with the other constraints: " + strings.Join(unmet, "; ") + "; raise the maximum, or lower the minimum, of one"}
}

// foresee finds constraints that the least or the most that each channel may spend cannot meet, before any search.
func (l *ledger) foresee(o Options) error {
	s, whole := newSpace(l, Resolution{}, o.Beyond), o.Resolution == Resolution{}
	for v, lower := range s.lower {
		if c := l.Channels[s.channel[v]]; whole && lower > s.capped[v]*(1+1e-9) {
			return &Infeasible{fmt.Sprintf("%s: at least %g × the reference is more exposure than %g × the largest seen, which allows %.3g ×: lower the minimum, or raise that bound",
				c.Name, lower, o.Beyond, s.capped[v])}
		}
	}
	s.fill(s.lower)
	if err := l.run(l.held); err != nil {
		return err
	}
	if err := l.foreseeBudget(o); err != nil {
		return err
	}
	if err := l.foreseeLimits(o, "minima", func(limit Limit, spend float64) bool {
		return limit.Max != nil && spend > *limit.Max*l.by(limit)*(1+feasible)
	}); err != nil {
		return err
	}
	if !whole || slices.ContainsFunc(s.upper, func(most float64) bool { return math.IsInf(most, 1) }) {
		return nil
	}
	s.fill(s.upper)
	if err := l.run(l.held); err != nil {
		return err
	}
	return l.foreseeLimits(o, "maxima", func(limit Limit, spend float64) bool {
		return limit.Min != nil && spend < *limit.Min*l.by(limit)*(1-feasible)
	})
}

// foreseeBudget finds a budget that does not pay for the minima of the last run and of limits of single channels.
func (l *ledger) foreseeBudget(o Options) error {
	if o.Goal.Kind != MostValue {
		return nil
	}
	minima := l.spendBy(l.exposure)
	for _, limit := range o.Limits {
		if limit.Min != nil && len(limit.Channels) == 1 && limit.Regions == nil && limit.Weeks == nil {
			m := limit.Channels[0]
			minima[m] = max(minima[m], *limit.Min*l.by(limit))
		}
	}
	least := 0.0
	var parts []string
	for m, spend := range minima {
		least += spend
		if spend > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", l.Channels[m].Name, amount(spend)))
		}
	}
	if least <= o.Goal.Amount*(1+feasible) {
		return nil
	}
	return &Infeasible{fmt.Sprintf("a budget of %s is below the sum of minima, %s (%s): raise the budget, or lower the minima", amount(o.Goal.Amount), amount(least),
		strings.Join(parts, ", "))}
}

// by is what a limit's amounts are multiples of.
func (l *ledger) by(limit Limit) float64 {
	if !limit.Relative {
		return 1
	}
	sum := 0.0
	for _, i := range l.cellsOf(limit) {
		sum += l.price[i] * l.reference[i]
	}
	return sum
}

// foreseeLimits finds a limit that the last run, of all minima or maxima of channels, breaks. Limits of some weeks or regions can only be judged if weeks
// and regions are not planned apart.
func (l *ledger) foreseeLimits(o Options, of string, broken func(Limit, float64) bool) error {
	for _, limit := range o.Limits {
		if o.Resolution != (Resolution{}) && (limit.Weeks != nil || limit.Regions != nil) {
			continue
		}
		spend := 0.0
		for _, i := range l.cellsOf(limit) {
			spend += l.price[i] * l.exposure[i]
		}
		if !broken(limit, spend) {
			continue
		}
		if of == "minima" {
			return &Infeasible{fmt.Sprintf("%s: at most %s is below the sum of its channels' minima, %s: raise the maximum, or lower the minima", limit.Name,
				amount(*limit.Max*l.by(limit)), amount(spend))}
		}
		return &Infeasible{fmt.Sprintf("%s: at least %s is above the sum of its channels' maxima, %s: lower the minimum, or raise the maxima", limit.Name,
			amount(*limit.Min*l.by(limit)), amount(spend))}
	}
	return nil
}
