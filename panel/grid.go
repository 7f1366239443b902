package panel

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// grid is the sorted regions × weeks, with the cell of each record.
type grid struct {
	regions  []string
	position []int // of the regions in order of appearance
	calendar
	cell []int // [records]: region · T + week
	line []int // [R, T]: the line of a cell's row, 0 if the table has none
}

// minFilled is the share of the grid that rows must fill. Below it the region or week column is almost certainly the wrong
// one, and completing the grid could exhaust memory.
const minFilled = 0.01

// grid sorts the regions and weeks of the records. The order of rows does not matter.
func (r *records) grid() (*grid, error) {
	calendar, err := r.calendar()
	if err != nil {
		return nil, err
	}
	R, T := len(r.regions), len(calendar.weeks)
	if float64(len(r.rows)) < minFilled*float64(R)*float64(T) {
		return nil, fmt.Errorf("%s: %d rows cannot describe %d regions × %d weeks (are %q and %q the right columns?)",
			r.file, len(r.rows), R, T, r.columns[0], r.columns[1])
	}
	regions, position := sortRegions(r.regions)
	g := &grid{regions: regions, position: position, calendar: calendar, line: make([]int, R*T), cell: make([]int, len(r.rows))}
	for i, row := range r.rows {
		cell := position[row.region]*T + g.at[row.label]
		if first := g.line[cell]; first != 0 && !r.spec.merges() {
			e := &DuplicateError{File: r.file, Week: g.weeks[cell%T], Lines: [2]int{first, row.line}}
			if r.key > 0 {
				e.Region = g.regions[cell/T]
			}
			return nil, e
		}
		g.cell[i], g.line[cell] = cell, row.line
	}
	if err := g.question(r); err != nil {
		return nil, err
	}
	return g, nil
}

// aligned tells which regions' weeks were moved to another weekday.
func (g *grid) aligned() (all []Alignment) {
	for _, s := range g.shifts {
		at := make([]int, len(s.regions))
		for i, r := range s.regions {
			at[i] = g.position[r]
		}
		slices.Sort(at)
		names := make([]string, len(at))
		for i, r := range at {
			names[i] = g.regions[r]
		}
		all = append(all, s.of(names))
	}
	return all
}

// missing marks the cells without a row.
func (g *grid) missing() []bool {
	missing := make([]bool, len(g.line))
	for cell, line := range g.line {
		missing[cell] = line == 0
	}
	return missing
}

// sortRegions sorts names as integers if all are integers, else as text, and returns the position of each.
func sortRegions(at map[string]int) (sorted []string, position []int) {
	number := make(map[string]int64, len(at))
	for name := range at {
		sorted = append(sorted, name)
		if n, err := strconv.ParseInt(name, 10, 64); err == nil {
			number[name] = n
		}
	}
	slices.Sort(sorted)
	if len(number) == len(at) {
		slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Compare(number[a], number[b]) })
	}
	position = make([]int, len(sorted))
	for i, name := range sorted {
		position[at[name]] = i
	}
	return sorted, position
}

// complete fills missing cells in place and reports them: media and spend become 0; mediators, controls, revenue and target
// take the region's last known value, or else its next one, or else the mean of the column. It pairs spend with channels.
func (p *Panel) complete() error {
	report := &p.Report
	p.pairSpend()
	if err := p.completeMedia(); err != nil {
		return err
	}
	report.SpendZeroed = zero(p.Spend)
	if len(p.Revenue) > 0 {
		f, _, err := p.fill(p.Revenue, 1, 0, string(revenueRole))
		if err != nil {
			return err
		}
		report.RevenueFilled = f
	}
	for c, name := range p.Controls {
		f, _, err := p.fill(p.Control, len(p.Controls), c, name)
		if err != nil {
			return err
		}
		report.ControlFilled.add(f)
	}
	if len(p.Target) == 0 {
		report.describe(p)
		return nil
	}
	p.Filled = make([]bool, len(p.Target))
	for i, y := range p.Target {
		p.Filled[i] = math.IsNaN(y)
	}
	f, empty, err := p.fill(p.Target, 1, 0, report.TargetName)
	if err != nil {
		return err
	}
	report.TargetFilled, report.NoTarget = f, empty
	report.questionRegions(p)
	report.describe(p)
	return nil
}

// completeMedia fills the missing cells of channels: a week without a mediator's value is not one without brand searches.
func (p *Panel) completeMedia() error {
	M := len(p.Channels)
	for m, name := range p.Channels {
		if p.Kind(m) != Mediator {
			continue
		}
		f, _, err := p.fill(p.Media, M, m, name)
		if err != nil {
			return err
		}
		p.Report.MediatorFilled.add(f)
	}
	p.Report.zeroMedia(p)
	return nil
}

func zero(x []float64) (count int) {
	for i := range x {
		if math.IsNaN(x[i]) {
			x[i] = 0
			count++
		}
	}
	return count
}

// fill completes column k of x, [R, T, K], and returns the regions that had no value at all.
func (p *Panel) fill(x []float64, K, k int, name string) (f Filled, empty []string, err error) {
	T := len(p.Weeks)
	for r, region := range p.Regions {
		at := func(t int) *float64 { return &x[(r*T+t)*K+k] }
		for t := 1; t < T; t++ {
			f.Forward += take(at(t), *at(t - 1))
		}
		for t := T - 2; t >= 0; t-- {
			f.Backward += take(at(t), *at(t + 1))
		}
		if math.IsNaN(*at(0)) {
			empty = append(empty, region)
		}
	}
	if len(empty) == len(p.Regions) {
		return f, nil, fmt.Errorf("%scolumn %q has no value at all (fill it, or leave it out)",
			prefix(p.Report.File), cmp.Or(name, "target"))
	}
	if len(empty) > 0 {
		mean := meanOfKnown(x, K, k)
		for i := k; i < len(x); i += K {
			f.Mean += take(&x[i], mean)
		}
	}
	return f, empty, nil
}

// take sets a missing cell to a value, if that is known, and returns the number of cells set.
func take(cell *float64, value float64) int {
	if !math.IsNaN(*cell) || math.IsNaN(value) {
		return 0
	}
	*cell = value
	return 1
}

func meanOfKnown(x []float64, K, k int) float64 {
	sum, n := 0.0, 0
	for i := k; i < len(x); i += K {
		if !math.IsNaN(x[i]) {
			sum += x[i]
			n++
		}
	}
	return sum / float64(n)
}
