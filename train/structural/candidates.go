package structural

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel"
)

// Calm, lively and restless trends: the weeks between knots, and the priors of the regions' own steps and of the national trend.
const (
	calmWeeks, livelyWeeks, restlessWeeks = 39, 8, 2
	calmSteps, livelySteps, restlessSteps = 0.03, 0.1, 0.01
	calmTrend, livelyTrend                = 0.1, 0.3
)

// The default priors of the effects of controls and media.
const (
	controlSize = 0.05
	mediaSize   = 0.3
)

// seasonWeeks is a year and a half: in less, a season cannot be separated from a trend.
const seasonWeeks = 78

// DefaultShape is the shape that the other candidates differ from. The training has train rows.
func DefaultShape(train int, every panel.Resolution) Shape {
	s := Shape{RegionTrend: calmSteps, Control: controlSize, Media: mediaSize, Knots: knots(train, calmWeeks, every), Weekdays: every.HasWeekdays()}.complete()
	if train >= every.Rows(seasonWeeks) {
		s.Harmonics = min(2, every.Harmonics())
	}
	return s
}

// knots is the number of knots over train rows with weeks between two of them.
func knots(train int, weeks float64, every panel.Resolution) int {
	return max(1, int(math.Round(float64(train)/float64(every.Rows(weeks)))))
}

// A change leads from a shape to another that is a candidate too.
type change struct {
	what  string
	apply func(*Shape)
}

// trends lists the trends besides the calm one: those that change direction within a quarter, or within a month.
func (o *candidateOptions) trends() []change {
	return []change{
		{"lively trend", func(s *Shape) { s.Knots, s.Trend, s.RegionTrend = o.knots(livelyWeeks), livelyTrend, livelySteps }},
		{"restless trend", func(s *Shape) { s.Knots, s.Trend, s.RegionTrend = o.knots(restlessWeeks), livelyTrend, restlessSteps }},
	}
}

// parts lists the parts that a panel's model may have besides, or may lack.
func (o *candidateOptions) parts() []change {
	var all []change
	add := func(when bool, what string, apply func(*Shape)) {
		if when {
			all = append(all, change{what, apply})
		}
	}
	add(true, "no season", func(s *Shape) { s.Harmonics = 0 })
	add(o.every.HasWeekdays(), "no days of the week", func(s *Shape) { s.Weekdays = false })
	if o.first >= o.every.Rows(richWeeks) {
		for _, n := range []int{6, 26} {
			n = min(n, o.every.Harmonics())
			add(true, fmt.Sprintf("season of %d harmonics", n), func(s *Shape) { s.Harmonics = n })
		}
	}
	add(o.shifts != Shifts{}, "shifts of the level in rows "+o.shifts.String(), func(s *Shape) { s.Shifts = o.shifts })
	add(true, "effects of either sign", func(s *Shape) { s.Signed = true })
	add(o.regions > 1, "livelier regions", func(s *Shape) { s.RegionTrend *= 3 })
	add(o.regions > 1, "regions respond differently", func(s *Shape) { s.RegionEffect = regionEffect })
	add(o.recurrence, "coefficients that vary (GRU of 8 units)", func(s *Shape) { s.Units = recurrenceUnits })
	return all
}

// responses lists the forms of carry-over and saturation besides the default, each of which bends where the others do not.
func responses() []change {
	var all []change
	for _, form := range []struct {
		CarryOver
		Saturation
	}{{Geometric, Hill}, {Geometric, Exponential}, {Geometric, SCurve}, {Delayed, Hill}, {Delayed, Exponential}, {Weibull, Hill}} {
		all = append(all, change{
			form.CarryOver.form().words + ", " + form.Saturation.form().words,
			func(s *Shape) { s.CarryOver, s.Saturation = form.CarryOver, form.Saturation },
		})
	}
	return all
}

// candidateOptions are what the candidates depend on.
type candidateOptions struct {
	every      panel.Resolution
	train      int // rows
	first      int // rows before the first origin
	regions    int
	recurrence bool   // the data support one
	shifts     Shifts // that the residuals show
}

func (o *candidateOptions) knots(weeks float64) int { return knots(o.train, weeks, o.every) }

// richWeeks is two years, the least from which effects of single weeks of the year can be told from other news.
const richWeeks = 104

// regionEffect is the standard deviation of the regions' log effects, if they differ.
const regionEffect = 0.15

// recurrenceUnits are the units of the recurrence that is tried.
const recurrenceUnits = 8

// supportsRecurrence reports whether the data have at least two cells with weight for each parameter of a recurrence: with
// fewer it can follow any series, a season among them, and attribute it to media.
func (d *Data) supportsRecurrence() bool {
	in := d.Channels + d.Controls
	parameters := 3*recurrenceUnits*(in+recurrenceUnits+2) + d.Channels*(recurrenceUnits+1)
	return floats.Sum(d.Weight) >= 2*float64(parameters)
}

// changed applies changes to a shape, and then what is pinned.
func changed(s Shape, pin func(*Shape), changes ...change) Shape {
	for _, c := range changes {
		c.apply(&s)
	}
	pin(&s)
	return s
}

func hasShape(all []*Candidate, s Shape) bool {
	return slices.ContainsFunc(all, func(c *Candidate) bool { return c.Shape == s })
}
