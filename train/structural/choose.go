package structural

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Shapes are compared at up to three origins.
const origins = 3

// minTrain is the number of rows that an origin needs to train on: three quarters of a year, which need not be more than 39
// rows, as of weeks, and must not be less than 12.
func minTrain(every panel.Resolution) int { return min(max(every.Rows(39), 12), 39) }

// Origins returns the origins at which shapes are compared, latest first: up to three within the first weeks, a horizon
// apart, each with enough weeks to train on.
func Origins(weeks, horizon int, every panel.Resolution) []model.Weeks {
	var found []model.Weeks
	for k := range origins {
		if o := (model.Weeks{Train: weeks - (k+1)*horizon, To: weeks - k*horizon}); horizon > 0 && o.Train >= minTrain(every) {
			found = append(found, o)
		}
	}
	return found
}

// Calm, lively and restless trends: the weeks between knots, and the prior of the regions' own steps.
const (
	calmWeeks, livelyWeeks, restlessWeeks = 39, 8, 2
	calmSteps, livelySteps, restlessSteps = 0.03, 0.1, 0.01
)

// The default priors of the effects of controls and media.
const (
	controlSize = 0.3
	mediaSize   = 0.8
)

// seasonWeeks is a year and a half: in less, a season cannot be separated from a trend.
const seasonWeeks = 78

// DefaultShape is the shape that Choose starts from, and leaves only for a better forecast. The training has train rows.
func DefaultShape(train int, every panel.Resolution) Shape {
	s := Shape{RegionTrend: calmSteps, Control: controlSize, Media: mediaSize, Knots: knots(train, calmWeeks, every), Weekdays: every.HasWeekdays()}
	if train >= every.Rows(seasonWeeks) {
		s.Harmonics = min(2, every.Harmonics())
	}
	return s
}

// knots is the number of knots over train rows with weeks between two of them.
func knots(train int, weeks float64, every panel.Resolution) int {
	return max(1, int(math.Round(float64(train)/float64(every.Rows(weeks)))))
}

// Choice is the result of Choose.
type Choice struct {
	Shape   Shape
	Trials  []Trial
	Origins []model.Weeks
}

// Trial is a shape and its error on the rolling origins.
type Trial struct {
	What  string
	Shape Shape
	WMAPE float64
	Taken bool
}

// minGain is the relative wMAPE improvement required to leave the default.
const minGain = 0.01

// Search is the configuration of Choose.
type Search struct {
	Train, Horizon int // weeks of the training, and of a forecast (the length of the holdout)
	BurnIn         int
	Scaling        MediaScaling
	Options        Options
	Graph          *dag.Graph   // of the channels, which total effects of experiments need; nil: no edges
	Pin            func(*Shape) // sets the fields that are given, not chosen; may be nil
	Observe        func(Trial)  // called after each trial; may be nil

	Skip func(model.Weeks, error) // called for an origin that cannot be fitted; may be nil
}

