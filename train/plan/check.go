package plan

import (
	"fmt"
	"math"
)

// check finds what no plan can be made of.
func (p *Problem) check() error {
	R, T, M := len(p.Regions), len(p.Weeks), len(p.Channels)
	switch {
	case len(p.Markets) == 0:
		return fmt.Errorf("plan: there is no draw of a market")
	case p.Horizon.From < 0 || p.Horizon.Len() < 1 || p.Tail < 0 || p.Horizon.To+p.Tail > T:
		return fmt.Errorf("plan: a horizon of the rows %d to %d and a tail of %d do not fit into %d weeks", p.Horizon.From, p.Horizon.To, p.Tail, T)
	case len(p.Price) != R*T*M:
		return fmt.Errorf("plan: %d prices are not %d regions × %d weeks × %d channels", len(p.Price), R, T, M)
	case p.Value != nil && len(p.Value) != R*T:
		return fmt.Errorf("plan: %d values of the KPI are not %d regions × %d weeks", len(p.Value), R, T)
	case p.Seen != nil && len(p.Seen) != R*M:
		return fmt.Errorf("plan: %d largest exposures seen are not %d regions × %d channels", len(p.Seen), R, M)
	}
	for d, market := range p.Markets {
		if n := len(market.Planned()); n != R*T*M {
			return fmt.Errorf("plan: market %d has %d own parts, not %d regions × %d weeks × %d channels", d, n, R, T, M)
		}
	}
	for _, c := range p.Channels {
		if err := c.check(); err != nil {
			return err
		}
	}
	return p.checkPrices()
}

func (c Channel) check() error {
	if r := c.Range; r != nil && !(r[0] >= 0 && r[0] <= r[1]) {
		return &Infeasible{fmt.Sprintf("%s: a range of %g to %g × the reference is empty: write the smaller multiple first, at least 0", c.Name, r[0], r[1])}
	}
	if !(c.MinFlight >= 0) || math.IsInf(c.MinFlight, 1) {
		return fmt.Errorf("%s: a minimum flight of %g is not an amount of money", c.Name, c.MinFlight)
	}
	switch c.Role {
	case Free, Held, Follows:
		return nil
	}
	return fmt.Errorf("%s: the role %q is not free, held or follows", c.Name, c.Role)
}

// checkPrices finds channels that cost nothing and yet are to be planned.
func (p *Problem) checkPrices() error {
	T, M, free := len(p.Weeks), len(p.Channels), 0
	for m, c := range p.Channels {
		if c.Role == Follows {
			continue
		}
		free++
		for r, region := range p.Regions {
			for week := p.Horizon.From; week < p.Horizon.To+p.Tail; week++ {
				if price := p.Price[(r*T+week)*M+m]; !(price > 0) || math.IsInf(price, 1) {
					return fmt.Errorf("%s has the price %g in %s, week %s: give its spend, or let it follow (role follows), which costs nothing",
						c.Name, price, region, p.Weeks[week])
				}
			}
		}
	}
	if free == 0 {
		return fmt.Errorf("no channel has a price: a plan needs the spend of at least one")
	}
	return nil
}

// check finds options that mean nothing.
func (o Options) check(p *Problem) error {
	switch g := o.Goal; {
	case g.Kind != MostValue && g.Kind != LeastBudget && g.Kind != MarginalROI && g.Kind != TotalROI:
		return fmt.Errorf("the goal %q is not one of %q, %q, %q, %q", g.Kind, MostValue, LeastBudget, MarginalROI, TotalROI)
	case math.IsNaN(g.Amount) || math.IsInf(g.Amount, 0) || g.Kind != LeastBudget && g.Amount < 0:
		return fmt.Errorf("the goal %q needs an amount, not %g", g.Kind, g.Amount)
	case !(o.Risk >= 0 && o.Risk < 1):
		return fmt.Errorf("a risk of %g is not a probability in (0, 1), or 0 for the mean", o.Risk)
	case !(o.Beyond >= 0):
		return fmt.Errorf("exposure beyond what was seen is bounded by a multiple, at least 0, not %g", o.Beyond)
	}
	for _, limit := range o.Limits {
		if err := limit.check(p); err != nil {
			return err
		}
	}
	return nil
}

func (l Limit) check(p *Problem) error {
	if l.Min == nil && l.Max == nil {
		return fmt.Errorf("%s: neither a minimum nor a maximum is given", l.Name)
	}
	for _, amount := range []*float64{l.Min, l.Max} {
		if amount != nil && !(*amount >= 0 && !math.IsInf(*amount, 1)) {
			return fmt.Errorf("%s: %g is not an amount of spend", l.Name, *amount)
		}
	}
	if l.Min != nil && l.Max != nil && *l.Min > *l.Max {
		return &Infeasible{fmt.Sprintf("%s: the minimum %s is above the maximum %s: lower the one or raise the other", l.Name, amount(*l.Min), amount(*l.Max))}
	}
	for _, of := range []struct {
		what  string
		at    []int
		lo, n int
	}{{"channel", l.Channels, 0, len(p.Channels)}, {"region", l.Regions, 0, len(p.Regions)}, {"week", l.Weeks, p.Horizon.From, p.Horizon.To}} {
		for _, i := range of.at {
			if i < of.lo || i >= of.n {
				return fmt.Errorf("%s: the %s number %d is not among those that are planned, %d to %d", l.Name, of.what, i, of.lo, of.n-1)
			}
		}
	}
	return nil
}
