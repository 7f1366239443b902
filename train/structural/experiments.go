package structural

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/internal/settings"
	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// lifts reads the experiments against the panel: positions of what they name, the exposure of the world to compare with, and the
// lift in KPI units. An error says which key of which experiment is wrong, and how to fix it.
func (s *Settings) lifts(p *panel.Panel, train panel.Span) ([]Lift, error) {
	all := make([]*trial, len(s.Experiments))
	for i, e := range s.Experiments {
		all[i] = &trial{Experiment: e, panel: p, train: train, all: all}
	}
	for _, step := range []func(*trial) (key, problem string){
		(*trial).readChannels, (*trial).readRegions, (*trial).readWeeks, (*trial).readCells, (*trial).readChange, (*trial).readMeasure,
	} {
		for i, x := range all { // the usual exposure of one depends on the cells of all
			if key, problem := step(x); problem != "" {
				return nil, &settings.Error{Source: "configuration", Key: experimentKey(i, key), Problem: problem}
			}
		}
	}
	var lifts []Lift
	for _, x := range all {
		lifts = append(lifts, x.lift)
	}
	return lifts, nil
}

var _ model.Dated = (*Settings)(nil)

// Until leaves out the experiments that end later.
func (s *Settings) Until(p *panel.Panel, rows int) any {
	earlier := *s
	earlier.Experiments = slices.DeleteFunc(slices.Clone(s.Experiments), func(e Experiment) bool {
		return slices.Index(p.Weeks, cmp.Or(e.Until, e.To)) >= rows
	})
	return &earlier
}

// trial is an experiment that is being read. Its steps return the first key that does not fit the panel, and the problem.
type trial struct {
	Experiment
	panel *panel.Panel
	train panel.Span
	all   []*trial
	lift  Lift
}

func (x *trial) readChannels() (key, problem string) {
	p := x.panel
	for _, name := range x.Channels {
		c := slices.Index(p.Channels, name)
		switch {
		case c < 0:
			return "channels", fmt.Sprintf("no channel is called %q%s (there are %q)", name, meant(name, p.Channels), p.Channels)
		case p.Kind(c) == panel.Mediator:
			return "channels", fmt.Sprintf("%q is a mediator, which is not bought: name the channels that were changed", name)
		case slices.Contains(x.lift.Channels, c):
			return "channels", fmt.Sprintf("%q is named twice", name)
		}
		x.lift.Channels = append(x.lift.Channels, c)
	}
	return "", ""
}

func (x *trial) readRegions() (key, problem string) {
	p := x.panel
	for _, name := range x.Regions {
		r := slices.Index(p.Regions, name)
		switch {
		case r < 0:
			return "regions", fmt.Sprintf("no region is called %q%s (there are %d, such as %q)", name, meant(name, p.Regions), len(p.Regions), p.Regions[0])
		case slices.Contains(x.lift.Regions, r):
			return "regions", fmt.Sprintf("%q is named twice", name)
		}
		x.lift.Regions = append(x.lift.Regions, r)
	}
	if len(x.Regions) == 0 {
		for r := range p.Regions {
			x.lift.Regions = append(x.lift.Regions, r)
		}
	}
	return "", ""
}

func meant(name string, names []string) string {
	if nearest := suggest.Nearest(name, names); nearest != "" {
		return fmt.Sprintf("; did you mean %q?", nearest)
	}
	return ""
}

