package plan

import (
	"fmt"
	"math"
	"slices"
)

// value runs the ledger's own parts and books everything that they cost and bring.
func (l *ledger) value(name string) (*Valuation, error) {
	if err := l.run(l.held); err != nil {
		return nil, err
	}
	v := &Valuation{Name: name, Spend: l.spend(), Gain: figure(l.gain)}
	if note := l.unsureSpend(v.Spend); note != "" {
		v.Notes = append(v.Notes, note)
	}
	H, D := l.Horizon, l.D
	total, profit, roi := make([]float64, D), make([]float64, D), make([]float64, D)
	status := l.cost(l.reference, H)
	for d, gain := range l.gain {
		total[d] = l.statusQuo[d] + gain + l.Others
		profit[d] = gain - (v.Spend - status)
		roi[d] = (l.statusQuo[d] + gain - l.zeroValue[d]) / (v.Spend - l.zeroSpend)
	}
	v.Value, v.Profit, v.ROI = figure(total), figure(profit), figure(roi)
	own := make([]float64, len(l.price))
	l.average(own, l.own)
	exposure := slices.Clone(l.exposure)
	if err := l.valueChannels(v, own, exposure); err != nil {
		return nil, err
	}
	v.CellExposure, v.CellOwn = l.horizon(exposure, nil), l.horizon(own, nil)
	v.CellSpend, v.CellOwnSpend = l.horizon(exposure, l.price), l.horizon(own, l.price)
	v.Beyond = l.beyond(exposure)
	return v, nil
}

// unsure is the part of the spend by which draws may differ without a note.
const unsure = 0.02

// unsureSpend says how much the own parts of the last run may cost, if the draws differ in what channels move.
func (l *ledger) unsureSpend(spend float64) string {
	draws := make([]float64, l.D)
	for d, market := range l.Markets {
		draws[d] = l.cost(market.Exposure(), l.counted) - l.tailSpend
	}
	f := figure(draws)
	low, high := f.Low[1], f.High[1]
	if high-low <= unsure*spend {
		return ""
	}
	return fmt.Sprintf("what channels move is uncertain: the multiples of own parts may cost %s to %s (80 %% of draws) rather than %s; keep each channel's spend as planned, not its multiple",
		amount(low), amount(high), amount(spend))
}

// horizon cuts cells [R, H, M] from x [R, T, M], times a price unless that is nil.
func (l *ledger) horizon(x, price []float64) []float64 {
	out := make([]float64, 0, l.R*l.Horizon.Len()*l.M)
	for r := range l.R {
		for i := (r*l.T + l.Horizon.From) * l.M; i < (r*l.T+l.Horizon.To)*l.M; i++ {
			if price == nil {
				out = append(out, x[i])
			} else {
				out = append(out, x[i]*price[i])
			}
		}
	}
	return out
}

func (l *ledger) valueChannels(v *Valuation, own, exposure []float64) error {
	sold := make([][]float64, l.M)
	for m := range sold {
		sold[m] = make([]float64, l.D)
	}
	for d := range l.D {
		for m, value := range l.soldBy(d, l.counted) {
			sold[m][d] = value - l.tailBy[d][m]
		}
	}
	spend := l.spendBy(exposure)
	for m, c := range l.Channels {
		channel := ChannelValue{Name: c.Name, Role: c.Role, Spend: spend[m], Value: figure(sold[m])}
		for r := range l.R {
			for week := l.Horizon.From; week < l.Horizon.To; week++ {
				i := (r*l.T+week)*l.M + m
				channel.OwnSpend += l.price[i] * own[i]
				channel.Exposure += exposure[i]
			}
		}
		channel.MovedSpend = channel.Spend - channel.OwnSpend
		v.Channels = append(v.Channels, channel)
	}
	return l.marginal(v)
}

