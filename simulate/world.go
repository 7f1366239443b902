package simulate

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// World is a simulated panel and its causes. Run draws all random numbers once; play computes the outcome from them, as it is or
// under an intervention.
type World struct {
	config   Config
	draws    draws
	weeks    calendar
	funnel   *funnel
	regions  []market
	channels []medium // channels, then mediators: the nodes
	controls []driver // with the noise controls

	z        []field   // controls as deviations from normal, [controls][regions][weeks]
	plans    []field   // activity of each node's own part, [nodes][regions][weeks]
	force    []field   // factor of each node's effect, [nodes][regions][weeks]
	shifts   []shift   // of the baseline
	peaks    []peak    // of the season
	given    external  // the terms that do not depend on media
	kept     [][]bool  // rows of the panel, [regions][weeks]
	shown    []field   // controls as the panel has them, [controls][regions][weeks]
	entered  []field   // factor with which exposures are entered, [nodes][regions][weeks]
	tests    []test    // experiments
	price    []float64 // of an impression, [channels]; nil without spend
	untested outcome   // without experiments
	observed outcome
}

// outcome is the result of play.
type outcome struct {
	activity []field // own plan plus the part caused by parents, in units of activity, [nodes][regions][weeks]
	stock    []field // adstocked activity
	media    []field // effect term of each node, in KPI units
	sales    field   // KPI
}

// Run simulates the world of c.
func Run(c Config) (*World, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	d := newDraws(c.Seed, c.World)
	graph, err := newFunnel(c, d)
	if err != nil {
		return nil, err
	}
	w := &World{
		config:   c,
		draws:    d,
		weeks:    newCalendar(c.Start, c.Weeks),
		funnel:   graph,
		channels: newChannels(d, c),
		controls: newControls(d, c),
	}
	for r := range c.Regions {
		w.regions = append(w.regions, newRegion(d, r))
	}
	if c.Regions == 1 {
		w.regions[0].name = national
	}
	w.peaks = w.drawPeaks()
	w.z = w.drawControls()
	w.plans = w.drawPlans()
	w.force = w.drawForce()
	w.shifts = w.drawShifts()
	w.given = w.drawExternal()
	w.kept = w.drawKept()
	w.shown, w.entered = w.drawShown(), w.drawEntered()
	w.scale()
	w.follow()
	w.untested = w.play(change{})
	w.observed = w.untested
	if err := w.experiment(); err != nil {
		return nil, err
	}
	w.price = w.prices()
	return w, w.checkSales()
}

// maxLoss bounds what a channel that cannibalises takes, as a share of the baseline.
const maxLoss = 0.35

// scale sets the channels' effects such that their |contributions| add up to the configured share s of the KPI: with a channel's
// share v of them, below 0 if it cannibalises, and the KPI B without media,
//
//	contribution = v·s·KPI,  KPI = B / (1 − s·Σv).
func (w *World) scale() {
	if w.config.Media == 0 {
		return
	}
	share, all, net := make([]float64, len(w.channels)), 0.0, 0.0
	for m, channel := range w.channels {
		share[m] = channel.effect * channel.curve.at(1)
		all += math.Abs(share[m])
		net += share[m]
	}
	o := w.play(change{})
	without := total(o.sales) - total(w.given.noise)
	for m := range w.channels {
		without -= total(o.media[m])
	}
	kpi := without / (1 - w.config.Media*net/all)
	for m := range w.channels {
		factor := share[m] / all * w.config.Media * kpi / total(o.media[m])
		for r, region := range w.regions {
			if lost := -slices.Min(o.media[m][r]) / region.baseline; lost*factor > maxLoss {
				factor = maxLoss / lost
			}
		}
		w.channels[m].effect *= factor
	}
}

// checkSales returns an error if the KPI of a week is not positive.
func (w *World) checkSales() error {
	for r, region := range w.regions {
		for t, sales := range w.observed.sales[r] {
			if !(sales > 0) {
				week := fmt.Sprintf("%s %s %s %.0f", Target, region.name, w.weeks[t].Format(time.DateOnly), sales)
				return &ConfigError{"noise", week, "a KPI above 0 in every week: less noise, or smaller effects below 0"}
			}
		}
	}
	return nil
}