func (x *trial) readWeeks() (key, problem string) {
	p, l := x.panel, &x.lift
	for _, at := range []struct {
		key, label string
		row        *int
		after      int // of row
	}{{"from", x.From, &l.Span.From, 0}, {"to", x.To, &l.Span.To, 1}, {"until", cmp.Or(x.Until, x.To), &l.Until, 1}} {
		row := slices.Index(p.Weeks, at.label)
		switch {
		case row < 0:
			return at.key, fmt.Sprintf("%q is not the label of a row: the panel has %s from %s to %s, and they are written like that%s", at.label,
				p.Resolution.Noun(2), p.Weeks[0], p.Weeks[len(p.Weeks)-1], x.near(at.label))
		case row >= x.train.To:
			return at.key, fmt.Sprintf("%s is not among the %s fitted to, which end on %s; those after it are held out (set holdout_ratio lower to fit to it, "+
				"or leave the experiment out)", at.label, p.Resolution.Noun(2), p.Weeks[x.train.To-1])
		}
		*at.row = row + at.after
	}
	switch {
	case l.Span.To <= l.Span.From:
		return "to", fmt.Sprintf("%s is before from, %s", x.To, x.From)
	case l.Until < l.Span.To:
		return "until", fmt.Sprintf("%s is before to, %s: the target counts at least as long as the change", x.Until, x.To)
	}
	return "", ""
}

// near names the row that a date lies in, if it lies in one.
func (x *trial) near(label string) string {
	axis := x.panel.Axis()
	at, _, err := axis.Position(label)
	if row := len(x.panel.Weeks) - 1 + at; err != nil || row < 0 || row >= len(x.panel.Weeks) || axis.Label(at) != x.panel.Weeks[row] {
		return ""
	}
	return fmt.Sprintf(" (%s is in %s)", label, axis.Label(at))
}

// readCells refuses cells of which the panel cannot tell what the test did or sold.
func (x *trial) readCells() (key, problem string) {
	p, l := x.panel, &x.lift
	l.InPanel, l.Direct = x.inPanel(), x.Effect == model.Direct
	open := 0
	for _, r := range l.Regions {
		for t := l.Span.From; t < l.Until; t++ {
			cell := r*len(p.Weeks) + t
			if l.InPanel && t < l.Span.To && !p.HasRow(cell) {
				return "in_panel", fmt.Sprintf("the table has no row of %s in %s, so that the exposure of the test is not known there: leave the region out, "+
					"with its part of the lift, or set in_panel: false", p.Regions[r], p.Weeks[t])
			}
			if !p.IsClosed(cell) {
				open++
			}
		}
	}
	if open == 0 {
		return "regions", "nothing could be sold there in these rows"
	}
	return "", ""
}

// offShare is the share of a channel's usual exposure up to which it counts as switched off.
const offShare = 0.1

// spendTolerance is the share by which the spend of a test in the panel may differ from the panel's.
const spendTolerance = 0.1

// readChange finds the exposure of the other world.
func (x *trial) readChange() (key, problem string) {
	p, l := x.panel, &x.lift
	if x.Off && l.InPanel {
		return x.readUsual()
	}
	for _, c := range l.Channels {
		if exposure, _ := x.during(p.Media, len(p.Channels), c); !(exposure > 0) {
			fix := ""
			if l.InPanel {
				fix = " (if the test switched it off, write off: true)"
			}
			return "channels", fmt.Sprintf("%q has no exposure in these regions and %s, of which a multiple would differ%s", p.Channels[c], p.Resolution.Noun(2), fix)
		}
	}
	switch {
	case x.Off:
		l.Factor = 0
		return "", ""
	case x.Factor != nil:
		l.Factor = *x.Factor
	default:
		if key, problem = x.readSpend(); problem != "" {
			return key, problem
		}
	}
	if l.InPanel {
		l.Factor = 1 / l.Factor
	}
	return "", ""
}

