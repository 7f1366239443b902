package simulate

// World is a simulated panel and its causes. Run draws all random numbers once; play computes the outcome from them, with all
// channels on air or with one silenced.
type World struct {
	config   Config
	draws    draws
	weeks    calendar
	funnel   *funnel
	regions  []market
	channels []medium
	controls []driver

	z        []field  // controls as deviations from normal, [controls][regions][weeks]
	plans    []field  // activity of each channel's own plan, [channels][regions][weeks]
	given    external // the terms that do not depend on media
	kept     [][]bool // rows of the panel, [regions][weeks]
	observed outcome  // with all channels on air
}

// outcome is the result of play.
type outcome struct {
	activity []field // own plan plus the part caused by parents, in units of activity, [channels][regions][weeks]
	stock    []field // adstocked activity
	media    []field // effect term of each channel, in KPI units
	sales    field   // KPI
}

// Run simulates the world of c.
func Run(c Config) (*World, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	d := draws(c.Seed)
	graph, err := newFunnel(c, d)
	if err != nil {
		return nil, err
	}
	w := &World{
		config:   c,
		draws:    d,
		weeks:    newCalendar(c.Start, c.Weeks),
		funnel:   graph,
		channels: newChannels(d, c.Channels),
		controls: newControls(d, c.Controls),
	}
	for r := range c.Regions {
		w.regions = append(w.regions, newRegion(d, r))
	}
	w.z = w.drawControls()
	w.plans = w.drawPlans()
	w.given = w.drawExternal()
	w.kept = w.drawKept()
	w.observed = w.play(noChannel)
	return w, nil
}

// noChannel silences no channel.
const noChannel = -1

// play runs the structural equations. Activity a of channel m, its stock A and the KPI of region r in week t are
//
//	a_m   = plan_m + Σ_parents p of m: pull_pm · A_p        (0 if m is silenced: do(a_m := 0), Pearl 2009)
//	A_m   = adstock(a_m)
//	sales = baseline + trend + season + Σ controls + noise + Σ_m baseline_r · effect_m · hill(A_m)
//
// Plans and external terms are the same in every call, so that two outcomes differ only by the intervention.
func (w *World) play(silenced int) outcome {
	var o outcome
	for range w.channels {
		o.activity = append(o.activity, newField(w.config.Regions, w.config.Weeks))
		o.stock = append(o.stock, make(field, w.config.Regions))
		o.media = append(o.media, newField(w.config.Regions, w.config.Weeks))
	}
	o.sales = newField(w.config.Regions, w.config.Weeks)
	for r := range w.regions {
		for _, m := range w.funnel.order {
			if m != silenced {
				w.run(m, r, o)
			}
			o.stock[m][r] = w.channels[m].adstock(o.activity[m][r])
			for t, stock := range o.stock[m][r] {
				o.media[m][r][t] = w.regions[r].baseline * w.channels[m].effect * w.channels[m].saturation(stock)
			}
		}
		w.sell(r, o)
	}
	return o
}

// run sets the activity of a channel on air from its plan and its parents' stock.
func (w *World) run(m, r int, o outcome) {
	activity := o.activity[m][r]
	copy(activity, w.plans[m][r])
	for i, parent := range w.funnel.parents[m] {
		for t, stock := range o.stock[parent][r] {
			activity[t] += w.funnel.pull[m][i] * stock
		}
	}
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
