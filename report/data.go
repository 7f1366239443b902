package report

import (
	"fmt"
	"math"
)

// panelSection is the section on the data and the configuration.
type panelSection struct {
	Lines      []string
	Filled     *chart // by week
	FilledRows []filledRow
	Config     string
}

// filledRow counts the weeks of a region without a recorded target.
type filledRow struct {
	Region        string
	Trained, Held int
	First, Last   string
}

func (d *drawing) panel(config string) panelSection {
	p := panelSection{Lines: d.Details.Report.Lines(), Config: config}
	count := make([]float64, len(d.Details.Weeks))
	for r, weeks := range d.Details.Filled {
		if len(weeks) == 0 {
			continue
		}
		row := filledRow{
			Region: oneLine(d.Details.Regions[r]), First: d.Details.Weeks[weeks[0]], Last: d.Details.Weeks[weeks[len(weeks)-1]],
		}
		for _, w := range weeks {
			count[w]++
			if w >= d.Details.HoldoutFrom {
				row.Held++
			} else {
				row.Trained++
			}
		}
		p.FilledRows = append(p.FilledRows, row)
	}
	p.Filled = d.overWeeks(&chart{
		ID: "data-filled", Title: "Regions without a recorded value", Size: full, Height: 220, Stacked: true,
		Series: []series{newSeries("regions filled in", "c1", count)},
		Caption: fmt.Sprintf("How many of the %s had no %s in a %s, so that it was taken from another.",
			plural(len(d.Details.Regions), "region"), d.target(), d.noun()),
	})
	return p
}

// overWeeks sets a chart's horizontal axis to the weeks of the panel, with the holdout shaded.
func (d *drawing) overWeeks(c *chart) *chart {
	c.X, c.XName, c.Shade = d.Details.Weeks, d.noun(), d.holdout()
	return c
}

// filledIn reports for each region-week whether its target was filled in. One that was neither recorded nor filled in is
// NaN, and counts in no figure.
func (d *drawing) filledIn() []bool {
	weeks := len(d.Details.Weeks)
	filled := make([]bool, len(d.actual))
	for r, missing := range d.Details.Filled {
		for _, w := range missing {
			filled[r*weeks+w] = !math.IsNaN(d.actual[r*weeks+w])
		}
	}
	return filled
}

// filledCounts counts the region-weeks whose target was filled in, of training and holdout.
func (d *drawing) filledCounts() (trained, held int) {
	for i, filled := range d.filledIn() {
		switch {
		case filled && i%len(d.Details.Weeks) >= d.Details.HoldoutFrom:
			held++
		case filled:
			trained++
		}
	}
	return trained, held
}

// unrecorded counts the region-weeks without a target.
func (d *drawing) unrecorded() int {
	count := 0
	for _, y := range d.actual {
		if math.IsNaN(y) {
			count++
		}
	}
	return count
}
