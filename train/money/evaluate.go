package money

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/interp"

	"deepcausalmmm/internal/cores"
	"deepcausalmmm/train/model"
)

// Multiples are those of a channel's lever in its response. The channel's flighting is kept.
var Multiples = []float64{0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5}

// next is what marginal returns are of: this part of the lever more than a multiple has.
const next = 0.01

// today is the position of 1 among Multiples; after is the number of positions from a multiple to the one that is next to it.
var today, after = slices.Index(Multiples, 1), len(Multiples)

// lever is the multiple of a position: first all of Multiples, then what is next to each of them.
func lever(at int) float64 {
	if at < after {
		return Multiples[at]
	}
	return Multiples[at-after] + next
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
	direct, directValue     float64 // what the channel sells, KPI and value
	indirect, indirectValue float64 // and all other channels
	exposure, spend, moved  float64 // of the channel, on it, and on all others
}

// add adds a multiple of another tally.
func (a *tally) add(f float64, b tally) {
	a.direct, a.directValue = a.direct+f*b.direct, a.directValue+f*b.directValue
	a.indirect, a.indirectValue = a.indirect+f*b.indirect, a.indirectValue+f*b.indirectValue
	a.exposure, a.spend, a.moved = a.exposure+f*b.exposure, a.spend+f*b.spend, a.moved+f*b.moved
}

