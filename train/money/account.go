package money

import (
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/train/model"
)

// newBooks reads what all accounts share. The exposures of all markets are the same as long as nobody decides otherwise.
func newBooks(in Input, m model.Market) (*books, error) {
	if err := m.Run(m.Planned(), nil); err != nil {
		return nil, err
	}
	b := &books{Input: in, from: in.Panel.ExposureScale(in.Parts[0].Span.To).From, exposure: slices.Clone(m.Exposure())}
	b.prices = pricesOf(in.Panel, b.exposure)
	R, T := len(in.Panel.Regions), len(in.Panel.Weeks)
	for _, name := range in.Panel.Channels {
		direct, value := make([]float64, 1+R), make([]float64, 1+R)
		for _, part := range in.Parts {
			i := slices.IndexFunc(part.Components, func(c model.Component) bool { return c.Name == name && c.Kind.Group() == model.Media })
			for k, y := range part.Components[i].Value {
				cell := part.Cell(k, T)
				for _, place := range []int{national, 1 + cell/T} {
					direct[place] += y
					value[place] += y * b.worth(cell)
				}
			}
		}
		b.direct, b.value = append(b.direct, direct), append(b.value, value)
	}
	return b, nil
}

// entry is a channel in the books: its effects and what the markets say.
type entry struct {
	*books
	channel         int
	draws           []draw
	direct, total   Figure // the effects
	onDirect, onAll anchor // to the effects
}

func (b *books) entry(c int, draws []draw) *entry {
	e := &entry{books: b, channel: c, draws: draws, direct: figureOf(b.Effects[3*c]), total: figureOf(b.Effects[3*c+2])}
	e.onDirect = anchorOf(e.direct, e.each(national, today, directOf))
	e.onAll = anchorOf(e.total, e.each(national, today, totalOf))
	return e
}

// figureOf is an effect as a figure. One without an interval has that of its value.
func figureOf(e model.Effect) Figure {
	f := Figure{e.Value, e.Value, e.Value}
	if e.Low != nil && e.High != nil {
		f.Low, f.High = *e.Low, *e.High
	}
	return f
}

func directOf(t tally) float64      { return t.direct }
func directValueOf(t tally) float64 { return t.directValue }
func totalOf(t tally) float64       { return t.direct + t.indirect }
func totalValueOf(t tally) float64  { return t.directValue + t.indirectValue }
func movedOf(t tally) float64       { return t.moved }

// each is a quantity of every draw at a position.
func (e *entry) each(place, at int, of func(tally) float64) []float64 {
	out := make([]float64, len(e.draws))
	for k, d := range e.draws {
		out[k] = of(d[at][place])
	}
	return out
}

// mean is the mean tally of the draws at a position.
func (e *entry) mean(place, at int) tally {
	var mean tally
	for _, d := range e.draws {
		mean.add(1/float64(len(e.draws)), d[at][place])
	}
	return mean
}

// here is what the channel sells directly in a place, by the effect and as the components distribute it over cells.
func (e *entry) here(place int) (kpi, value float64) {
	all := e.books.direct[e.channel][national]
	if all == 0 {
		return 0, 0
	}
	scale := e.direct.Value / all
	return scale * e.books.direct[e.channel][place], scale * e.value[e.channel][place]
}

// point is the estimate of a place at a position. The direct part is the effect's, in the proportions of the markets' mean over
// positions; the indirect part is the markets' mean, plus what it lacks of the effect, divided in proportion to the direct part.
func (e *entry) point(place, at int) tally {
	now, mean := e.mean(place, today), e.mean(place, at)
	kpi, value := e.here(place)
	shape, shapeOfValue := ratio(mean.direct, now.direct), ratio(mean.directValue, now.directValue)
	out := mean
	out.direct, out.directValue = kpi*shape, value*shapeOfValue
	lacking := (e.total.Value - e.direct.Value - e.mean(national, today).indirect) * ratio(kpi, e.direct.Value)
	out.indirect += lacking * shape
	out.indirectValue += lacking * ratio(value, kpi) * shapeOfValue
	return out
}

