package panel

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Report lists what Read or New found and filled.
type Report struct {
	File             string   `json:"file,omitempty"`
	TargetName       string   `json:"target,omitempty"`
	Rows             int      `json:"rows"` // number of rows read
	Regions          int      `json:"regions"`
	Weeks            int      `json:"weeks"`
	FirstWeek        string   `json:"first_week"`
	LastWeek         string   `json:"last_week"`
	AddedRegionWeeks int      `json:"added_region_weeks"`        // missing rows
	ShortRegions     []string `json:"short_regions"`             // regions with missing rows
	MediaZeroed      int      `json:"media_zeroed"`              // media cells missing in rows that are there, now 0
	ZeroedChannels   []string `json:"zeroed_channels,omitempty"` // channels that have such cells
	SpendZeroed      int      `json:"spend_zeroed"`              // missing spend cells, now 0
	ControlFilled    Filled   `json:"control_filled"`
	TargetFilled     Filled   `json:"target_filled"`
	NoTarget         []string `json:"no_target"` // regions without any target: filled by the column's mean
	Spacing          Spacing  `json:"spacing"`
}

// Filled counts missing cells by the source of their new value.
type Filled struct {
	Forward  int `json:"forward"`  // the region's last known week
	Backward int `json:"backward"` // the region's next known week
	Mean     int `json:"mean"`     // the column's mean: the region has no value at all
}

func (f *Filled) add(g Filled) {
	f.Forward += g.Forward
	f.Backward += g.Backward
	f.Mean += g.Mean
}

// countMissing counts the missing rows of each region, and returns their total.
func (r *Report) countMissing(p *Panel) int {
	for cell, missing := range p.Missing {
		if !missing {
			continue
		}
		r.AddedRegionWeeks++
		if name := p.Regions[cell/len(p.Weeks)]; !slices.Contains(r.ShortRegions, name) {
			r.ShortRegions = append(r.ShortRegions, name)
		}
	}
	return r.AddedRegionWeeks
}

// zeroMedia sets missing media cells to 0, and reports those in rows that are there: a missing row does not mean zero exposure.
func (r *Report) zeroMedia(p *Panel) {
	M := len(p.Channels)
	zeroed := make([]bool, M)
	for i, x := range p.Media {
		if !math.IsNaN(x) {
			continue
		}
		p.Media[i] = 0
		if p.HasRow(i / M) {
			r.MediaZeroed++
			zeroed[i%M] = true
		}
	}
	for m, name := range p.Channels {
		if zeroed[m] {
			r.ZeroedChannels = append(r.ZeroedChannels, name)
		}
	}
}

func (r *Report) describe(p *Panel) {
	r.Regions, r.Weeks = len(p.Regions), len(p.Weeks)
	r.FirstWeek, r.LastWeek = p.Weeks[0], p.Weeks[len(p.Weeks)-1]
}

// String joins the lines.
func (r Report) String() string { return strings.Join(r.Lines(), "\n") }

// Lines summarises the table on one line, and each filling or problem on a line of its own.
func (r Report) Lines() []string {
	regions := "regions"
	if r.Regions == 1 {
		regions = "region"
	}
	lines := []string{fmt.Sprintf("%s%d rows, %d %s × %d weeks (%s to %s)",
		prefix(r.File), r.Rows, r.Regions, regions, r.Weeks, r.FirstWeek, r.LastWeek)}
	note := func(happened bool, form string, args ...any) {
		if happened {
			lines = append(lines, fmt.Sprintf(form, args...))
		}
	}
	note(r.AddedRegionWeeks > 0, "missing region-weeks, added: %d, in %d of the regions (%s)",
		r.AddedRegionWeeks, len(r.ShortRegions), list(r.ShortRegions, 10))
	note(r.MediaZeroed > 0, "missing media cells, set to 0: %d (%s)", r.MediaZeroed, list(r.ZeroedChannels, 10))
	note(r.SpendZeroed > 0, "missing spend cells, set to 0: %d", r.SpendZeroed)
	note(r.ControlFilled != Filled{}, "missing control cells, filled: %s", r.ControlFilled)
	note(r.TargetFilled != Filled{}, "missing target cells, filled: %s", r.TargetFilled)
	note(len(r.NoTarget) > 0, "regions without any target: %s (consider leaving them out)", list(r.NoTarget, 10))
	note(len(r.Spacing.Gaps) > 0, "weeks are %s apart, but not %s (lags across are wrong)",
		r.Spacing.step(), list(r.Spacing.places(), 5))
	return lines
}

// String lists the sources that were used.
func (f Filled) String() string {
	var parts []string
	for _, s := range []struct {
		n    int
		from string
	}{
		{f.Forward, "an earlier week of the region"},
		{f.Backward, "a later week of the region"},
		{f.Mean, "the column's mean"},
	} {
		if s.n > 0 {
			parts = append(parts, fmt.Sprintf("%d from %s", s.n, s.from))
		}
	}
	return strings.Join(parts, ", ")
}

func (s Spacing) places() []string {
	var all []string
	for _, g := range s.Gaps {
		all = append(all, fmt.Sprintf("%s to %s", g.After, g.Before))
	}
	return all
}

func (s Spacing) step() string {
	if s.Unit == string(dates) {
		return fmt.Sprintf("%d days", s.Step)
	}
	return fmt.Sprint(s.Step)
}