func (a tally) finite() bool {
	sum := a.direct + a.directValue + a.indirect + a.indirectValue + a.exposure + a.spend + a.moved
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// draw is what one market makes of one channel's lever: at each position the nation, and of today's and what is next to it the regions
// too. All are differences from the market without the channel.
type draw [][]tally

// evaluate returns the draws of each channel, [M][markets].
func (b *books) evaluate(markets []model.Market) ([][]draw, error) {
	found, failures := make([][]draw, len(markets)), make([]error, len(markets))
	cores.Each(len(markets), func(k int) { found[k], failures[k] = b.explore(markets[k]) })
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	draws := make([][]draw, len(b.Panel.Channels))
	for c := range draws {
		for k := range markets {
			draws[c] = append(draws[c], found[k][c])
		}
	}
	return draws, nil
}

// explorer pulls the levers of one market.
type explorer struct {
	*books
	market         model.Market
	planned        []float64 // [R, T, M]
	exposure, sold []float64 // [R, T, M]: as it is
	draws          []draw    // [M]
}

// explore evaluates all channels' levers in one market. If what a channel sells depends on its own exposure only, runs with the levers
// of all channels at once say what each sells itself; what others sell takes runs for each group of channels that reach none in
// common. There what is next to a multiple other than 0 and 1 is interpolated: it is a small part, and smooth.
func (b *books) explore(m model.Market) ([]draw, error) {
	x := &explorer{books: b, market: m, planned: slices.Clone(m.Planned())}
	if err := m.Run(x.planned, nil); err != nil {
		return nil, err
	}
	x.exposure, x.sold = slices.Clone(m.Exposure()), slices.Clone(m.Sold())
	every := make([]int, 2*after)
	for at := range every {
		every[at] = at
	}
	some := append(slices.Clone(every[:after]), after, today+after)
	channels := b.all()
	for range channels {
		x.draws = append(x.draws, make(draw, 2*after))
	}
	if !m.Additive() {
		for c := range channels {
			if err := x.pull(channels[c:c+1], every, false, x.whole); err != nil {
				return nil, err
			}
		}
		return x.draws, nil
	}
	if err := x.pull(channels, every, true, x.own); err != nil {
		return nil, err
	}
	moving := slices.DeleteFunc(channels, func(c int) bool { return len(m.Reach(c)) == 1 })
	for _, group := range groups(m, moving) {
		if err := x.pull(group, some, false, x.others); err != nil {
			return nil, err
		}
	}
	for _, c := range moving {
		x.interpolate(x.draws[c], some)
	}
	return x.draws, nil
}

// groups divides channels into groups that reach no channel in common.
func groups(m model.Market, channels []int) (found [][]int) {
	var reached [][]int
	for _, c := range channels {
		reach := m.Reach(c)
		g := slices.IndexFunc(reached, func(theirs []int) bool {
			return !slices.ContainsFunc(reach, func(j int) bool { return slices.Contains(theirs, j) })
		})
		if g < 0 {
			g, found, reached = len(found), append(found, nil), append(reached, nil)
		}
		found[g], reached[g] = append(found[g], c), append(reached[g], reach...)
	}
	return found
}

// counter sums what a channel changes in a region, of all exposures and sales [R, T, M].
type counter func(region, channel int, exposure, sold []float64) tally

// pull sets the levers of channels to each of the positions and counts what differs from these channels off. If they are held, nothing
// moves but their own exposure.
func (x *explorer) pull(channels, positions []int, hold bool, count counter) error {
	if err := x.run(channels, x.planned, -1, true); err != nil { // held at nothing, whatever their parents bring
		return err
	}
	without, exposure, sold := make(map[int][]tally, len(channels)), x.market.Exposure(), x.market.Sold()
	for _, c := range channels {
		without[c] = x.count(c, exposure, sold, count)
	}
	from := x.planned
	if hold {
		from = x.exposure
	}
	for _, at := range positions {
		exposure, sold = x.exposure, x.sold
		if at != today {
			if f := lever(at); f > 0 || !x.decided(channels) {
				if err := x.run(channels, from, f-1, hold); err != nil {
					return err
				}
			}
			exposure, sold = x.market.Exposure(), x.market.Sold()
		}
		for _, c := range channels {
			if err := x.note(c, at, x.count(c, exposure, sold, count), without[c]); err != nil {
				return err
			}
		}
	}
	return nil
}

// run evaluates own parts that differ from others, of channels only, by a multiple of what is planned.
func (x *explorer) run(channels []int, from []float64, more float64, hold bool) error {
	M := len(x.Panel.Channels)
	own, held := slices.Clone(x.planned), make([]bool, M)
	for _, c := range channels {
		held[c] = hold
		for i := c; i < len(own); i += M {
			own[i] = from[i] + more*(x.planned[i]-x.origin(c))
		}
	}
	return x.market.Run(own, held)
}

// decided reports whether all exposure of channels is their own part, so that a lever at 0 is a channel off.
func (x *explorer) decided(channels []int) bool {
	for _, c := range channels {
		for i := c; i < len(x.planned); i += len(x.Panel.Channels) {
			if x.planned[i] != x.exposure[i] {
				return false
			}
		}
	}
	return true
}

// count counts each region, and then the nation, which comes first.
func (x *explorer) count(c int, exposure, sold []float64, in counter) []tally {
	places := make([]tally, 1+len(x.Panel.Regions))
	for r := range x.Panel.Regions {
		places[r+1] = in(r, c, exposure, sold)
		places[national].add(1, places[r+1])
	}
	return places
}

// note adds to a channel's draw what differs at a position, in the regions too if they are asked for.
func (x *explorer) note(c, at int, with, without []tally) error {
	places := 1
	if x.ByRegion && (at == today || at == today+after) {
		places = len(with)
	}
	if x.draws[c][at] == nil {
		x.draws[c][at] = make([]tally, places)
	}
	for place := range places {
		t := &x.draws[c][at][place]
		t.add(1, with[place])
		t.add(-1, without[place])
		if !t.finite() {
			return fmt.Errorf("money: what %s sells at %g times its exposure is not finite", x.Panel.Channels[c], lever(at))
		}
	}
	return nil
}

// own counts what a channel sells itself.
func (x *explorer) own(r, c int, exposure, sold []float64) (t tally) {
	t.direct, t.directValue = x.sum(r, c, sold)
	t.exposure = x.exposureIn(r, c, exposure)
	t.spend = x.prices.unit[r*len(x.Panel.Channels)+c] * t.exposure
	return t
}

// others counts what the channels sell and cost that a channel moves.
func (x *explorer) others(r, c int, exposure, sold []float64) (t tally) {
	for _, j := range x.market.Reach(c)[1:] {
		kpi, value := x.sum(r, j, sold)
		t.indirect, t.indirectValue = t.indirect+kpi, t.indirectValue+value
		t.moved += x.movedBy(r, j, exposure)
	}
	return t
}

// whole counts what a channel sells, and what all others do.
func (x *explorer) whole(r, c int, exposure, sold []float64) tally {
	t := x.own(r, c, exposure, sold)
	for j := range x.Panel.Channels {
		if j != c {
			kpi, value := x.sum(r, j, sold)
			t.indirect, t.indirectValue = t.indirect+kpi, t.indirectValue+value
			t.moved += x.movedBy(r, j, exposure)
		}
	}
	return t
}

// sum adds up a channel's sales in a region, as KPI and as value.
func (x *explorer) sum(r, c int, sold []float64) (kpi, value float64) {
	T, M := len(x.Panel.Weeks), len(x.Panel.Channels)
	for cell := r * T; cell < (r+1)*T; cell++ {
		y := sold[cell*M+c]
		kpi += y
		value += y * x.worth(cell)
	}
	return kpi, value
}

func (x *explorer) exposureIn(r, c int, exposure []float64) (sum float64) {
	T, M := len(x.Panel.Weeks), len(x.Panel.Channels)
	for cell := r * T; cell < (r+1)*T; cell++ {
		sum += exposure[cell*M+c]
	}
	return sum
}

// movedBy is what a channel's exposure costs in a region.
func (x *explorer) movedBy(r, c int, exposure []float64) float64 {
	price := x.prices.unit[r*len(x.Panel.Channels)+c]
	if price == 0 {
		return 0
	}
	return price * x.exposureIn(r, c, exposure)
}

// interpolate completes what others sell and cost next to the multiples other than 0 and 1, by cubic splines through what was run.
func (x *explorer) interpolate(d draw, run []int) {
	run = slices.SortedFunc(slices.Values(run), func(a, b int) int { return cmp.Compare(lever(a), lever(b)) })
	for _, of := range []func(*tally) *float64{
		func(t *tally) *float64 { return &t.indirect }, func(t *tally) *float64 { return &t.indirectValue },
		func(t *tally) *float64 { return &t.moved },
	} {
		var levers, values []float64
		for _, at := range run {
			levers, values = append(levers, lever(at)), append(values, *of(&d[at][national]))
		}
		var spline interp.NotAKnotCubic
		if err := spline.Fit(levers, values); err != nil {
			panic(err) // the levers ascend
		}
		for at := range after {
			if !slices.Contains(run, at+after) {
				*of(&d[at+after][national]) = *of(&d[at][national]) + next*spline.PredictDerivative(lever(at))
			}
		}
	}
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
