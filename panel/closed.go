package panel

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// The key data.closed: cells in which nothing could be sold are left out of the fit, or fitted like all others.
const (
	DropClosed = "drop"
	KeepClosed = "keep"
)

// findClosed marks the cells in which nothing could be sold, by the zeros of the target. Zeros of demand, such as those of
// small counts and of goods that are bought now and then, are data; a zero is a closure only if chance does not explain it:
//
//   - a row of a region in which neither the target nor any channel is above 0, though the target is never near 0 otherwise;
//   - a day of the week on which a region (nearly) never sells, though on other days it (nearly) always does;
//   - a week in which (nearly) all regions sell nothing at once;
//   - a run of zeros that is much longer than the region's other zeros let expect.
//
// The sales beside a closure must be ordinary ones: sales that fade out and come back are a season.
//
// With keep they are reported, but not marked.
func (p *Panel) findClosed(keep bool) {
	if len(p.Target) == 0 {
		return // nothing says what could be sold
	}
	c := newClosures(p)
	if c.zeros == 0 {
		return
	}
	c.rows()
	c.weekdays()
	c.weeks()
	for r := range p.Regions {
		c.runs(r)
	}
	if !slices.Contains(c.closed, true) {
		return
	}
	p.Report.Closed = c.described()
	p.Report.Closed.Kept = keep
	if !keep {
		p.Closed = c.closed
	}
}

// FitClosed has closed cells fitted as sales of 0, and the report say so: for a model that cannot leave cells out.
func (p *Panel) FitClosed() {
	if p.Closed != nil {
		p.Closed, p.Report.Closed.Kept = nil, true
	}
}

// negligible bounds the expected number of closures that are found in a panel though chance made the zeros.
const negligible = 0.01

// closures is the search for closed cells of a panel.
type closures struct {
	*Panel
	T      int
	zero   []bool    // [R, T]: the target was recorded and is 0
	zeros  int       // their number
	level  []float64 // [R]: the median of what a region sells in weeks in which it sells
	lowest []float64 // [R]: the lowest twentieth of it
	closed []bool    // [R, T]
}

func newClosures(p *Panel) *closures {
	c := &closures{Panel: p, T: len(p.Weeks), zero: make([]bool, len(p.Target)), closed: make([]bool, len(p.Target))}
	for r := range p.Regions {
		var sold []float64
		for t := range c.T {
			switch cell := r*c.T + t; {
			case p.Filled[cell]:
			case p.Target[cell] == 0:
				c.zero[cell] = true
				c.zeros++
			case p.Target[cell] > 0:
				sold = append(sold, p.Target[cell])
			}
		}
		slices.Sort(sold)
		level, lowest := 0.0, 0.0
		if len(sold) > 0 {
			level, lowest = Median(sold), Quantile(sold, 0.05)
		}
		c.level, c.lowest = append(c.level, level), append(c.lowest, lowest)
	}
	return c
}

// chance is the probability of the zeros of region r in a span if they are as frequent there as in its other weeks, without
// those that are known to be closed. Days are compared with the same day of other weeks.
func (c *closures) chance(r int, span Span) float64 {
	cycle := 1
	if c.Resolution.HasWeekdays() && c.Resolution.known().Step == 1 {
		cycle = daysOfWeek
	}
	zeros, n, inside := make([]float64, cycle), make([]float64, cycle), make([]float64, cycle)
	for t := range c.T {
		cell, day := r*c.T+t, t%cycle
		zero := 0.0
		if c.zero[cell] {
			zero = 1
		}
		switch {
		case c.Filled[cell] || c.closed[cell]:
		case t >= span.From && t < span.To:
			inside[day] += zero
		default:
			zeros[day], n[day] = zeros[day]+zero, n[day]+1
		}
	}
	chance := 1.0
	for day := range cycle {
		chance *= math.Pow((zeros[day]+1)/(n[day]+2), inside[day])
	}
	return chance
}

