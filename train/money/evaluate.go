package money

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/internal/cores"
	"deepcausalmmm/train/model"
)

// Multiples are those of a channel's lever in its response. The channel's flighting is kept.
var Multiples = []float64{0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5}

// next is what marginal returns are of: this part of the lever more than a multiple has.
const next = 0.01

// today is the position of 1 among Multiples; after is the number of positions from a multiple to the one that is next to it.
var today, after = slices.Index(Multiples, 1), len(Multiples)

// positions are the levers that each channel is evaluated at: the multiples, then what is next to each of them.
func positions() []float64 {
	all := slices.Clone(Multiples)
	for _, f := range Multiples {
		all = append(all, f+next)
	}
	return all
}

// books is what the accounts of all channels share.
type books struct {
	Input
	from     []float64 // [M]: where exposure is counted from, below 0 for mediators with negative values; nil: 0
	prices   prices
	exposure []float64   // [R, T, M]: as it is
	direct   [][]float64 // [M][1 + R]: what the components of a channel add up to, in the nation and in each region
	value    [][]float64 // [M][1 + R]: the same in money
}

// The places of an account: the nation, and from 1 on the regions.
const national = 0

// tally is what a channel's lever makes of a place.
type tally struct {
	direct, directValue float64 // what the channel sells, KPI and value
	total, totalValue   float64 // and all channels together
	spend, moved        float64 // on the channel, and on all others
}

func (a tally) plus(sign float64, b tally) tally {
	return tally{
		a.direct + sign*b.direct, a.directValue + sign*b.directValue, a.total + sign*b.total, a.totalValue + sign*b.totalValue,
		a.spend + sign*b.spend, a.moved + sign*b.moved,
	}
}

// draw is what one market makes of one channel's lever: at each position the nation, at today's and what is next to it the regions
// too. All are differences from the market without the channel.
type draw [][]tally

// evaluate returns the draws of each channel, [M][markets].
func (b *books) evaluate(markets []model.Market) ([][]draw, error) {
	M := len(b.Panel.Channels)
	found, failures := make([][]draw, len(markets)), make([]error, len(markets))
	cores.Each(len(markets), func(k int) { found[k], failures[k] = b.explore(markets[k]) })
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	draws := make([][]draw, M)
	for c := range draws {
		for k := range markets {
			draws[c] = append(draws[c], found[k][c])
		}
	}
	return draws, nil
}

// explore evaluates all channels' levers in one market.
func (b *books) explore(m model.Market) ([]draw, error) {
	M := len(b.Panel.Channels)
	planned := slices.Clone(m.Planned())
	if err := m.Run(planned, nil); err != nil {
		return nil, err
	}
	exposure, sold := slices.Clone(m.Exposure()), slices.Clone(m.Sold())
	draws := make([]draw, M)
	for _, group := range groups(m, M) {
		set := func(f float64, hold bool) error {
			own := slices.Clone(planned)
			held := make([]bool, M)
			for _, c := range group {
				held[c] = hold
				for i := c; i < len(own); i += M {
					own[i] = b.origin(c) + f*(planned[i]-b.origin(c))
				}
			}
			return m.Run(own, held)
		}
		// Held, a channel has no exposure, as in an effect; left to itself it has what its parents bring.
		if err := set(0, true); err != nil {
			return nil, err
		}
		without := make([][]tally, len(group))
		for i, c := range group {
			without[i] = b.tally(m, c, m.Exposure(), m.Sold(), b.ByRegion)
		}
		alone := b.decided(planned, exposure, group)
		for at, f := range positions() {
			x, y := exposure, sold
			if at != today {
				if f > 0 || !alone {
					if err := set(f, false); err != nil {
						return nil, err
					}
				}
				x, y = m.Exposure(), m.Sold()
			}
			for i, c := range group {
				here := b.tally(m, c, x, y, b.ByRegion && (at == today || at == today+after))
				for place := range here {
					here[place] = here[place].plus(-1, without[i][place])
					if !here[place].finite() {
						return nil, fmt.Errorf("money: what %s sells at %g times its exposure is not finite", b.Panel.Channels[c], f)
					}
				}
				draws[c] = append(draws[c], here)
			}
		}
	}
	return draws, nil
}

// decided reports whether all exposure of channels is their own part, so that a lever at 0 is a channel off.
func (b *books) decided(planned, exposure []float64, channels []int) bool {
	for _, c := range channels {
		for i := c; i < len(planned); i += len(b.Panel.Channels) {
			if planned[i] != exposure[i] {
				return false
			}
		}
	}
	return true
}

func (a tally) finite() bool {
	sum := a.direct + a.directValue + a.total + a.totalValue + a.spend + a.moved
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// groups divides the channels into groups whose levers can be evaluated in one run: what each changes, no other changes. In a market
// that is not additive, all depend on all.
func groups(m model.Market, channels int) [][]int {
	var found [][]int
	var reached []map[int]bool
	for c := range channels {
		reach := m.Reach(c)
		g := slices.IndexFunc(reached, func(theirs map[int]bool) bool {
			return m.Additive() && !slices.ContainsFunc(reach, func(j int) bool { return theirs[j] })
		})
		if g < 0 {
			g, found, reached = len(found), append(found, nil), append(reached, map[int]bool{})
		}
		found[g] = append(found[g], c)
		for _, j := range reach {
			reached[g][j] = true
		}
	}
	return found
}

// tally sums what channel c changes, given all exposures and sales [R, T, M], over the nation, and in each region if that is asked
// for.
func (b *books) tally(m model.Market, c int, exposure, sold []float64, byRegion bool) []tally {
	R, T, M := len(b.Panel.Regions), len(b.Panel.Weeks), len(b.Panel.Channels)
	sells, moves := m.Reach(c), m.Reach(c)
	if !m.Additive() {
		sells = b.all()
	}
	out := make([]tally, 1, 1+R)
	for r := range R {
		var here tally
		for _, j := range sells {
			kpi, value := 0.0, 0.0
			for cell := r * T; cell < (r+1)*T; cell++ {
				y := sold[cell*M+j]
				kpi += y
				value += y * b.worth(cell)
			}
			here.total, here.totalValue = here.total+kpi, here.totalValue+value
			if j == c {
				here.direct, here.directValue = kpi, value
			}
		}
		for _, j := range moves {
			if price := b.prices.unit[r*M+j]; price > 0 {
				bought := 0.0
				for cell := r * T; cell < (r+1)*T; cell++ {
					bought += exposure[cell*M+j]
				}
				if j == c {
					here.spend = price * bought
				} else {
					here.moved += price * bought
				}
			}
		}
		out[national] = out[national].plus(1, here)
		if byRegion {
			out = append(out, here)
		}
	}
	return out
}

// all lists the channels.
func (b *books) all() []int {
	all := make([]int, len(b.Panel.Channels))
	for c := range all {
		all[c] = c
	}
	return all
}

// origin is a channel's value without any exposure, in the table's units.
func (b *books) origin(c int) float64 {
	if b.from == nil {
		return 0
	}
	return b.from[c]
}

// worth is money per unit of the KPI in a cell; 1 if that is not known.
func (b *books) worth(cell int) float64 {
	if len(b.Panel.Revenue) == 0 {
		return 1
	}
	return b.Panel.Revenue[cell]
}
