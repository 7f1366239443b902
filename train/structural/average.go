package structural

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"

	"deepcausalmmm/internal/cores"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Candidate is a shape, what its forecasts are worth, and its weight in the average.
type Candidate struct {
	What   string
	Shape  Shape
	WMAPE  float64 // of the forecasts from all origins; 0 without any
	Score  float64 // sum of their log densities, in independent observations
	Weight float64 // 0 if it is left out

	fits      []*Fit    // at the origins
	densities []float64 // log density of each observation that was forecast
}

// Average is a set of shapes with weights that add up to 1.
type Average struct {
	Candidates []*Candidate
	Origins    []model.Weeks
}

// Search is the configuration of Weigh.
type Search struct {
	Train, Horizon int // weeks of the training, and of a forecast (the length of the holdout)
	BurnIn         int
	Scaling        MediaScaling
	Options        Options
	Pin            func(*Shape)     // sets the fields that are given
	Only           bool             // the default shape is the only candidate
	Given          []*Candidate     // the average itself, if it is known already: nothing is fitted
	Observe        func(*Candidate) // called after each candidate's forecasts; may be nil

	Skip func(model.Weeks, error) // called for an origin that cannot be fitted; may be nil
}

const (
	// priorObservations is the weight of equal weights, in independent observations: those of a quarter of a single series do not
	// select a form.
	priorObservations = 10

	// clearLoss is the loss in log density, relative to the best, beyond which a candidate is not in the average: e⁶ to 1.
	clearLoss = 6

	// leastWeight is the weight below which a candidate is left out.
	leastWeight = 0.02

	// clearGain is the gain in log density from which on a part is worth combining with others: e² to 1.
	clearGain = 2
)

// Weigh fits a designed set of shapes before each of up to three origins within the training weeks (Tashman 2000), and weights
// them by stacking the predictive densities of the weeks after the origins (Yao et al. 2018). Parts that clearly forecast better
// are combined, and the forms of carry-over and saturation are tried on that combination; every shape that was tried can have a
// weight. The holdout is not used. An origin that cannot be fitted, such as one before a region opens, is skipped; without any, the
// weights are equal.
func Weigh(ctx context.Context, p *panel.Panel, s Search) (*Average, error) {
	if len(s.Given) > 0 {
		return &Average{Candidates: s.Given}, nil
	}
	w := &weighing{Search: s, ctx: ctx, panel: p}
	if w.Pin == nil {
		w.Pin = func(*Shape) {}
	}
	base := changed(DefaultShape(s.Train, p.Resolution), w.Pin)
	if s.Only {
		return &Average{Candidates: []*Candidate{{What: "default", Shape: base, Weight: 1}}}, nil
	}
	w.origins()
	if err := w.try(nil, change{"default", func(s *Shape) { *s = base }}); err != nil {
		return nil, err
	}
	o := w.options()
	best := w.found[0]
	if len(w.data) > 0 {
		if err := best.fits[0].Model.Evaluate(); err != nil {
			return nil, err
		}
		o.shifts = best.fits[0].Shifts()
	}
	if err := w.try(best, o.trends()...); err != nil {
		return nil, err
	}
	best = w.clearlyBetter(best)
	parts := o.parts()
	before := len(w.found)
	if err := w.try(best, parts...); err != nil {
		return nil, err
	}
	if clear := w.clear(best, parts, w.found[before:]); len(clear) > 1 {
		if err := w.try(best, combined(clear)); err != nil {
			return nil, err
		}
	}
	if err := w.try(w.clearlyBetter(best), responses()...); err != nil {
		return nil, err
	}
	w.weigh()
	return &Average{w.found, w.at}, nil
}

// weighing is a run of Weigh.
type weighing struct {
	Search
	ctx   context.Context
	panel *panel.Panel
	at    []model.Weeks
	data  []*Data
	found []*Candidate
}

// origins prepares the data before each origin.
func (w *weighing) origins() {
	for _, o := range Origins(w.Train, w.Horizon, w.panel.Resolution) {
		d, err := NewData(w.panel, o.Train, o.To-o.Train, w.BurnIn, w.Scaling)
		if err != nil {
			if w.Skip != nil {
				w.Skip(o, err)
			}
			continue
		}
		w.data, w.at = append(w.data, d), append(w.at, o)
	}
}