// ordinary reports whether the sales of a region beside a span are at least a part of its level: on both sides, if there are
// weeks on both.
func (c *closures) ordinary(r int, span Span, part float64) bool {
	const beside = 4
	side := func(from, step int) bool {
		sum, n := 0.0, 0.0
		for t := from; t >= 0 && t < c.T && n < beside; t += step {
			if cell := r*c.T + t; !c.Filled[cell] && !c.closed[cell] {
				sum, n = sum+c.Target[cell], n+1
			}
		}
		return n == 0 || sum/n >= part*c.level[r]
	}
	return c.level[r] > 0 && side(span.From-1, -1) && side(span.To, 1)
}

// Parts of a region's level: sales in the weeks beside a closure, those after a late opening, which may start slowly, and the
// least of a region that never sells little.
const (
	ordinarySales = 0.5
	openingSales  = 0.1
	neverLittle   = 0.3
)

// rows finds rows of zeros in regions whose media are hardly ever all off and that never sell little otherwise.
func (c *closures) rows() {
	M := len(c.Channels)
	for r := range c.Regions {
		var silent []int // zeros of both
		off, zeros := 0, 0
		for t := range c.T {
			cell := r*c.T + t
			dark := slices.Max(c.Media[cell*M:(cell+1)*M]) == 0
			switch {
			case dark && c.zero[cell]:
				silent = append(silent, cell)
			case dark && c.HasRow(cell):
				off++
			case c.zero[cell]:
				zeros++
			}
		}
		const rare = 0.1 // of the weeks
		if c.level[r] > 0 && c.lowest[r] >= neverLittle*c.level[r] && float64(off) <= rare*float64(c.T) && float64(len(silent)+zeros) <= rare*float64(c.T) {
			for _, cell := range silent {
				c.closed[cell] = true
			}
		}
	}
}

// weekdays finds the days of the week, of a daily panel, on which a region never sells: shops that close on Sundays.
func (c *closures) weekdays() {
	const always, never, fewest = 0.95, 0.05, 8 // of the weeks
	if !c.Resolution.HasWeekdays() || c.Resolution.known().Step != 1 {
		return
	}
	for r := range c.Regions {
		var zeros, n [daysOfWeek]float64
		for t := range c.T {
			if cell := r*c.T + t; !c.Filled[cell] {
				n[t%daysOfWeek]++
				if c.zero[cell] {
					zeros[t%daysOfWeek]++
				}
			}
		}
		var off []int
		zerosElsewhere, elsewhere := 0.0, 0.0
		for day := range n {
			if n[day] >= fewest && zeros[day] >= always*n[day] {
				off = append(off, day)
				continue
			}
			zerosElsewhere, elsewhere = zerosElsewhere+zeros[day], elsewhere+n[day]
		}
		if zerosElsewhere > never*elsewhere || len(off) == daysOfWeek {
			continue
		}
		for t := range c.T {
			if cell := r*c.T + t; c.zero[cell] && slices.Contains(off, t%daysOfWeek) {
				c.closed[cell] = true
			}
		}
	}
}

// weeks finds weeks in which at least nine tenths of the regions that have a row sell nothing, several of them.
func (c *closures) weeks() {
	const several, nearly = 3, 0.9
	runs := c.commonZeros(several, nearly)
	for _, run := range runs {
		chance := float64(c.T)
		var regions []int
		for r := range c.Regions {
			if cell := r*c.T + run.From; c.zero[cell] && c.ordinary(r, run, ordinarySales) {
				regions = append(regions, r)
				chance *= c.chance(r, Span{run.From, run.From + 1})
			}
		}
		if chance > negligible || float64(len(regions)) < nearly*float64(c.open(run.From)) {
			continue
		}
		for _, r := range regions {
			for t := run.From; t < run.To; t++ {
				c.closed[r*c.T+t] = c.zero[r*c.T+t]
			}
		}
	}
}

