package train

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/jsonfile"
)

// The files of a comparison.
const (
	compareFile = "compare.json"
	compareCSV  = "compare.csv"
	ComparePage = "compare.html" // which package report draws
)

// Write leaves compare.json, compare.csv and the page in dir.
func (c *Comparison) Write(dir string, page func(io.Writer) error) error {
	return files.Write(dir,
		files.As(compareFile, func(w io.Writer) error { _, err := jsonfile.Encode(w, c, " "); return err }),
		files.As(compareCSV, c.writeCSV), files.As(ComparePage, page))
}

func (c *Comparison) writeCSV(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("kind", "name", "before", "after", "change", "before_low", "before_high", "after_low", "after_high", "allowed", "beyond", "roi_before", "roi_after")
	for _, ch := range c.Channels {
		beyond := ""
		if !math.IsNaN(ch.Allowed) {
			beyond = fmt.Sprint(ch.Beyond())
		}
		t.row("channel", cell.Text(ch.Name), number(ch.Before), number(ch.After), number(ch.Change()), number(ch.BeforeLow), number(ch.BeforeHigh), number(ch.AfterLow),
			number(ch.AfterHigh), number(ch.Allowed), beyond, number(ch.ROIBefore), number(ch.ROIAfter))
	}
	for _, s := range c.Others {
		t.row("component", cell.Text(s.Name), number(s.Before), number(s.After), number(s.Change()), "", "", "", "", "", "", "", "")
	}
	for _, e := range c.Edges {
		t.row("edge", cell.Text(e.From+" → "+e.To), number(e.Before), number(e.After), number(e.After-e.Before), "", "", "", "", "", "", "", "")
	}
	return t.end()
}

// Lines say what moved, in a terminal.
func (c *Comparison) Lines() []string {
	var lines []string
	for _, m := range []struct {
		what string
		ComparedModel
	}{{"before", c.Before}, {"after ", c.After}} {
		line := fmt.Sprintf("%s   %s: %s to %s, %d regions; wMAPE %.2f %%", m.what, m.Folder, m.From, m.To, m.Regions, 100*m.Train)
		if m.Holdout != nil {
			line += fmt.Sprintf(", holdout %.2f %%", 100**m.Holdout)
		}
		if m.Skill != nil {
			line += fmt.Sprintf(", skill %.3f", *m.Skill)
		}
		lines = append(lines, line)
	}
	lines = append(lines, "shares   of the prediction, total effects; in brackets the change that the 80 % intervals allow")
	for _, ch := range c.Channels {
		if ch.Both() {
			lines = append(lines, fmt.Sprintf("  %-24s %5.1f → %5.1f %%  %+5.1f  %s%s", ch.Name, 100*ch.Before, 100*ch.After, 100*ch.Change(), ch.allowed(), ch.returned()))
		}
	}
	for _, s := range c.Others {
		lines = append(lines, fmt.Sprintf("  %-24s %5.1f → %5.1f %%  %+5.1f", s.Name, 100*s.Before, 100*s.After, 100*s.Change()))
	}
	if len(c.Edges) > 0 {
		lines = append(lines, "graph    weights of edges")
	}
	for _, e := range c.Edges {
		lines = append(lines, fmt.Sprintf("  %-50s %6.2f → %6.2f  %s", e.From+" → "+e.To, e.Before, e.After, e.What()))
	}
	if f := c.Forecast; f != nil {
		lines = append(lines, fmt.Sprintf("fits     of the %d region-weeks that both have, %s to %s, differ by %.2f %%; their recorded target by %.2f %%", f.Cells, f.From, f.To,
			100*f.Difference, 100*f.Revised))
	}
	for _, note := range c.Notes {
		lines = append(lines, "note: "+note)
	}
	return append(lines, "stable   "+c.Stable.String())
}

func (ch ChannelChange) allowed() string {
	switch {
	case math.IsNaN(ch.Allowed):
		return ""
	case ch.Beyond():
		return fmt.Sprintf("(±%.1f): beyond", 100*ch.Allowed)
	}
	return fmt.Sprintf("(±%.1f)", 100*ch.Allowed)
}

func (ch ChannelChange) returned() string {
	if math.IsNaN(ch.ROIBefore) && math.IsNaN(ch.ROIAfter) {
		return ""
	}
	return fmt.Sprintf("  ROI %s → %s", threeDigits(ch.ROIBefore), threeDigits(ch.ROIAfter))
}

// String says it in words.
func (s Stability) String() string {
	text := fmt.Sprintf("shares of channels moved by %.2f percentage points on average", 100*s.MeanChange)
	if s.Within != nil {
		text = fmt.Sprintf("%.0f %% of the channels moved by no more than their intervals allow; ", 100**s.Within) + text
	}
	if s.Edges != nil {
		text += fmt.Sprintf("; %.0f %% of the edges are in both graphs", 100**s.Edges)
	}
	return text
}