// readUsual finds the usual exposure of channels that the test in the panel switched off: the expected one, or what is given, in
// proportion to the regions' means.
func (x *trial) readUsual() (key, problem string) {
	p, l := x.panel, &x.lift
	M := len(p.Channels)
	scale := p.ExposureScale(x.train.To)
	for _, c := range l.Channels {
		means, usual := 0.0, 0.0
		for _, r := range l.Regions {
			means += scale.Mean[r*M+c]
		}
		for _, r := range l.Regions {
			rows := x.expected(r, c, p.Media, M, c)
			if x.Usual != nil {
				for i := range rows {
					rows[i] = *x.Usual / float64(len(rows)) * scale.Mean[r*M+c] / means
				}
			}
			if math.IsNaN(floats.Sum(rows)) {
				return "off", fmt.Sprintf("the usual exposure of %q in %s is not known, since there is no row around the test: give it as usual, over all "+
					"regions and %s of the test", p.Channels[c], p.Regions[r], p.Resolution.Noun(2))
			}
			l.Usual = append(l.Usual, rows...)
			usual += floats.Sum(rows)
		}
		during, _ := x.during(p.Media, M, c)
		switch {
		case !(means > 0) || !(usual > 0):
			return "off", fmt.Sprintf("%q would have had no exposure then, as it had none around the test, or none in the other regions: give what there "+
				"would have been as usual", p.Channels[c])
		case during > offShare*usual:
			return "off", fmt.Sprintf("the panel has %.0f %% of the usual exposure of %q there, so that it was not off: set in_panel: false if the panel does "+
				"not have the test, or give the factor", 100*during/usual, p.Channels[c])
		}
	}
	return "", ""
}

// readSpend finds the factor as the spend of the test in multiples of the usual one: the expected one if the panel has the test,
// that of its cells otherwise.
func (x *trial) readSpend() (key, problem string) {
	p, l := x.panel, &x.lift
	usual, during, known := 0.0, 0.0, true
	for _, c := range l.Channels {
		column, paired := p.SpendColumn(c)
		if !paired && x.Usual == nil {
			return "spend", fmt.Sprintf("%q has no spend column to compare with: name it under data.channels, give usual, or give the factor", p.Channels[c])
		}
		if !paired {
			known = false
			continue
		}
		here, n := x.during(p.Spend, len(p.SpendNames), column)
		during += here
		if !l.InPanel {
			usual += here / n * float64(l.Span.Len()*len(l.Regions))
			continue
		}
		for _, r := range l.Regions {
			usual += floats.Sum(x.expected(r, c, p.Spend, len(p.SpendNames), column))
		}
	}
	if l.InPanel && known && math.Abs(during-*x.Spend) > spendTolerance**x.Spend {
		return "spend", fmt.Sprintf("%g was spent in the test, but %.6g in the panel's cells of it: set in_panel: false if the panel does not have the test", *x.Spend, during)
	}
	if x.Usual != nil {
		usual = *x.Usual
	}
	switch l.Factor = *x.Spend / usual; {
	case math.IsNaN(usual) || usual <= 0:
		return "spend", "the usual spend there is not known, or is 0: give it as usual, or give the factor"
	case l.Factor == 1 || l.Factor > mostFactor:
		return "spend", fmt.Sprintf("%g is %.6g times the usual spend, %.6g: give the usual spend of these regions and %s as usual", *x.Spend, l.Factor, usual,
			p.Resolution.Noun(2))
	}
	return "", ""
}

// The greatest lift, and the smallest standard error, in multiples of what was sold: others are probably in another unit.
const mostLift, leastSE = 10, 1e-5

// readMeasure brings the lift to KPI units.
func (x *trial) readMeasure() (key, problem string) {
	p, l := x.panel, &x.lift
	sold := 0.0
	for _, r := range l.Regions {
		for t := l.Span.From; t < l.Until; t++ {
			if cell := r*len(p.Weeks) + t; !p.IsClosed(cell) {
				sold += p.Target[cell]
			}
		}
	}
	if x.Relative != nil {
		l.Measured, l.SE = *x.Relative*sold, x.SE*sold
		if l.InPanel { // sold is with the change
			without := 1 + *x.Relative
			l.Measured, l.SE = l.Measured/without, l.SE/(without*without)
		}
	} else {
		l.Measured, l.SE = *x.Lift, x.SE
	}
	other := sold + l.Measured
	if l.InPanel {
		other = sold - l.Measured
	}
	switch {
	case !(sold > 0):
		return "regions", fmt.Sprintf("the target is %g there, which no lift can be compared with", sold)
	case other < 0:
		return "lift", fmt.Sprintf("%.6g is more than was sold there, %.6g: give the target with the change less the target without it, summed over these "+
			"regions and %s", l.Measured, sold, p.Resolution.Noun(2))
	case math.Abs(l.Measured) > mostLift*sold:
		return "lift", fmt.Sprintf("%.6g is %.3g times what was sold there, %.6g: is it in the target's unit?", l.Measured, math.Abs(l.Measured)/sold, sold)
	case l.SE < leastSE*sold:
		return "se", fmt.Sprintf("%g is a standard error of %.2g of what was sold there, and no test is so exact: is it in the unit of the lift?", x.SE, l.SE/sold)
	}
	return "", ""
}