// Choose selects the shape by rolling-origin validation within the training weeks (Tashman 2000). It tries one change at a
// time, and keeps a change only if it lowers the wMAPE by minGain. The holdout is not used. An origin that cannot be fitted,
// such as one before a region opens, is skipped. Without any origin it returns the default.
func Choose(ctx context.Context, p *panel.Panel, s Search) (*Choice, error) {
	if s.Pin == nil {
		s.Pin = func(*Shape) {}
	}
	if s.Observe == nil {
		s.Observe = func(Trial) {}
	}
	if s.Graph == nil {
		s.Graph = dag.NewEmpty(len(p.Channels), 1)
	}
	if s.Skip == nil {
		s.Skip = func(model.Weeks, error) {}
	}
	c := &Choice{Shape: DefaultShape(s.Train, p.Resolution)}
	s.Pin(&c.Shape)
	var data []*Data
	for _, o := range Origins(s.Train, s.Horizon, p.Resolution) {
		d, err := NewData(p, o.Train, o.To-o.Train, s.BurnIn, s.Scaling)
		if err != nil {
			s.Skip(o, err)
			continue
		}
		data, c.Origins = append(data, d), append(c.Origins, o)
	}
	if len(data) == 0 {
		return c, nil
	}
	try := func(what string, shape Shape) error {
		wmape, err := c.validate(ctx, p, data, s, shape)
		if err != nil {
			return err
		}
		t := Trial{what, shape, wmape, len(c.Trials) == 0 || wmape < (1-minGain)*c.best()}
		if t.Taken {
			c.Shape = shape
		}
		c.Trials = append(c.Trials, t)
		s.Observe(t)
		return nil
	}
	if err := try("default", c.Shape); err != nil {
		return nil, err
	}
	for _, a := range alternatives(data, slices.Contains(p.Treatments, true)) {
		if a.sense != nil && !a.sense(c.Shape) {
			continue
		}
		shape := c.Shape
		a.change(&shape)
		s.Pin(&shape)
		if slices.ContainsFunc(c.Trials, func(t Trial) bool { return t.Shape == shape }) {
			continue
		}
		if err := try(a.what, shape); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Alike returns the chosen shape and those whose wMAPE is within minGain of it: validation does not separate them.
func (c *Choice) Alike() []Shape {
	shapes := []Shape{c.Shape}
	for _, t := range c.Trials {
		if t.Shape != c.Shape && t.WMAPE < (1+minGain)*c.best() {
			shapes = append(shapes, t.Shape)
		}
	}
	return shapes
}

// best is the wMAPE of the chosen shape.
func (c *Choice) best() float64 {
	best := math.Inf(1)
	for _, t := range c.Trials {
		if t.Taken {
			best = t.WMAPE
		}
	}
	return best
}

type alternative struct {
	what   string
	change func(*Shape)
	sense  func(Shape) bool // whether it is worth a trial after what was taken; nil: always
}

// alternatives lists the changes in the order in which they are tried, given the data before each origin, the latest first.
// The prior of media comes before controls and regions, whose best values depend on it. Treatments keep their effects: they are
// what a plan asks for. Controls that overfit hide whether a season forecasts, so rich seasons are tried again once the effects of
// controls or media are shrunk.
func alternatives(data []*Data, treatments bool) []alternative {
	last, first := data[0], data[len(data)-1]
	every := last.Every
	between := func(weeks float64) int { return knots(last.Train+last.Ahead, weeks, every) }
	lively := func(s *Shape) { s.Knots, s.RegionTrend = between(livelyWeeks), livelySteps }
	restless := func(s *Shape) { s.Knots, s.RegionTrend = between(restlessWeeks), restlessSteps }
	seasonal := func(s Shape) bool { return s.Harmonics > 0 }
	all := []alternative{{what: "no season", change: func(s *Shape) { s.Harmonics = 0 }}}
	add := func(when bool, a alternative) {
		if when {
			all = append(all, a)
		}
	}
	add(every.HasWeekdays(), alternative{what: "no days of the week", change: func(s *Shape) { s.Weekdays = false }})
	add(len(first.Scaling.Holidays) > 0, alternative{what: "holidays", change: func(s *Shape) { s.Holidays = holidaySize }})
	var rich []int
	if first.Train >= every.Rows(richWeeks) {
		for _, n := range []int{6, 26} {
			rich = append(rich, min(n, every.Harmonics()))
		}
	}
	for _, n := range rich {
		add(true, alternative{fmt.Sprintf("season of %d harmonics", n), func(s *Shape) { s.Harmonics = n }, seasonal})
	}
	all = append(all,
		alternative{what: "lively trend", change: lively},
		alternative{what: "lively trend, no season", change: func(s *Shape) { lively(s); s.Harmonics = 0 }},
		alternative{what: "restless trend", change: restless},
		alternative{what: "restless trend, no season", change: func(s *Shape) { restless(s); s.Harmonics = 0 }},
		alternative{what: "weaker media", change: func(s *Shape) { s.Media = 0.1 }},
		alternative{what: "weakest media", change: func(s *Shape) { s.Media = 0.02 }},
	)
	add(last.Controls > 0, alternative{what: "weaker controls", change: func(s *Shape) { s.Control = 0.03 }})
	add(last.Controls > 0 && !treatments, alternative{what: "no controls", change: func(s *Shape) { s.Control = 0 }})
	all = append(all,
		alternative{what: "no season", change: func(s *Shape) { s.Harmonics = 0 }},
	)
	shrunk := func(s Shape) bool { return s.Control < controlSize || s.Media < mediaSize }
	for _, n := range rich {
		add(true, alternative{fmt.Sprintf("calm trend, season of %d harmonics", n), func(s *Shape) {
			s.Knots, s.RegionTrend, s.Harmonics = between(calmWeeks), calmSteps, n
		}, shrunk})
	}
	all = append(all,
		alternative{what: "livelier regions", change: func(s *Shape) { s.RegionTrend *= 3 }},
		alternative{what: "regions respond differently", change: func(s *Shape) { s.RegionEffect = 0.15 }},
	)
	add(first.supportsRecurrence(), alternative{what: "coefficients that vary (GRU of 8 units)", change: func(s *Shape) { s.Units = recurrenceUnits }})
	return all
}

// richWeeks is two years, the least from which effects of single weeks of the year can be told from other news.
const richWeeks = 104

// recurrenceUnits are the units of the recurrence that is tried.
const recurrenceUnits = 8

// supportsRecurrence reports whether the data have at least two cells with weight for each parameter of a recurrence: with
// fewer it can follow any series, a season among them, and attribute it to media.
func (d *Data) supportsRecurrence() bool {
	in := d.Channels + d.Controls
	parameters := 3*recurrenceUnits*(in+recurrenceUnits+2) + d.Channels*(recurrenceUnits+1)
	return floats.Sum(d.Weight) >= 2*float64(parameters)
}

// validate returns the wMAPE of a shape, pooled over all origins.
func (c *Choice) validate(ctx context.Context, p *panel.Panel, data []*Data, s Search, shape Shape) (float64, error) {
	errors, totals, failures := make([]float64, len(data)), make([]float64, len(data)), make([]error, len(data))
	var wait sync.WaitGroup
	for i, d := range data {
		wait.Go(func() {
			here := shape // with the same number of weeks between knots
			here.Knots = max(1, int(math.Round(float64(shape.Knots)*float64(d.Train)/float64(s.Train))))
			f, err := NewFit(ctx, d, s.Graph, here, s.Options, Quick, nil, nil)
			if err != nil {
				failures[i] = err
				return
			}
			errors[i], totals[i], failures[i] = f.absoluteError(p, c.Origins[i])
		})
	}
	wait.Wait()
	absolute, total := 0.0, 0.0
	for i := range data {
		if failures[i] != nil {
			return 0, fmt.Errorf("rolling origin at week %s: %w", p.Weeks[c.Origins[i].Train], failures[i])
		}
		absolute, total = absolute+errors[i], total+totals[i]
	}
	return absolute / total, nil
}

// absoluteError returns Σ|error| and Σ|actual| over the forecast weeks of an origin.
func (f *Fit) absoluteError(p *panel.Panel, o model.Weeks) (absolute, total float64, err error) {
	m := f.Model
	if err := m.Evaluate(); err != nil {
		return 0, 0, err
	}
	predicted, T := m.Floats(m.Prediction), m.Data.Weeks
	for r := range m.Data.Regions {
		for t := o.Train; t < o.To; t++ {
			if cell := r*T + t; m.Data.Known[cell] {
				absolute += math.Abs(predicted[cell]*m.Data.Scaling.Target[r] - p.Target[cell])
				total += math.Abs(p.Target[cell])
			}
		}
	}
	return absolute, total, nil
}