// ratio is a ÷ b; 0 if b is.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// account is the channel's account of a place.
func (e *entry) account(place int) Channel {
	c, point, further := e.channel, e.point(place, today), e.point(place, today+after)
	a := Channel{
		Channel: e.Panel.Channels[c], Kind: e.Panel.Kind(c), Source: e.Effects[3*c+2].Source, Exposure: e.exposed(place),
		Priced: e.prices.priced[c], Spend: e.prices.at(place, c),
		Moved:       anchor{1, 1}.around(point.moved, e.each(place, today, movedOf)),
		Direct:      e.onDirect.around(point.direct, e.each(place, today, directOf)),
		DirectValue: e.onDirect.around(point.directValue, e.each(place, today, directValueOf)),
		Total:       e.onAll.around(totalOf(point), e.each(place, today, totalOf)),
		TotalValue:  e.onAll.around(totalValueOf(point), e.each(place, today, totalValueOf)),
		ROIDirect:   none, ROI: none, Marginal: none, Cost: none, PerExposure: none, EffectShare: none,
	}
	if place == national {
		a.Direct, a.Total = e.direct, e.total
	}
	a.PerExposure = a.Total.over(a.Exposure)
	if !a.Priced {
		return a
	}
	a.ROIDirect = a.DirectValue.over(a.Spend)
	a.ROI = e.perSpend(place, a.Spend, a.TotalValue.Value, point.moved, totalValueOf)
	a.Cost = e.perSpend(place, a.Spend, a.Total.Value, point.moved, totalOf).inverse()
	a.Marginal = e.marginal(place, today, point, further)
	return a
}

// perSpend divides a contribution by the spend on the channel and the spend that it moves, draw by draw.
func (e *entry) perSpend(place int, spend, value, moved float64, of func(tally) float64) Figure {
	draws := make([]float64, len(e.draws))
	for k, d := range e.draws {
		if draws[k] = of(d[today][place]) / (spend + d[today][place].moved); !(spend+d[today][place].moved > 0) {
			return none
		}
	}
	return e.onAll.around(value/(spend+moved), draws)
}

// marginal is the return of what is next to a position: the change of value ÷ the change of all spend.
func (e *entry) marginal(place, at int, point, further tally) Figure {
	rate := func(from, to tally) float64 {
		more := to.spend + to.moved - from.spend - from.moved
		if !(more > 0) {
			return nan
		}
		return (totalValueOf(to) - totalValueOf(from)) / more
	}
	draws := make([]float64, len(e.draws))
	for k, d := range e.draws {
		draws[k] = rate(d[at][place], d[at+after][place])
	}
	if value := rate(point, further); !floats.HasNaN(append(draws, value)) {
		return e.onAll.around(value, draws)
	}
	return none
}

// exposed is the channel's exposure in a place.
func (e *entry) exposed(place int) float64 {
	T, M := len(e.Panel.Weeks), len(e.Panel.Channels)
	total := 0.0
	for i := e.channel; i < len(e.exposure); i += M {
		if place == national || i/(T*M) == place-1 {
			total += e.exposure[i]
		}
	}
	return total
}

// share sets the channels' shares of spend, and of the sum of the total effects of channels with a spend.
func (b *books) share(accounts []Channel, draws [][]draw, place int) {
	spend, effect, effects := 0.0, 0.0, make([]float64, len(draws[0]))
	for c, a := range accounts {
		if a.Priced {
			spend, effect = spend+a.Spend, effect+a.Total.Value
			for k, d := range draws[c] {
				effects[k] += totalOf(d[today][place])
			}
		}
	}
	if !(effect > 0) || !(spend > 0) || floats.Min(effects) <= 0 {
		return
	}
	for c := range accounts {
		a := &accounts[c]
		if !a.Priced {
			continue
		}
		parts := make([]float64, len(effects))
		for k, d := range draws[c] {
			parts[k] = totalOf(d[today][place]) / effects[k]
		}
		a.SpendShare = a.Spend / spend
		a.EffectShare = b.entry(c, draws[c]).onAll.around(a.Total.Value/effect, parts)
	}
}
