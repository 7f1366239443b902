package panel

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/panel/holiday"
)

// Panel is a complete grid of R regions × T weeks. Slices are row-major; units are those of the table.
type Panel struct {
	Regions    []string  // [R], sorted: as integers if all are integers, else as text
	Weeks      []string  // [T], labels as written in the table, sorted: dates by date, integers by value
	Channels   []string  // [M]
	Controls   []string  // [C], may be empty
	Media      []float64 // [R, T, M], ≥ 0 except for mediators
	Control    []float64 // [R, T, C]
	Target     []float64 // [R, T], or empty with Columns.NoTarget
	Spend      []float64 // [R, T, S], ≥ 0, or nil
	SpendNames []string  // [S]
	Filled     []bool    // [R, T]: the target was missing, and its value is taken from elsewhere
	Missing    []bool    // [R, T]: the table had no row for this region and week; nil if it had all
	Closed     []bool    // [R, T]: nothing could be sold; nil if there is no such cell

	Kinds      []ChannelKind // [M], or nil: all are paid
	Treatments []bool        // [C]: the control is a treatment; nil if none is
	SpendOf    []int         // [M]: the channel's column of Spend, or −1; nil if no spend is paired
	Population []float64     // [R], people, or nil
	Revenue    []float64     // [R, T]: money per unit of the target, or nil
	Categories []Category    // columns of words, whose indicators are among Controls

	Holidays *holiday.Calendar // nil: none

	Resolution Resolution
	Report     Report
}

// HasRow reports whether the table had a row for a cell, r·T + t. A missing row does not mean zero exposure.
func (p *Panel) HasRow(cell int) bool { return len(p.Missing) == 0 || !p.Missing[cell] }

// New checks and completes a panel that is already in memory, as Read does for a table: NaN marks a missing cell, and
// Missing a missing row. Regions keep their order, weeks must ascend, Filled and Report are computed, Resolution is found
// unless it is given, and the caller's slices are not changed.
func New(p Panel) (*Panel, error) {
	if err := p.checkShape(); err != nil {
		return nil, err
	}
	if err := p.checkNames(); err != nil {
		return nil, err
	}
	if err := p.checkCells(); err != nil {
		return nil, err
	}
	calendar, err := p.calendar()
	if err != nil {
		return nil, err
	}
	p.Media, p.Control = slices.Clone(p.Media), slices.Clone(p.Control)
	p.Target, p.Spend, p.Missing = slices.Clone(p.Target), slices.Clone(p.Spend), slices.Clone(p.Missing)
	p.Weeks, p.Resolution = calendar.weeks, calendar.resolution
	p.Report = Report{Rows: len(p.Regions) * len(p.Weeks), Spacing: calendar.spacing, Dates: calendar.reading}
	for _, s := range calendar.shifts {
		p.Report.Aligned = append(p.Report.Aligned, s.of(p.Regions))
	}
	p.Revenue = slices.Clone(p.Revenue)
	p.Report.Rows -= p.Report.countMissing(&p)
	if err = p.complete(); err != nil {
		return nil, err
	}
	return &p, nil
}

func (p *Panel) checkShape() error {
	cells := len(p.Regions) * len(p.Weeks)
	if cells == 0 || len(p.Channels) == 0 {
		return fmt.Errorf("panel: %d regions, %d weeks and %d channels: each needs at least one",
			len(p.Regions), len(p.Weeks), len(p.Channels))
	}
	for _, s := range []struct {
		name      string
		have, per int
	}{
		{"Media", len(p.Media), len(p.Channels)},
		{"Control", len(p.Control), len(p.Controls)},
		{"Target", len(p.Target), min(len(p.Target), 1)},
		{"Spend", len(p.Spend), len(p.SpendNames)},
		{"Missing", len(p.Missing), min(len(p.Missing), 1)},
		{"Closed", len(p.Closed), min(len(p.Closed), 1)},
	} {
		if s.have != cells*s.per {
			return fmt.Errorf("panel: %s has %d values, not %d regions × %d weeks × %d",
				s.name, s.have, len(p.Regions), len(p.Weeks), s.per)
		}
	}
	return p.checkRoles()
}

func (p *Panel) checkRoles() error {
	for _, s := range []struct {
		name, of   string
		have, want int
	}{
		{"Kinds", "channels", len(p.Kinds), len(p.Channels)},
		{"Treatments", "controls", len(p.Treatments), len(p.Controls)},
		{"SpendOf", "channels", len(p.SpendOf), len(p.Channels)},
		{"Population", "regions", len(p.Population), len(p.Regions)},
		{"Revenue", "cells", len(p.Revenue), len(p.Regions) * len(p.Weeks)},
	} {
		if s.have != 0 && s.have != s.want {
			return fmt.Errorf("panel: %s has %d values of %d %s", s.name, s.have, s.want, s.of)
		}
	}
	for m, s := range p.SpendOf {
		if s < -1 || s >= len(p.SpendNames) {
			return fmt.Errorf("panel: channel %q has the spend column %d of %d", p.Channels[m], s, len(p.SpendNames))
		}
	}
	return nil
}

func (p *Panel) checkNames() error {
	seen := map[string]bool{}
	for _, region := range p.Regions {
		if region == "" || seen[region] {
			return fmt.Errorf("panel: region %q is empty or appears twice", region)
		}
		seen[region] = true
	}
	return nil
}

func (p *Panel) checkCells() error {
	for _, b := range p.blocks() {
		for i, x := range b.cells {
			if math.IsNaN(x) {
				continue
			}
			if problem, fix := p.roleOf(b, i%len(b.names)).check(x); problem != "" {
				at, column := i/len(b.names), i%len(b.names)
				return &CellError{
					Region: p.Regions[at/len(p.Weeks)], Week: p.Weeks[at%len(p.Weeks)],
					Column: b.names[column], Value: fmt.Sprint(x), Problem: problem, Fix: fix,
				}
			}
		}
	}
	return nil
}

// block is a part of a panel, cells [R, T, names]. Mediators are in that of media, treatments in that of controls.
type block struct {
	role  role
	names []string
	cells []float64
}

// blocks returns the numbers of a panel.
func (p *Panel) blocks() []block {
	return []block{
		{mediaRole, p.Channels, p.Media},
		{controlRole, p.Controls, p.Control},
		{targetRole, slices.Repeat([]string{string(targetRole)}, min(len(p.Target), 1)), p.Target},
		{spendRole, p.SpendNames, p.Spend},
		{revenueRole, slices.Repeat([]string{string(revenueRole)}, min(len(p.Revenue), 1)), p.Revenue},
	}
}

// roleOf is the role of a column of a block.
func (p *Panel) roleOf(b block, column int) role {
	switch {
	case b.role == mediaRole && p.Kind(column) == Mediator:
		return mediatorRole
	case b.role == controlRole && p.IsTreatment(column):
		return treatmentRole
	}
	return b.role
}
