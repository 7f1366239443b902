package plan

import (
	"fmt"
	"math"
	"slices"
)

// StatusQuo values the reference.
func (p *Problem) StatusQuo() (*Valuation, error) {
	l, err := p.open()
	if err != nil {
		return nil, err
	}
	return l.valueStatusQuo()
}

func (l *ledger) valueStatusQuo() (*Valuation, error) {
	for d := range l.D {
		copy(l.own[d], l.planned[d])
	}
	return l.value("status quo")
}

// Evaluate values a plan that someone wrote: the spend of each channel, what is moved included, by region and week of the horizon, [R, H, M]. NaN
// leaves a cell at the status quo's own part, as all cells of channels that follow are. Where what a channel's parents bring costs more than its spend,
// its own part is 0, and a note says so.
func (p *Problem) Evaluate(name string, spend []float64) (*Valuation, error) {
	l, err := p.open()
	if err != nil {
		return nil, err
	}
	if n := l.R * l.Horizon.Len() * l.M; len(spend) != n {
		return nil, fmt.Errorf("plan: %d cells of spend are not %d regions × %d weeks × %d channels", len(spend), l.R, l.Horizon.Len(), l.M)
	}
	wanted := slices.Repeat([]float64{math.NaN()}, len(l.price))
	for k, s := range spend {
		i := l.cellAt(k)
		switch {
		case math.IsNaN(s) || l.Channels[i%l.M].Role == Follows:
		case s < 0 || math.IsInf(s, 1):
			return nil, fmt.Errorf("%s: %s spends %g in %s, week %s, which is not an amount of money", name, l.Channels[i%l.M].Name, s, l.Regions[i/(l.T*l.M)],
				l.Weeks[i/l.M%l.T])
		default:
			wanted[i] = s / l.price[i]
		}
	}
	return l.valueExposure(name, wanted)
}

// cellAt is the cell in [R, T, M] of a cell of the horizon in [R, H, M].
func (l *ledger) cellAt(k int) int {
	H := l.Horizon.Len()
	return (k/(H*l.M)*l.T+l.Horizon.From)*l.M + k%(H*l.M)
}

// valueExposure values the own parts that give wanted exposure, NaN where it is not given.
func (l *ledger) valueExposure(name string, wanted []float64) (*Valuation, error) {
	for d := range l.D {
		copy(l.own[d], l.planned[d])
	}
	exceeded, err := l.solveOwn(wanted)
	if err != nil {
		return nil, err
	}
	v, err := l.value(name)
	if err != nil {
		return nil, err
	}
	for m, cells := range exceeded {
		if cells > 0 {
			v.Notes = append(v.Notes, fmt.Sprintf("%s: what other channels bring exceeds its spend in %d of %d cells; there its own part is 0, and its spend is higher than written",
				l.Channels[m].Name, cells, l.R*l.Horizon.Len()))
		}
	}
	return v, nil
}

// solveOwn sets own parts that give the wanted exposure, in each draw a channel after its parents: with the parents' exposure set, a channel's is a + b·q
// in its own part q, so two runs tell which q it needs. It counts the cells by channel in which q would be negative in the mean over draws.
func (l *ledger) solveOwn(wanted []float64) (exceeded []int, err error) {
	for d := range l.D {
		l.eachPlanned(func(i int) {
			if !math.IsNaN(wanted[i]) {
				l.own[d][i] = wanted[i]
			}
		})
	}
	orders, short := l.followers(), make([]float64, len(l.price))
	for n := range l.M {
		at := make([]int, l.D)
		for d, order := range orders {
			if at[d] = -1; n < len(order) {
				at[d] = order[n]
			}
		}
		if slices.Max(at) < 0 {
			break
		}
		if err := l.solveChannels(at, wanted, short); err != nil {
			return nil, err
		}
	}
	exceeded = make([]int, l.M)
	for i, q := range short {
		if q < 0 {
			exceeded[i%l.M]++
		}
	}
	return exceeded, nil
}

// solveChannels solves one channel in each draw, −1 for none, and adds the own parts that it needs to needed.
func (l *ledger) solveChannels(at []int, wanted, needed []float64) error {
	low := make([]float64, l.D) // so far from 0 that no exposure is clipped, whatever the parents take away
	for d, m := range at {
		for i := max(m, 0); m >= 0 && i < len(wanted); i += l.M {
			low[d] = max(low[d], 4*l.reference[i])
			if !math.IsNaN(wanted[i]) {
				low[d] = max(low[d], 4*wanted[i])
			}
		}
	}
	atLow, err := l.exposureAt(at, low)
	if err != nil {
		return err
	}
	atHigh, err := l.exposureAt(at, timesTwo(low))
	if err != nil {
		return err
	}
	for d, m := range at {
		l.eachPlanned(func(i int) {
			if i%l.M != m || math.IsNaN(wanted[i]) || low[d] == 0 {
				return
			}
			q := low[d] * (1 + (wanted[i]-atLow[d][i])/(atHigh[d][i]-atLow[d][i]))
			if math.Abs(q) < 1e-9*low[d] {
				q = 0
			}
			l.own[d][i] = max(q, 0)
			needed[i] += q
		})
	}
	return nil
}

func timesTwo(x []float64) []float64 {
	out := slices.Clone(x)
	for i := range out {
		out[i] *= 2
	}
	return out
}

// exposureAt is the exposure of a channel in each draw, [D][R, T, M], with the own part q in all cells of the horizon.
func (l *ledger) exposureAt(at []int, q []float64) ([][]float64, error) {
	kept := l.own
	defer func() { l.own = kept }()
	l.own = make([][]float64, l.D)
	for d := range l.D {
		l.own[d] = slices.Clone(kept[d])
		l.eachPlanned(func(i int) {
			if i%l.M == at[d] {
				l.own[d][i] = q[d]
			}
		})
	}
	if err := l.run(l.held); err != nil {
		return nil, err
	}
	out := make([][]float64, l.D)
	for d, market := range l.Markets {
		out[d] = slices.Clone(market.Exposure())
	}
	return out, nil
}

// followers are the channels of each draw that others move and that are planned freely, parents before children.
func (l *ledger) followers() [][]int {
	orders := make([][]int, l.D)
	for d, market := range l.Markets {
		ancestors := make([]int, l.M)
		for m := range l.M {
			for _, child := range market.Reach(m) {
				if child != m {
					ancestors[child]++
				}
			}
		}
		for m, n := range ancestors {
			if n > 0 && l.Channels[m].Role == Free {
				orders[d] = append(orders[d], m)
			}
		}
		slices.SortStableFunc(orders[d], func(a, b int) int { return ancestors[a] - ancestors[b] })
	}
	return orders
}
