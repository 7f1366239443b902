package report

import (
	"slices"

	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

// addSpend compares the channels' contributions with their costs, as far as these are known.
func (c *contributions) addSpend(d *drawing, order []int) {
	channels := d.channels()
	spend := spendOf(channels, d.Details.Spend)
	paid, contributed, with := 0.0, 0.0, 0
	used := map[string]bool{}
	media := d.ofKind(model.Media)
	for k, i := range media {
		if s := spend[k]; s != nil {
			paid += s.Total
			contributed += d.totals[i]
			used[s.Column] = true
			with++
		}
	}
	for _, s := range d.Details.Spend {
		if !used[s.Column] {
			c.Unmatched = append(c.Unmatched, oneLine(s.Column))
		}
	}
	for _, i := range order {
		component := d.Details.Components[i]
		row := contributionRow{oneLine(component.Name), component.Kind, d.totals[i], d.shares[i], nan, nan}
		if k := slices.Index(media, i); k >= 0 && spend[k] != nil && paid > 0 {
			row.Spend, row.SpendShare = spend[k].Total, spend[k].Total/paid
		}
		c.Rows = append(c.Rows, row)
	}
	if with < 2 || !(paid > 0) || !(contributed > 0) {
		return // the part of one channel is all
	}
	c.Spend = &bars{ID: "spend", Title: "Effect and spend",
		Caption: "Of the channels whose spend is given: each one's part of what they contribute together, and of what they " +
			"cost together."}
	var effects, costs []float64
	var paying []int
	for _, i := range d.ranked() {
		if s := spend[slices.Index(media, i)]; s != nil {
			paying = append(paying, i)
			effects, costs = append(effects, d.totals[i]/contributed), append(costs, s.Total/paid)
		}
	}
	effects, costs = tenths(effects), tenths(costs)
	for k, i := range paying {
		name := oneLine(d.Details.Components[i].Name)
		c.Spend.Rows = append(c.Spend.Rows,
			bar{Label: d.short[i], Full: name, Look: d.looks[i], To: effects[k], Text: percent(effects[k]) + " effect"},
			bar{Full: name, Look: "cost", To: costs[k], Text: percent(costs[k]) + " spend", Tight: true})
	}
}

// spendOf lists each channel's spend, nil if it is not known.
func spendOf(channels []string, spend []train.Spend) []*train.Spend {
	out := make([]*train.Spend, len(channels))
	for i := range spend {
		if m := slices.Index(channels, spend[i].Channel); m >= 0 {
			out[m] = &spend[i]
		}
	}
	return out
}
