package report

import (
	"fmt"
	"io"
	"strings"

	"deepcausalmmm/train"
)

// comparePage holds the data of the page of a comparison.
type comparePage struct {
	assetsOf
	Data pageData

	*train.Comparison
	Verdict   string
	Good      bool
	Sentences []string
	Shares    *bars
	Rows      []compareRow
	Models    []train.ComparedModel
	Returned  bool // a channel has a return
}

// compareRow is a channel before and after.
type compareRow struct {
	train.ChannelChange
	Full, Says string
	Failed     bool // beyond its intervals
}

// Title is the page's.
func (p *comparePage) Title() string { return "What moved in the model of " + oneLine(p.KPI) }

// stableShare is the share of the channels within their intervals from which on a model counts as stable: that of independent estimates.
const stableShare = 0.8

// DrawComparison writes a comparison as an HTML page. Equal comparisons give equal bytes.
func DrawComparison(w io.Writer, c *train.Comparison) error {
	assets, err := loadAssets()
	if err != nil {
		return err
	}
	p := &comparePage{
		assetsOf: assets, Data: pageData{Weeks: []string{}, Charts: map[string]chartData{}}, Comparison: c, Verdict: sentence(c.Stable.String()),
		Good: c.Stable.Within != nil && *c.Stable.Within >= stableShare, Models: []train.ComparedModel{c.Before, c.After},
		Shares: &bars{ID: "compare-shares", Title: "Total effects", Caption: "As shares of the prediction: above after, below before. Lines are intervals of 80 %."},
	}
	p.fill()
	return pageTemplate.ExecuteTemplate(w, "compare.tmpl", p)
}

func (p *comparePage) fill() {
	var names, beyond []string
	for _, ch := range p.Channels {
		names = append(names, ch.Name)
	}
	short := labels(names, 18)
	for i, ch := range p.Channels {
		row := compareRow{ChannelChange: ch, Full: oneLine(ch.Name), Failed: ch.Beyond()}
		switch {
		case !ch.Both():
			row.Says = "in one only"
		case row.Failed:
			row.Says = "beyond"
			beyond = append(beyond, fmt.Sprintf("%s (%s to %s)", short[i], percent(ch.Before), percent(ch.After)))
		case ch.Allowed == ch.Allowed:
			row.Says = "within"
		}
		p.Rows, p.Returned = append(p.Rows, row), p.Returned || ch.ROIBefore == ch.ROIBefore || ch.ROIAfter == ch.ROIAfter
		if ch.Both() {
			p.Shares.Rows = append(p.Shares.Rows, comparedBar(short[i], row.Full+", after", "c0", ch.After, ch.AfterLow, ch.AfterHigh),
				comparedBar("", row.Full+", before", "cost", ch.Before, ch.BeforeLow, ch.BeforeHigh))
		}
	}
	switch {
	case beyond != nil:
		p.Sentences = append(p.Sentences, "Beyond their intervals: "+strings.Join(beyond, ", ")+".")
	case p.Stable.Within != nil:
		p.Sentences = append(p.Sentences, "No channel moved beyond its intervals.")
	default:
		p.Sentences = append(p.Sentences, "How sure the shares are is not known: a training has no intervals.")
	}
}

// comparedBar is a share; one without a label belongs to the bar above.
func comparedBar(label, full, look string, share, low, high float64) bar {
	b := bar{Label: label, Full: full, Look: look, To: share, Text: percent(share), Tight: label == ""}
	if low == low && high == high {
		b.Ranges = [][2]float64{{low, high}}
	}
	return b
}