// commonZeros are the runs of weeks in which at least a share of at least some regions sells nothing.
func (c *closures) commonZeros(least int, share float64) []Span {
	var runs []Span
	for t := range c.T {
		zeros := 0
		for r := range c.Regions {
			if c.zero[r*c.T+t] {
				zeros++
			}
		}
		if zeros < least || float64(zeros) < share*float64(c.open(t)) {
			continue
		}
		if last := len(runs) - 1; last >= 0 && runs[last].To == t {
			runs[last].To++
			continue
		}
		runs = append(runs, Span{t, t + 1})
	}
	return runs
}

// open is the number of regions with a target in a week and sales in others.
func (c *closures) open(t int) int {
	n := 0
	for r := range c.Regions {
		if !c.Filled[r*c.T+t] && c.level[r] > 0 {
			n++
		}
	}
	return n
}

// runs finds runs of zeros of a region that its other zeros do not explain. A run goes on over weeks without a target.
func (c *closures) runs(r int) {
	for t := 0; t < c.T; t++ {
		if !c.zero[r*c.T+t] {
			continue
		}
		run := Span{t, t + 1}
		for at := t; at < c.T && (c.zero[r*c.T+at] || c.Filled[r*c.T+at]); at++ {
			if c.zero[r*c.T+at] {
				run.To = at + 1
			}
		}
		t = run.To
		part := ordinarySales
		if c.first(r, run.From) {
			if c.recurs(r, run) {
				continue
			}
			part = openingSales
		}
		if float64(len(c.Target))*c.chance(r, run) > negligible || !c.ordinary(r, run, part) {
			continue
		}
		for at := run.From; at < run.To; at++ {
			c.closed[r*c.T+at] = c.zero[r*c.T+at]
		}
	}
}

// first reports whether a week is a region's first with a target.
func (c *closures) first(r, t int) bool { return !slices.Contains(c.Filled[r*c.T:r*c.T+t], false) }

// recurs reports whether at least half of a run of zeros at the beginning are zeros a year later, too: sales that come back slowly
// then are a season.
func (c *closures) recurs(r int, run Span) bool {
	year, zeros := int(math.Round(c.Resolution.PerYear())), 0
	for t := run.From + year; t < min(run.To+year, c.T); t++ {
		if c.zero[r*c.T+t] {
			zeros++
		}
	}
	return 2*zeros >= run.Len()
}

// Closed describes the cells in which nothing could be sold.
type Closed struct {
	Every       Resolution `json:"every"`
	RegionWeeks int        `json:"region_weeks"` // their number
	Weeks       []string   `json:"weeks"`        // in which all regions were closed
	Regions     []string   `json:"regions"`      // closed in other weeks
	Kept        bool       `json:"kept"`         // they are fitted
}

// described counts what was found.
func (c *closures) described() Closed {
	d := Closed{Every: c.Resolution, Weeks: []string{}, Regions: []string{}}
	all := make([]bool, c.T)
	for t := range all {
		all[t] = true
		for region := range c.Regions {
			all[t] = all[t] && c.closed[region*c.T+t]
		}
		if all[t] {
			d.Weeks = append(d.Weeks, c.Weeks[t])
		}
	}
	for cell, closed := range c.closed {
		if !closed {
			continue
		}
		d.RegionWeeks++
		if name := c.Regions[cell/c.T]; !all[cell%c.T] && !slices.Contains(d.Regions, name) {
			d.Regions = append(d.Regions, name)
		}
	}
	return d
}

// line is the sentence about what is closed in some regions.
func (c Closed) line(regions int) string {
	every := c.Every
	var parts []string
	rest := c.RegionWeeks - len(c.Weeks)*regions
	if n := len(c.Weeks); n > 0 {
		where := ""
		if regions > 1 {
			where = fmt.Sprintf(" in all %d regions", regions)
		}
		parts = append(parts, fmt.Sprintf("in %d %s%s (%s)", n, every.Noun(n), where, list(c.Weeks, 5)))
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("in %d region-%s of %s", rest, every.Noun(rest), list(c.Regions, 5)))
	}
	text := "closed: nothing was sold " + strings.Join(parts, ", and ")
	if c.Kept {
		return text + ": fitted as sales of 0 (model: structural with data.closed: drop leaves them out)"
	}
	return text + ": left out of the fit (data.closed: keep fits them)"
}