// change is an intervention: in some weeks channels are set to multiples of what they were, or the planners' part is multiplied.
type change struct {
	from  int             // first week
	to    int             // the one after the last; 0: until the end
	do    map[int]float64 // factor of the observed activity, which then does not depend on parents: do(a := f·a) (Pearl 2009)
	lever map[int]float64 // factor of the own part of the structural equation
}

// in reports whether week t is one of the intervention's.
func (c change) in(t int) bool { return t >= c.from && (c.to == 0 || t < c.to) }

// play runs the structural equations. Activity a of node m, its stock A and the KPI of region r in week t are
//
//	a_m   = plan_m, moved by the stock A_p of its parents p (see funnel.move); in the cells of an experiment what it sets
//	A_m   = adstock(a_m)
//	sales = baseline + trend + season + Σ controls + noise + Σ_m baseline_r · effect_m · force_mrt · boost · saturation(A_m)
//
// Plans and external terms are the same in every call, so that two outcomes differ only by the intervention.
func (w *World) play(c change) outcome {
	var o outcome
	for range w.channels {
		o.activity = append(o.activity, make(field, w.config.Regions))
		o.stock = append(o.stock, make(field, w.config.Regions))
		o.media = append(o.media, newField(w.config.Regions, w.config.Weeks))
	}
	o.sales = newField(w.config.Regions, w.config.Weeks)
	for r, region := range w.regions {
		for _, m := range w.funnel.order {
			o.activity[m][r] = w.act(m, r, c, func(parent int) []float64 { return o.stock[parent][r] })
			o.stock[m][r] = w.channels[m].carry.adstock(o.activity[m][r])
		}
		for m, channel := range w.channels {
			for t, stock := range o.stock[m][r] {
				force := w.force[m][r][t] * w.boost(m, r, t, o.stock)
				o.media[m][r][t] = region.baseline * channel.effect * channel.curve.at(stock) * force
			}
		}
		w.sell(r, o)
	}
	return o
}

// boost returns the factor by which the first channel's stock A raises the effect of the second, 1 + synergy·2A/(1 + A).
func (w *World) boost(m, r, t int, stock []field) float64 {
	if m != 1 || w.config.Synergy == 0 {
		return 1
	}
	a := stock[0][r][t]
	return 1 + w.config.Synergy*2*a/(1+a)
}

// act returns the activity of a node, given its parents' stock.
func (w *World) act(m, r int, c change, stock func(parent int) []float64) []float64 {
	activity := slices.Clone(w.plans[m][r])
	lever, moved := c.lever[m]
	own := func(t int) float64 {
		if moved && c.in(t) {
			return lever
		}
		return 1
	}
	for t := range activity {
		activity[t] *= own(t)
	}
	w.funnel.move(m, activity, stock)
	for _, test := range w.tests {
		if test.changes(m, r) {
			for t := test.from; t <= test.to; t++ {
				activity[t] = own(t) * test.factor * w.untested.activity[m][r][t]
			}
		}
	}
	if factor, set := c.do[m]; set {
		for t := range activity {
			switch {
			case !c.in(t):
			case factor > 0:
				activity[t] = factor * w.observed.activity[m][r][t]
			default:
				activity[t] = 0 // also before anything is observed
			}
		}
	}
	return activity
}

// sell sets the KPI of a region.
func (w *World) sell(r int, o outcome) {
	g := w.given
	terms := append([]field{g.baseline, g.trend, g.season, g.noise}, g.controls...)
	for _, term := range append(terms, o.media...) {
		for t, value := range term[r] {
			o.sales[r][t] += value
		}
	}
}

// total adds up a field.
func total(f field) float64 {
	sum := 0.0
	for r := range f {
		for _, x := range f[r] {
			sum += x
		}
	}
	return sum
}