// marginal sets the marginal ROIs of the last run: along each channel's own part, with what follows and, with all channels held, without.
func (l *ledger) marginal(v *Valuation) error {
	equal := make([]float64, l.D)
	for d := range equal {
		equal[d] = 1 / float64(l.D)
	}
	nothing, cost := make([]float64, len(l.price)), make([]float64, len(l.price))
	for i, price := range l.price {
		cost[i] = price / float64(l.D)
	}
	along := l.directions()
	totalValue, err := l.slopes(nothing, equal, along)
	if err != nil {
		return err
	}
	totalSpend, err := l.slopes(cost, make([]float64, l.D), along)
	if err != nil {
		return err
	}
	exposures, own := make([][]float64, l.D), l.own
	for d, market := range l.Markets {
		exposures[d] = slices.Clone(market.Exposure())
	}
	l.own = exposures
	defer func() { l.own = own }()
	if err := l.run(slices.Repeat([]bool{true}, l.M)); err != nil {
		return err
	}
	directValue, err := l.slopes(nothing, equal, along)
	if err != nil {
		return err
	}
	directSpend := l.slopesOf(cost, along)
	for m := range v.Channels {
		c := &v.Channels[m]
		c.MarginalDirect, c.MarginalTotal = math.NaN(), math.NaN()
		if c.Role != Follows && totalSpend[m] > 0 {
			c.MarginalDirect, c.MarginalTotal = directValue[m]/directSpend[m], totalValue[m]/totalSpend[m]
		}
	}
	return nil
}

// directions are the own parts of the last run in the horizon, or of the status quo for a channel that has none, [D][R, T, M].
func (l *ledger) directions() [][]float64 {
	along := make([][]float64, l.D)
	none := slices.Repeat([]bool{true}, l.M)
	for d := range along {
		along[d] = make([]float64, len(l.price))
		l.eachPlanned(func(i int) {
			along[d][i] = l.own[d][i]
			none[i%l.M] = none[i%l.M] && l.own[d][i] == 0
		})
	}
	for d := range along {
		l.eachPlanned(func(i int) {
			if none[i%l.M] {
				along[d][i] = l.planned[d][i]
			}
		})
	}
	return along
}

// slopes are the gradients of the last run by channel along directions.
func (l *ledger) slopes(byExposure, byDraw []float64, along [][]float64) ([]float64, error) {
	by := make([][]float64, l.D)
	err := l.pull(byExposure, byDraw, func(d int, gradient []float64) { by[d] = l.project(gradient, along[d]) })
	return sumOf(by, l.M), err
}

// slopesOf are slopes of exposure that is the own part itself.
func (l *ledger) slopesOf(cost []float64, along [][]float64) []float64 {
	by := make([][]float64, l.D)
	for d := range by {
		by[d] = l.project(cost, along[d])
	}
	return sumOf(by, l.M)
}

func (l *ledger) project(gradient, along []float64) []float64 {
	sum := make([]float64, l.M)
	l.eachPlanned(func(i int) { sum[i%l.M] += gradient[i] * along[i] })
	return sum
}

func sumOf(by [][]float64, n int) []float64 {
	sum := make([]float64, n)
	for _, b := range by {
		for m, x := range b {
			sum[m] += x
		}
	}
	return sum
}

// beyond lists exposure larger than any seen.
func (l *ledger) beyond(exposure []float64) []Beyond {
	var out []Beyond
	l.eachPlanned(func(i int) {
		r, m := i/(l.T*l.M), i%l.M
		if seen := l.seen[r*l.M+m]; exposure[i] > seen*(1+1e-9) {
			out = append(out, Beyond{Channel: m, Region: r, Week: i / l.M % l.T, Exposure: exposure[i], Seen: seen})
		}
	})
	return out
}

// cut is the gain of the last run's own parts where no channel moves another: exposure changes by what its planner changes.
func (l *ledger) cut() (Figure, error) {
	own := l.own
	defer func() { l.own = own }()
	l.own = make([][]float64, l.D)
	for d := range l.D {
		l.own[d] = slices.Clone(l.reference)
		l.eachPlanned(func(i int) { l.own[d][i] = l.reference[i] + own[d][i] - l.planned[d][i] })
	}
	err := l.run(slices.Repeat([]bool{true}, l.M))
	return figure(l.gain), err
}
