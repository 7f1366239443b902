package simulate

import (
	"math"
	"slices"
	"strings"
)

// maxReturn is the largest return that can be configured.
const maxReturn = 1e6

// prices draws the money per impression of each channel: such that what it sells by itself, by what it costs, is between the configured
// returns; of a channel that sells through others, its total effect. nil without spend.
func (w *World) prices() []float64 {
	if w.config.Returns == ([2]float64{}) {
		return nil
	}
	prices := make([]float64, len(w.config.Channels))
	for m := range prices {
		returned := math.Exp(between(w.draws.stream("price", m), math.Log(w.config.Returns[0]), math.Log(w.config.Returns[1])))
		exposure := w.impressions(w.observed.activity[m]) * w.channels[m].unit
		sold := w.sum(w.observed.media[m])
		if slices.Contains(w.config.Upper, w.config.Channels[m]) {
			sold = w.sum(w.observed.sales) - w.sum(w.silenced(m))
		}
		prices[m] = math.Abs(sold) / returned / exposure
	}
	return prices
}

// Prices returns the money per impression of each channel, in the order of the columns; nil without spend.
func (w *World) Prices() []float64 { return w.price }

// spendColumns are the columns of spend: tv_spend of tv_impressions.
func (w *World) spendColumns() []string {
	var names []string
	for m := range w.price {
		names = append(names, strings.TrimSuffix(w.config.Channels[m], "_impressions")+"_spend")
	}
	return names
}

// spent is what the activity of a channel costs in each week, over the regions of the panel.
func (w *World) spent(channel int, activity field) []float64 {
	weekly := make([]float64, w.config.Weeks)
	for r, region := range w.regions {
		for t, kept := range w.kept[r] {
			if kept {
				weekly[t] += w.price[channel] * activity[r][t] * w.channels[channel].unit * region.size
			}
		}
	}
	return weekly
}