func (w *weighing) options() *candidateOptions {
	o := &candidateOptions{every: w.panel.Resolution, train: w.Train, first: w.Train, regions: len(w.panel.Regions)}
	if n := len(w.data); n > 0 {
		o.first, o.recurrence = w.at[n-1].Train, w.data[n-1].supportsRecurrence()
	}
	return o
}

// try fits the shapes that changes lead to from a candidate, whose fits they start from. A shape that was tried is not tried again.
func (w *weighing) try(from *Candidate, changes ...change) error {
	var next []*Candidate
	for _, c := range changes {
		shape := Shape{}
		if from != nil {
			shape = from.Shape
		}
		shape = changed(shape, w.Pin, c)
		if hasShape(w.found, shape) || hasShape(next, shape) {
			continue
		}
		next = append(next, &Candidate{What: c.what, Shape: shape, fits: make([]*Fit, len(w.data)), densities: nil})
	}
	n := len(w.data)
	forecasts, failures := make([]forecast, len(next)*n), make([]error, len(next)*n)
	var stop atomic.Bool
	cores.Each(len(forecasts), func(i int) {
		if stop.Load() {
			return
		}
		c, origin := next[i/n], i%n
		var start *Fit
		if from != nil {
			start = from.fits[origin]
		}
		var err error
		if c.fits[origin], err = w.fit(c.Shape, origin, start); err == nil {
			forecasts[i], err = c.fits[origin].forecastOf(w.panel, w.at[origin])
		}
		if failures[i] = err; err != nil {
			stop.Store(true)
		}
	})
	for i, err := range failures {
		if err != nil {
			return fmt.Errorf("rolling origin at week %s: %w", w.panel.Weeks[w.at[i%n].Train], err)
		}
	}
	for k, c := range next {
		c.take(forecasts[k*n : (k+1)*n])
		w.found = append(w.found, c)
		if w.Observe != nil {
			w.Observe(c)
		}
	}
	return nil
}

// fit fits a shape before an origin, with as many weeks between knots as in the training.
func (w *weighing) fit(shape Shape, origin int, start *Fit) (*Fit, error) {
	d := w.data[origin]
	shape.Knots = max(1, int(math.Round(float64(shape.Knots)*float64(d.Train)/float64(w.Train))))
	effort := Quick
	if start == nil {
		effort = First
	}
	return NewFit(w.ctx, d, shape, w.Options, effort, start, nil)
}

// take sums up the forecasts from all origins.
func (c *Candidate) take(forecasts []forecast) {
	absolute, total := 0.0, 0.0
	c.densities = nil
	for _, f := range forecasts {
		absolute, total = absolute+f.absolute, total+f.total
		c.densities = append(c.densities, f.densities...)
		c.Score += floats.Sum(f.densities) / f.design
	}
	if total > 0 {
		c.WMAPE = absolute / total
	}
}

// best is the candidate with the highest score, the first if nothing was forecast.
func (w *weighing) best() *Candidate {
	best := w.found[0]
	for _, c := range w.found {
		if c.Score > best.Score {
			best = c
		}
	}
	return best
}

// clearlyBetter is the best candidate if its score is clearly above that of a given one, and the given one otherwise: of shapes that forecast
// alike, the simpler one goes on.
func (w *weighing) clearlyBetter(than *Candidate) *Candidate {
	if best := w.best(); best.Score > than.Score+clearGain {
		return best
	}
	return than
}

// clear lists the parts whose candidates clearly forecast better than the one they change.
func (w *weighing) clear(from *Candidate, parts []change, tried []*Candidate) []change {
	var clear []change
	for _, p := range parts {
		for _, c := range tried {
			if c.What == p.what && c.Score > from.Score+clearGain {
				clear = append(clear, p)
			}
		}
	}
	return clear
}

// combined makes several changes.
func combined(changes []change) change {
	all := change{apply: func(s *Shape) {
		for _, c := range changes {
			c.apply(s)
		}
	}}
	for i, c := range changes {
		if i > 0 {
			all.what += ", "
		}
		all.what += c.what
	}
	return all
}

