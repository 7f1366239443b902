package structural

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Shapes are compared at three origins, each with at least three quarters of a year to train on.
const origins, minTrain = 3, 39

// Origins returns the origins at which shapes are compared, latest first: up to three within the first weeks, a horizon
// apart, each with enough weeks to train on.
func Origins(weeks, horizon int) []model.Weeks {
	var found []model.Weeks
	for k := range origins {
		if o := (model.Weeks{Train: weeks - (k+1)*horizon, To: weeks - k*horizon}); horizon > 0 && o.Train >= minTrain {
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

// DefaultShape is the shape that Choose starts from, and leaves only for a better forecast.
func DefaultShape(train int) Shape {
	s := Shape{RegionTrend: calmSteps, Harmonics: 2, Control: 0.3, Media: 0.8}
	s.Knots = knots(train, calmWeeks)
	if train < 78 { // less than a year and a half: a season cannot be separated from a trend
		s.Harmonics = 0
	}
	return s
}

func knots(train, weeks int) int { return max(1, int(math.Round(float64(train)/float64(weeks)))) }

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
	Pin            func(*Shape) // sets the fields that are given, not chosen; may be nil
	Observe        func(Trial)  // called after each trial; may be nil
}

// Choose selects the shape by rolling-origin validation within the training weeks (Tashman 2000). It tries one change at a
// time, and keeps a change only if it lowers the wMAPE by minGain. The holdout is not used. With too few weeks for an origin
// it returns the default.
func Choose(ctx context.Context, p *panel.Panel, s Search) (*Choice, error) {
	if s.Pin == nil {
		s.Pin = func(*Shape) {}
	}
	if s.Observe == nil {
		s.Observe = func(Trial) {}
	}
	c := &Choice{Shape: DefaultShape(s.Train), Origins: Origins(s.Train, s.Horizon)}
	s.Pin(&c.Shape)
	if len(c.Origins) == 0 {
		return c, nil
	}
	data := make([]*Data, len(c.Origins))
	for i, o := range c.Origins {
		var err error
		if data[i], err = NewData(p, o.Train, o.To-o.Train, s.BurnIn, s.Scaling); err != nil {
			return nil, err
		}
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
	for _, a := range alternatives(s.Train, len(p.Controls) > 0, slices.Contains(p.Treatments, true)) {
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
}

// alternatives lists the changes in the order in which they are tried. The prior of media comes before controls and regions,
// whose best values depend on it. Treatments keep their effects: they are what a plan asks for.
func alternatives(train int, controls, treatments bool) []alternative {
	lively := func(s *Shape) { s.Knots, s.RegionTrend = knots(train, livelyWeeks), livelySteps }
	restless := func(s *Shape) { s.Knots, s.RegionTrend = knots(train, restlessWeeks), restlessSteps }
	all := []alternative{
		{"no season", func(s *Shape) { s.Harmonics = 0 }},
		{"lively trend", lively},
		{"lively trend, no season", func(s *Shape) { lively(s); s.Harmonics = 0 }},
		{"restless trend", restless},
		{"restless trend, no season", func(s *Shape) { restless(s); s.Harmonics = 0 }},
		{"weaker media", func(s *Shape) { s.Media = 0.1 }},
		{"weakest media", func(s *Shape) { s.Media = 0.02 }},
	}
	if controls {
		all = append(all, alternative{"weaker controls", func(s *Shape) { s.Control = 0.03 }})
	}
	if controls && !treatments {
		all = append(all, alternative{"no controls", func(s *Shape) { s.Control = 0 }})
	}
	return append(all,
		alternative{"no season", func(s *Shape) { s.Harmonics = 0 }},
		alternative{"livelier regions", func(s *Shape) { s.RegionTrend *= 3 }},
		alternative{"regions respond differently", func(s *Shape) { s.RegionEffect = 0.15 }},
		alternative{"coefficients that vary (GRU of 8 units)", func(s *Shape) { s.Units = 8 }})
}

// validate returns the wMAPE of a shape, pooled over all origins.
func (c *Choice) validate(ctx context.Context, p *panel.Panel, data []*Data, s Search, shape Shape) (float64, error) {
	errors, totals, failures := make([]float64, len(data)), make([]float64, len(data)), make([]error, len(data))
	var wait sync.WaitGroup
	for i, d := range data {
		wait.Go(func() {
			here := shape // with the same number of weeks between knots
			here.Knots = max(1, int(math.Round(float64(shape.Knots)*float64(d.Train)/float64(s.Train))))
			f, err := NewFit(ctx, d, dag.NewEmpty(d.Channels, 1), here, s.Options, Quick, nil, nil)
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
			if cell := r*T + t; !p.Filled[cell] {
				absolute += math.Abs(predicted[cell]*m.Data.Scaling.Target[r] - p.Target[cell])
				total += math.Abs(p.Target[cell])
			}
		}
	}
	return absolute, total, nil
}
