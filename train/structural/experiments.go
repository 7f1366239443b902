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
		if exposure, _ := x.sum(p.Media, len(p.Channels), c); !(exposure > 0) {
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
	n := l.Span.Len()
	for _, c := range l.Channels {
		u := x.usual(c, p.Media, len(p.Channels), c)
		rows := u.expected(l.Regions, l.Span)
		if x.Usual != nil {
			means, all := u.means(l.Regions, l.Span), 0.0
			for _, r := range l.Regions {
				all += means[r]
			}
			for i := range rows {
				rows[i] = *x.Usual / float64(n) * means[l.Regions[i/n]] / all
			}
		} else if !x.trusts(u) {
			return "off", fmt.Sprintf("the usual exposure of %q there is not known, since the panel has too few %s without a test: give it as usual, over all "+
				"regions and %[2]s of the test", p.Channels[c], p.Resolution.Noun(2))
		}
		during, _ := x.sum(p.Media, len(p.Channels), c)
		switch usual := floats.Sum(rows); {
		case !(usual > 0):
			return "off", fmt.Sprintf("%q would have had no exposure then, as it had none around the test, or none in the other regions: give what there "+
				"would have been as usual", p.Channels[c])
		case during > offShare*usual:
			return "off", fmt.Sprintf("the panel has %.0f %% of the usual exposure of %q there, so that it was not off: set in_panel: false if the panel does "+
				"not have the test, or give the factor", 100*during/usual, p.Channels[c])
		}
		l.Usual = append(l.Usual, rows...)
	}
	return "", ""
}

// trusts adds the doubt of what a channel's column would have been; false if it is not known.
func (x *trial) trusts(u *usual) bool {
	doubt := u.doubt(x.lift.Regions, x.lift.Span.Len())
	x.lift.Doubt = math.Hypot(x.lift.Doubt, doubt)
	return !math.IsNaN(doubt) && !math.IsNaN(floats.Sum(u.expected(x.lift.Regions, x.lift.Span)))
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
		here, n := x.sum(p.Spend, len(p.SpendNames), column)
		during += here
		if !l.InPanel {
			usual += here / n * float64(l.Span.Len()*len(l.Regions))
		} else if u := x.usual(c, p.Spend, len(p.SpendNames), column); x.Usual == nil {
			if !x.trusts(u) {
				usual = math.NaN()
			}
			usual += floats.Sum(u.expected(l.Regions, l.Span))
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
	l.Doubt /= math.Abs(l.Factor - 1) // of the change, relative to it
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
	l.SE = math.Hypot(l.SE, l.Doubt*l.Measured)
	return "", ""
}

// reversed reports whether a channel that had less exposure sold more, or the reverse, by more than a standard error.
func (l Lift) reversed() bool {
	more := l.Usual == nil && (l.Factor > 1) != l.InPanel
	return more && l.Measured < -l.SE || !more && l.Measured > l.SE
}

// sum adds up a column of values [R, T, columns] over the cells of the change that the table has, and counts them.
func (x *trial) sum(values []float64, columns, column int) (sum, n float64) {
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