// weigh stacks the candidates that do not clearly forecast worse than the best. The densities of correlated observations count less:
// each is the part of an independent one.
func (w *weighing) weigh() {
	var information []float64
	for _, f := range w.found[0].fits {
		for range f.Model.forecastCells() {
			information = append(information, 1/f.together())
		}
	}
	var densities [][]float64
	var in []*Candidate
	least := w.best().Score - clearLoss
	for _, c := range w.found {
		if costly := c.Shape.Units > w.found[0].Shape.Units; costly && c.Score <= w.found[0].Score+clearGain {
			continue // a recurrence that does not clearly forecast better is not worth its fit
		}
		if c.Score >= least {
			in, densities = append(in, c), append(densities, c.densities)
		}
	}
	weights := stack(densities, information, equalByResponse(in), priorObservations)
	for k, v := range weights {
		if v < leastWeight && v < floats.Max(weights) {
			weights[k] = 0
		}
	}
	floats.Scale(1/floats.Sum(weights), weights)
	for k, c := range in {
		c.Weight = weights[k]
	}
	for _, c := range w.found {
		c.fits, c.densities = nil, nil
	}
}

// equalByResponse is the prior of the weights: equal for each form of carry-over and saturation, and equal among the candidates that have
// it, so that the trials of other parts, which all have the default form, do not multiply its weight (a dilution prior, George 2010).
func equalByResponse(in []*Candidate) []float64 {
	type response struct {
		CarryOver
		Saturation
	}
	count := map[response]float64{}
	for _, c := range in {
		count[response{c.Shape.CarryOver, c.Shape.Saturation}]++
	}
	prior := make([]float64, len(in))
	for k, c := range in {
		prior[k] = 1 / (count[response{c.Shape.CarryOver, c.Shape.Saturation}] * float64(len(count)))
	}
	return prior
}

// Members lists the candidates that have a weight, the heaviest first.
func (a *Average) Members() []*Candidate {
	var members []*Candidate
	for _, c := range a.Candidates {
		if c.Weight > 0 {
			members = append(members, c)
		}
	}
	slices.SortStableFunc(members, func(a, b *Candidate) int { return cmp.Compare(b.Weight, a.Weight) })
	return members
}

// forecast is what a fit says of the weeks after its origin.
type forecast struct {
	densities       []float64 // log density of each observation, in multiples of the region's mean
	design          float64
	absolute, total float64 // Σ|error| and Σ|actual|
}

// forecastOf compares the forecast with what was observed. Its density is Student's t with the noise's degrees of freedom around
// the prediction; the variance of the noise grows by that of a trend that goes on at random, see Fit.walk.
func (f *Fit) forecastOf(p *panel.Panel, o model.Weeks) (forecast, error) {
	m := f.Model
	if err := m.Evaluate(); err != nil {
		return forecast{}, err
	}
	out := forecast{design: f.together()}
	predicted, level, T := m.Floats(m.Prediction), m.Floats(m.Level), m.Data.Weeks
	national, regional := f.walk()
	for _, cell := range m.forecastCells() {
		ahead := float64(cell%T - o.Train + 1)
		drift := level[cell] * level[cell] * (national*national + regional*regional) * ahead
		t := distuv.StudentsT{Mu: predicted[cell], Sigma: math.Sqrt(f.Sigma*f.Sigma + drift), Nu: f.Dof}
		out.densities = append(out.densities, t.LogProb(m.Data.Target[cell]))
		out.absolute += math.Abs(predicted[cell]-m.Data.Target[cell]) * m.Data.Scaling.Target[cell/T]
		out.total += math.Abs(p.Target[cell])
	}
	return out, nil
}

// together is the number of forecast cells that tell as much of a form as one: what a form gets wrong in a week, it gets wrong in all
// regions, so that a week counts once.
func (f *Fit) together() float64 { return max(f.Design, float64(f.Model.Data.Regions)) }

// forecastCells lists the cells of the forecast weeks whose target is known.
func (m *Model) forecastCells() []int {
	d := m.Data
	var cells []int
	for cell, known := range d.Known {
		if t := cell % d.Weeks; known && t >= d.Train && t < d.Train+d.Ahead {
			cells = append(cells, cell)
		}
	}
	return cells
}
