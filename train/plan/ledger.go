package plan

import (
	"slices"

	"deepcausalmmm/internal/cores"
	"deepcausalmmm/panel"
)

// ledger runs the markets of a problem for one plan after the other and books what it costs and brings.
type ledger struct {
	*Problem
	R, T, M, D int
	counted    panel.Span // horizon and tail

	price []float64 // [R, T, M] in the counted weeks, 0 for what costs nothing
	worth []float64 // [R, T, M]: the value of what a channel sells, 0 before the horizon

	reference []float64   // [R, T, M] exposure of the status quo
	planned   [][]float64 // [D][R, T, M] own parts of the status quo; of held channels their exposure
	held      []bool      // [M], or nil
	seen      []float64   // [R, M]

	tailSpend   float64     // of the status quo
	tailBy      [][]float64 // [D][M] value of the status quo after the horizon
	tailValue   []float64   // [D] its sum
	statusQuo   []float64   // [D] value of the status quo's horizon
	zeroValue   []float64   // [D] value without any paid exposure in the horizon
	zeroSpend   float64
	evaluations int

	own      [][]float64 // [D][R, T, M] of the last run
	gain     []float64   // [D] of the last run
	exposure []float64   // [R, T, M] of the last run, mean over draws
}

// open checks a problem and runs its status quo.
func (p *Problem) open() (*ledger, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	l := &ledger{Problem: p, R: len(p.Regions), T: len(p.Weeks), M: len(p.Channels), D: len(p.Markets)}
	l.counted = panel.Span{From: p.Horizon.From, To: p.Horizon.To + p.Tail}
	n := l.R * l.T * l.M
	l.price, l.worth, l.exposure = make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range l.price {
		row, week, m := i/l.M, i/l.M%l.T, i%l.M
		if week < l.counted.From || week >= l.counted.To {
			continue
		}
		if p.Channels[m].Role != Follows {
			l.price[i] = p.Price[i]
		}
		l.worth[i] = 1
		if p.Value != nil {
			l.worth[i] = p.Value[row]
		}
	}
	l.gain, l.tailValue, l.statusQuo, l.zeroValue = make([]float64, l.D), make([]float64, l.D), make([]float64, l.D), make([]float64, l.D)
	l.planned, l.own = make([][]float64, l.D), make([][]float64, l.D)
	for d, market := range p.Markets {
		l.planned[d] = slices.Clone(market.Planned())
		l.own[d] = slices.Clone(l.planned[d])
	}
	return l, l.runReference()
}

// runReference books the status quo, lets held channels start from their exposure, and books what is left without paid exposure.
func (l *ledger) runReference() error {
	if err := l.run(nil); err != nil { // books a gain that means nothing yet
		return err
	}
	l.reference = slices.Clone(l.exposure)
	l.tailSpend = l.cost(l.reference, l.tail())
	for d := range l.D {
		l.tailBy = append(l.tailBy, l.soldBy(d, l.tail()))
		l.tailValue[d] = l.soldIn(d, l.tail())
		l.statusQuo[d] = l.soldIn(d, l.Horizon)
	}
	l.seen = l.Seen
	if l.seen == nil {
		l.seen = make([]float64, l.R*l.M)
		for i, x := range l.reference {
			at := i/(l.T*l.M)*l.M + i%l.M
			l.seen[at] = max(l.seen[at], x)
		}
	}
	for m, c := range l.Channels {
		if c.Role != Held {
			continue
		}
		if l.held == nil {
			l.held = make([]bool, l.M)
		}
		l.held[m] = true
		for _, planned := range l.planned {
			for i := m; i < len(planned); i += l.M {
				planned[i] = l.reference[i]
			}
		}
	}
	return l.runWithout()
}

// runWithout books the horizon without any paid exposure.
func (l *ledger) runWithout() error {
	for d := range l.D {
		copy(l.own[d], l.planned[d])
		l.eachPlanned(func(i int) { l.own[d][i] = 0 })
	}
	if err := l.run(l.held); err != nil {
		return err
	}
	for d := range l.D {
		l.zeroValue[d] = l.statusQuo[d] + l.gain[d]
	}
	l.zeroSpend = l.spend()
	return nil
}

// eachPlanned visits the cells of the horizon of all channels that cost something.
func (l *ledger) eachPlanned(do func(i int)) {
	for r := range l.R {
		for week := l.Horizon.From; week < l.Horizon.To; week++ {
			for m, c := range l.Channels {
				if c.Role != Follows {
					do((r*l.T+week)*l.M + m)
				}
			}
		}
	}
}

// run evaluates l.own in all markets, and books the gain of each and the mean exposure.
func (l *ledger) run(held []bool) error {
	l.evaluations++
	errs := make([]error, l.D)
	exposures := make([][]float64, l.D)
	cores.Each(l.D, func(d int) {
		market := l.Markets[d]
		if errs[d] = market.Run(l.own[d], held); errs[d] != nil {
			return
		}
		l.gain[d] = l.soldIn(d, l.counted) - l.tailValue[d] - l.statusQuo[d]
		exposures[d] = market.Exposure()
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	l.average(l.exposure, exposures)
	return nil
}

// average is the mean over draws, added up in their order.
func (l *ledger) average(mean []float64, of [][]float64) {
	cores.Share(len(mean), 1<<12, func(lo, hi int) {
		clear(mean[lo:hi])
		for _, x := range of {
			for i := lo; i < hi; i++ {
				mean[i] += x[i]
			}
		}
		for i := lo; i < hi; i++ {
			mean[i] /= float64(len(of))
		}
	})
}

// tail are the weeks after the horizon that count.
func (l *ledger) tail() panel.Span { return panel.Span{From: l.Horizon.To, To: l.counted.To} }

// soldIn is the value of what the channels sold in a market's last run in a span of weeks.
func (l *ledger) soldIn(d int, span panel.Span) float64 {
	sum := 0.0
	for _, value := range l.soldBy(d, span) {
		sum += value
	}
	return sum
}

// soldBy is soldIn by channel.
func (l *ledger) soldBy(d int, span panel.Span) []float64 {
	sold, by := l.Markets[d].Sold(), make([]float64, l.M)
	for r := range l.R {
		for i := (r*l.T + span.From) * l.M; i < (r*l.T+span.To)*l.M; i++ {
			by[i%l.M] += l.worth[i] * sold[i]
		}
	}
	return by
}

// cost is the spend of exposure in a span of weeks.
func (l *ledger) cost(exposure []float64, span panel.Span) float64 {
	sum := 0.0
	for r := range l.R {
		for i := (r*l.T + span.From) * l.M; i < (r*l.T+span.To)*l.M; i++ {
			sum += l.price[i] * exposure[i]
		}
	}
	return sum
}

// spend of the last run: all of the horizon's, and what differs from the status quo after it.
func (l *ledger) spend() float64 { return l.cost(l.exposure, l.counted) - l.tailSpend }

// pull adds to into [D][n] what add makes of each market's gradient of Σ byExposure·Exposure + byDraw·Σ worth·Sold at the last run.
func (l *ledger) pull(byExposure, byDraw []float64, add func(d int, gradient []float64)) error {
	errs := make([]error, l.D)
	cores.Each(l.D, func(d int) {
		bySold := make([]float64, len(l.worth))
		if byDraw[d] != 0 {
			for i, w := range l.worth {
				bySold[i] = byDraw[d] * w
			}
		}
		var gradient []float64
		if gradient, errs[d] = l.Markets[d].Pull(byExposure, bySold); errs[d] == nil {
			add(d, gradient)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
