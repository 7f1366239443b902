package panel

import (
	"fmt"
	"maps"
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
	MediatorFilled   Filled   `json:"mediator_filled,omitzero"`
	TargetFilled     Filled   `json:"target_filled"`
	NoTarget         []string `json:"no_target"`               // regions without any target: filled by the column's mean
	SpelledTwice     []string `json:"spelled_twice,omitempty"` // pairs of regions whose names differ only in capitals or space
	Totals           []string `json:"totals,omitempty"`        // regions that are the sum of all others
	Closed           Closed   `json:"closed,omitzero"`
	Spacing          Spacing  `json:"spacing"`

	Resolution Resolution  `json:"resolution,omitzero"` // of the weeks, unless they are weeks
	Dates      *Reading    `json:"dates,omitempty"`     // nil if the weeks are in ISO 8601 or numbers
	Aligned    []Alignment `json:"aligned,omitempty"`   // weeks that were moved to another weekday

	BlankRows int                       `json:"blank_rows,omitempty"` // rows without any value, skipped
	Words     map[string]map[string]int `json:"words,omitempty"`      // cells that say NA or the like, by role and word

	RevenueFilled      Filled     `json:"revenue_filled,omitzero"`
	Categories         []Category `json:"categories,omitempty"`             // columns of words
	DuplicateRows      int        `json:"duplicate_rows,omitempty"`         // rows that share their region and week with others
	DuplicateCells     int        `json:"duplicate_cells,omitempty"`        // their regions and weeks
	Duplicates         string     `json:"duplicates,omitempty"`             // what was done with them
	Repeated           []string   `json:"repeated,omitempty"`               // columns that were added up though all such rows have the same value
	UnpairedSpend      []string   `json:"unpaired_spend,omitempty"`         // spend columns that are no channel's
	WithoutSpend       []string   `json:"channels_without_spend,omitempty"` // channels that are bought, if others have a spend
	UnsteadyPopulation []string   `json:"unsteady_population,omitempty"`    // regions whose population varies over the weeks
}