// reversed reports whether a channel that had less exposure sold more, or the reverse, by more than a standard error.
func (l Lift) reversed() bool {
	more := l.Usual == nil && (l.Factor > 1) != l.InPanel
	return more && l.Measured < -l.SE || !more && l.Measured > l.SE
}

// during is the sum of a column of values [R, T, columns] over the cells of the change that the table has, and their number.
func (x *trial) during(values []float64, columns, column int) (sum, n float64) {
	T := len(x.panel.Weeks)
	for _, r := range x.lift.Regions {
		for t := x.lift.Span.From; t < x.lift.Span.To; t++ {
			if cell := r*T + t; x.panel.HasRow(cell) {
				sum, n = sum+values[cell*columns+column], n+1
			}
		}
	}
	return sum, n
}

// expected is what a column of values [R, T, columns] would have been in each row of the change, if there had been no test: the mean
// of the region's rows around it, times the movement of the regions that were not tested, if there are any. NaN if it is not known.
func (x *trial) expected(region, channel int, values []float64, columns, column int) []float64 {
	T, s := len(x.panel.Weeks), x.lift.Span
	rows := make([]float64, s.Len())
	for i := range rows {
		rows[i] = x.around(region, channel, values, columns, column)
	}
	usual, controls := 0.0, []int{}
	for r := range x.panel.Regions {
		if mean := x.around(r, channel, values, columns, column); mean > 0 && !x.testedIn(r, channel, s) {
			usual, controls = usual+mean, append(controls, r)
		}
	}
	if len(controls) == 0 {
		return rows
	}
	for i := range rows {
		sum := 0.0
		for _, r := range controls {
			sum += values[(r*T+s.From+i)*columns+column]
		}
		rows[i] *= sum / usual
	}
	return rows
}

// testedIn reports whether a test in the panel changed a channel in some of a region's rows, or the panel lacks some of them.
func (x *trial) testedIn(region, channel int, rows panel.Span) bool {
	for t := rows.From; t < rows.To; t++ {
		if !x.panel.HasRow(region*len(x.panel.Weeks) + t) {
			return true
		}
	}
	return slices.ContainsFunc(x.all, func(o *trial) bool {
		return o.lift.InPanel && o.lift.Span.From < rows.To && rows.From < o.lift.Span.To && slices.Contains(o.lift.Regions, region) &&
			slices.Contains(o.lift.Channels, channel)
	})
}

// around is the mean of a column of values over the rows of a region around the change: as many as it has, before it and after it,
// as far as they train, something could be sold, and no test in the panel changed the channel. NaN without any.
func (x *trial) around(region, channel int, values []float64, columns, column int) float64 {
	p, s := x.panel, x.lift.Span
	sum, n := 0.0, 0.0
	for t := max(0, s.From-s.Len()); t < min(x.train.To, s.To+s.Len()); t++ {
		cell := region*len(p.Weeks) + t
		if inside := s.From <= t && t < s.To; !inside && !p.IsClosed(cell) && !x.testedIn(region, channel, panel.Span{From: t, To: t + 1}) {
			sum, n = sum+values[cell*columns+column], n+1
		}
	}
	return sum / n
}
