package simulate

import (
	"math"
	"slices"
)

// Market is the world as planners see one (model.Market): own parts of channels in, exposures, sales and gradients out. It knows the
// true equations, so that a plan made on it is the best that any model could lead to. Arrays are [regions, weeks, nodes] in
// impressions and KPI units.
type Market struct {
	w     *World
	own   []field // activity of the last run, before parents move it
	moved []field // activity by own: by shares the factor of the parents
	held  []bool
	last  outcome
}

// Market returns the world's market. Worlds with experiments have none: what these set is not planned.
func (w *World) Market() (*Market, error) {
	if len(w.tests) > 0 {
		return nil, &ConfigError{"experiments", len(w.tests), "none in a world that is planned"}
	}
	k := &Market{w: w}
	return k, k.Run(k.Planned(), nil)
}

// Planned is the own part of the exposure as it is: by shares all of it.
func (k *Market) Planned() []float64 {
	if k.w.config.Mechanism == Shares {
		return k.flat(k.w.observed.activity, true)
	}
	return k.flat(k.w.plans, true)
}

// Run plays the world with own parts; channels that are held have exactly these.
//
//	a = q + Σ_p w_p·A_p   and by shares   a = q·Π_p ((1 + A_p)/(1 + A⁰_p))^w_p
//
// where A⁰ is the stock as it is.
func (k *Market) Run(own []float64, held []bool) error {
	w := k.w
	nodes, weeks := len(w.channels), w.config.Weeks
	o := outcome{sales: newField(w.config.Regions, weeks)}
	k.own, k.moved, k.held = nil, nil, slices.Clone(held)
	for range nodes {
		for _, f := range []*[]field{&o.activity, &o.stock, &o.media, &k.own, &k.moved} {
			*f = append(*f, newField(w.config.Regions, weeks))
		}
	}
	for r, region := range w.regions {
		for _, m := range w.funnel.order {
			for t := range weeks {
				k.own[m][r][t] = own[(r*weeks+t)*nodes+m] / k.impressions(m, r)
				k.moved[m][r][t] = 1
			}
			copy(o.activity[m][r], k.own[m][r])
			if !k.holds(m) {
				k.follow(m, r, o)
			}
			o.stock[m][r] = w.channels[m].carry.adstock(o.activity[m][r])
		}
		for m, channel := range w.channels {
			for t, stock := range o.stock[m][r] {
				o.media[m][r][t] = region.baseline * channel.effect * channel.curve.at(stock) * w.force[m][r][t] * w.boost(m, r, t, o.stock)
			}
		}
	}
	k.last = o
	return nil
}

// follow moves a node's activity by its parents' stock.
func (k *Market) follow(m, r int, o outcome) {
	w := k.w
	for i, p := range w.funnel.parents[m] {
		weight := w.funnel.pull[m][i]
		for t, stock := range o.stock[p][r] {
			if w.config.Mechanism == Shares {
				k.moved[m][r][t] *= math.Pow((1+stock)/(1+w.observed.stock[p][r][t]), weight)
			} else {
				o.activity[m][r][t] += weight * stock
			}
		}
	}
	for t, factor := range k.moved[m][r] {
		o.activity[m][r][t] *= factor
	}
}

// Exposure is the exposure of the last run.
func (k *Market) Exposure() []float64 { return k.flat(k.last.activity, true) }

// Sold is what the channels sell in the last run.
func (k *Market) Sold() []float64 { return k.flat(k.last.media, false) }

// Pull is the gradient of Σ byExposure·Exposure + Σ bySold·Sold at the last run by own parts.
func (k *Market) Pull(byExposure, bySold []float64) ([]float64, error) {
	w := k.w
	nodes, weeks := len(w.channels), w.config.Weeks
	out := make([]float64, len(byExposure))
	for r := range w.regions {
		byStock := k.pullSold(r, bySold)
		for _, m := range slices.Backward(w.funnel.order) {
			by := w.channels[m].carry.pull(byStock[m])
			for t := range by {
				by[t] += byExposure[(r*weeks+t)*nodes+m] * k.impressions(m, r)
				out[(r*weeks+t)*nodes+m] = by[t] * k.moved[m][r][t] / k.impressions(m, r)
			}
			if k.holds(m) {
				continue
			}
			for i, p := range w.funnel.parents[m] {
				for t, g := range by {
					weight := w.funnel.pull[m][i]
					if w.config.Mechanism == Shares {
						weight *= k.last.activity[m][r][t] / (1 + k.last.stock[p][r][t])
					}
					byStock[p][t] += weight * g
				}
			}
		}
	}
	return out, nil
}

// pullSold is the gradient of Σ bySold·Sold by the nodes' stocks in a region, [nodes][weeks].
func (k *Market) pullSold(r int, bySold []float64) [][]float64 {
	w := k.w
	nodes, weeks := len(w.channels), w.config.Weeks
	by := newField(nodes, weeks)
	for m, channel := range w.channels {
		for t, stock := range k.last.stock[m][r] {
			g := bySold[(r*weeks+t)*nodes+m]
			by[m][t] += g * w.regions[r].baseline * channel.effect * channel.curve.slopeAt(stock) * w.force[m][r][t] * w.boost(m, r, t, k.last.stock)
			if m == 1 && w.config.Synergy > 0 {
				a := k.last.stock[0][r][t]
				by[0][t] += g * k.last.media[m][r][t] / w.boost(m, r, t, k.last.stock) * w.config.Synergy * 2 / ((1 + a) * (1 + a))
			}
		}
	}
	return by
}

// Reach lists the nodes that follow a node, itself first.
func (k *Market) Reach(node int) []int {
	reached := []int{node}
	for _, m := range k.w.funnel.order {
		if m != node && slices.ContainsFunc(k.w.funnel.parents[m], func(p int) bool { return slices.Contains(reached, p) }) {
			reached = append(reached, m)
		}
	}
	return reached
}

// Additive reports whether what a channel sells depends on its own exposure only.
func (k *Market) Additive() bool { return k.w.config.Synergy == 0 }

func (k *Market) holds(m int) bool { return k.held != nil && k.held[m] }

// impressions are those of a unit of activity.
func (k *Market) impressions(m, r int) float64 { return k.w.channels[m].unit * k.w.regions[r].size }

// flat is [regions, weeks, nodes], in impressions if it is of activity.
func (k *Market) flat(fields []field, ofActivity bool) []float64 {
	w := k.w
	out := make([]float64, 0, w.config.Regions*w.config.Weeks*len(fields))
	for r := range w.regions {
		for t := range w.config.Weeks {
			for m, f := range fields {
				x := f[r][t]
				if ofActivity {
					x *= k.impressions(m, r)
				}
				out = append(out, x)
			}
		}
	}
	return out
}