// Alignment tells which regions date weeks by another weekday than most, and by how many days those were moved.
type Alignment struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	Days    int      `json:"days"`
	Regions []string `json:"regions"`
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
// Mediators are not media.
func (r *Report) zeroMedia(p *Panel) {
	M := len(p.Channels)
	zeroed := make([]bool, M)
	for i, x := range p.Media {
		if !math.IsNaN(x) || p.Kind(i%M) == Mediator {
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
	if weeks := (Resolution{Week, 1}); p.Resolution != weeks && p.Resolution.Period != Number {
		r.Resolution = p.Resolution
	}
}

// String joins the lines.
func (r Report) String() string { return strings.Join(r.Lines(), "\n") }

// Lines summarises the table on one line, and each filling or problem on a line of its own.
func (r Report) Lines() []string {
	regions := "regions"
	if r.Regions == 1 {
		regions = "region"
	}
	noun := r.Resolution.Noun
	lines := []string{fmt.Sprintf("%s%d rows, %d %s × %d %s (%s to %s)",
		prefix(r.File), r.Rows, r.Regions, regions, r.Weeks, r.Resolution.RowNoun(2), r.FirstWeek, r.LastWeek)}
	note := func(happened bool, form string, args ...any) {
		if happened {
			lines = append(lines, fmt.Sprintf(form, args...))
		}
	}
	note(r.Dates != nil, "%s", r.Dates)
	note(r.Resolution.Period == Day, "rows are %s, not weeks: carry-over and lags count days", r.Resolution.RowNoun(2))
	for _, a := range r.Aligned {
		note(true, "%s", a)
	}
	note(r.AddedRegionWeeks > 0, "missing region-%s, added: %d, in %d of the regions (%s)", noun(2),
		r.AddedRegionWeeks, len(r.ShortRegions), list(r.ShortRegions, 10))
	note(r.BlankRows > 0, "blank rows, skipped: %d", r.BlankRows)
	if len(r.Words) > 0 {
		said, counts := r.words()
		note(true, "cells that say %s, taken for missing: %s", said, counts)
	}
	note(r.MediaZeroed > 0, "missing media cells, set to 0: %d (%s), %.0f %% of the cells there", r.MediaZeroed, list(r.ZeroedChannels, 10),
		100*float64(r.MediaZeroed)/float64(r.Rows*len(r.ZeroedChannels)))
	note(r.SpendZeroed > 0, "missing spend cells, set to 0: %d", r.SpendZeroed)
	note(r.ControlFilled != Filled{}, "missing control cells, filled: %s", r.ControlFilled)
	note(r.MediatorFilled != Filled{}, "missing mediator cells, filled: %s", r.MediatorFilled)
	note(r.RevenueFilled != Filled{}, "missing cells of the revenue per unit, filled: %s", r.RevenueFilled)
	note(r.TargetFilled != Filled{}, "missing target cells, filled: %s", r.TargetFilled)
	note(len(r.NoTarget) > 0, "regions without any target: %s (consider leaving them out)", list(r.NoTarget, 10))
	note(len(r.SpelledTwice) > 0, "regions whose names differ only in capitals or space: %s (if they are one, write it in one way)",
		list(r.SpelledTwice, 10))
	note(len(r.Totals) > 0, "regions that are the sum of all others: %s (leave them out: everything counts twice)", list(r.Totals, 10))
	note(r.Closed.RegionWeeks > 0, "%s", r.Closed.line(r.Regions))
	gaps := r.Spacing.withoutWeekends()
	if len(gaps.Gaps) < len(r.Spacing.Gaps) {
		note(true, "rows are working days: lags and carry-over count rows, not the days of weekends, and 365 rows are taken for a year "+
			"(sum them up to weeks if the season matters)")
	}
	note(len(gaps.Gaps) > 0, "%s are %s apart, but not %s (lags across are wrong)", noun(2), gaps.step(), list(gaps.places(), 5))
	note(r.DuplicateRows > 0, "rows of the same region and week: %d in %d region-weeks, of which one was made by %s",
		r.DuplicateRows, r.DuplicateCells, r.Duplicates)
	note(len(r.Repeated) > 0, "columns that were added up, though all rows of a region and week have the same value: %s (if the table "+
		"repeats a total in every row, leave it in one)", list(r.Repeated, 10))
	for _, c := range r.Categories {
		note(true, "%s has words: %s", c.Column, c.words())
	}
	note(len(r.UnpairedSpend) > 0, "spend columns without a channel, not used: %s (pair them under data.channels)",
		list(r.UnpairedSpend, 10))
	note(len(r.WithoutSpend) > 0, "channels without spend: %s (pair them under data.channels)", list(r.WithoutSpend, 10))
	note(len(r.UnsteadyPopulation) > 0, "regions whose population varies by more than %.0f %%, of which the mean counts: %s",
		100*unsteady, list(r.UnsteadyPopulation, 10))
	return lines
}

// words lists the words for missing values, and the numbers of their cells by role.
func (r Report) words() (words, counts string) {
	var said, counted []string
	for _, as := range slices.Sorted(maps.Keys(r.Words)) {
		n := 0
		for word, count := range r.Words[as] {
			n += count
			said = append(said, word)
		}
		counted = append(counted, fmt.Sprintf("%d of %s", n, as))
	}
	slices.Sort(said)
	return list(slices.Compact(said), 10), strings.Join(counted, ", ")
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

// step is the usual distance in words.
func (s Spacing) step() string {
	unit := map[string]string{string(dates): "day", string(months): "month", string(quarters): "quarter"}[s.Unit]
	if unit == "" {
		return fmt.Sprint(s.Step)
	}
	return plural(s.Step, unit)
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (d *Reading) String() string {
	return fmt.Sprintf("%q is read as %s (%s)", d.Label, d.Week, d.Notation)
}

func (a Alignment) String() string {
	way := "later"
	if a.Days < 0 {
		way = "earlier"
	}
	return fmt.Sprintf("weeks dated by another weekday, %s instead of %s, aligned %s %s: %s", a.From, a.To,
		plural(int64(max(a.Days, -a.Days)), "day"), way, list(a.Regions, 10))
}
