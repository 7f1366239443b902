package report

import "fmt"

// panelSection is the section on the data and the configuration.
type panelSection struct {
	Lines       []string
	Filled      *chart // by week
	FilledRows  []filledRow
	BurnInWeeks int
	Config      string
}

// filledRow counts what was filled in of a region.
type filledRow struct {
	Region        string
	Trained, Held int
	First, Last   string
}

func (d *drawing) panel() panelSection {
	p := panelSection{Lines: d.Details.Report.Lines(), BurnInWeeks: d.Config.BurnInWeeks, Config: d.ConfigText}
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
	p.Filled = &chart{
		ID: "data-filled", Title: "Regions without a recorded value", Width: wideWidth, Height: 220, X: d.Details.Weeks,
		XName: "week", Stacked: true, Shade: d.holdout(), Series: []series{newSeries("regions filled in", "c1", count)},
		Caption: fmt.Sprintf("How many of the %s had no %s in a week, so that it was taken from another.",
			plural(len(d.Details.Regions), "region"), d.target()),
	}
	return p
}
