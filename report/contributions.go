package report

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/train/model"
)

// contributions is the section on the components of the prediction.
type contributions struct {
	OverTime  *chart
	Waterfall *bars
	Shares    *bars
	Spend     *bars // nil if no spend is given
	Rows      []contributionRow
	Unmatched []string // spend columns without a channel
}

// contributionRow is a row of the table of contributions.
type contributionRow struct {
	Name       string
	Kind       model.Kind
	Total      float64
	Share      float64
	Spend      float64 // NaN if none is given
	SpendShare float64
}

func (d *drawing) contributions() contributions {
	c := contributions{OverTime: d.overTime()}
	order := d.order()
	c.Waterfall = &bars{ID: "waterfall", Title: "From the baseline to the prediction",
		Caption: fmt.Sprintf("What each component adds to the predicted %s, over all regions and %s.", d.target(), d.Details.Report.Resolution.Noun(2))}
	c.Shares = &bars{ID: "shares", Title: "Shares of the prediction",
		Caption: "In per cent; they add up to 100.0, counting those below zero."}
	sum := 0.0
	for _, i := range order {
		name := oneLine(d.Details.Components[i].Name)
		c.Waterfall.Rows = append(c.Waterfall.Rows, bar{
			Label: d.short[i], Full: name, Look: d.looks[i], From: sum, To: sum + d.totals[i], Text: compactly(d.totals[i]),
		})
		sum += d.totals[i]
		c.Shares.Rows = append(c.Shares.Rows, bar{
			Label: d.short[i], Full: name, Look: d.looks[i], To: d.shares[i], Text: percent(d.shares[i]),
		})
	}
	c.Waterfall.Rows = append(c.Waterfall.Rows, bar{
		Label: "prediction", Full: "prediction", Look: "total", To: sum, Text: compactly(sum),
	})
	c.addSpend(d, order)
	return c
}

// compactly writes a quantity beside its bar.
func compactly(x float64) string {
	if math.Abs(x) < 1000 {
		return quantity(x)
	}
	return compact(toDigits(x, 3))
}

// order lists the components as they are stacked: baseline, trend and season, controls, then channels by contribution.
func (d *drawing) order() []int {
	var order []int
	for i, c := range d.Details.Components {
		if group := c.Kind.Group(); group != model.Control && group != model.Media {
			order = append(order, i)
		}
	}
	return slices.Concat(order, d.ofKind(model.Control), d.ranked())
}

// overTime stacks the components: controls together, and channels beyond the colours together.
func (d *drawing) overTime() *chart {
	c := d.overWeeks(&chart{
		ID: "contributions-total", Title: "Contributions over time", Size: full, Height: 360, Stacked: true,
		Caption: fmt.Sprintf("What adds up to the predicted %s, over all regions. Controls are taken together.", d.target()),
	})
	sums := map[string][]float64{}
	counts := map[string]int{}
	for _, i := range d.order() {
		look := d.looks[i]
		values := d.overRegions(d.values[i])
		counts[look]++
		if sums[look] != nil {
			for w, v := range values {
				sums[look][w] += v
			}
			continue
		}
		sums[look] = values
		c.Series = append(c.Series, series{Name: d.short[i], Look: look})
	}
	for i := range c.Series {
		s := &c.Series[i]
		s.Values = roundedAll(sums[s.Look])
		switch n := counts[s.Look]; {
		case s.Look == "control":
			s.Name = plural(n, "control")
		case n > 1:
			s.Name = fmt.Sprintf("%d other channels", n)
		}
	}
	return c
}
