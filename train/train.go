// Package train fits the marketing-mix model to a panel and writes what comes out: configuration in, warm start, the
// main loop with its outer loop over the duals, holdout figures beside naive baselines, contributions, the channel
// graph and the model file. Its main type is Trainer; start reading at New and Run, then at loop.
package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/neural"
)

// holdoutEvery is how many epochs pass between two looks at the holdout.
const holdoutEvery = 10

// Observer is told what a training does. Both functions may be nil.
type Observer struct {
	Logf  func(format string, args ...any) // one line: what was filled, how the duals move, what was pruned
	Epoch func(e Epoch, of int)            // behind every epoch
}

// Epoch is a row of the history. The terms are weighted: they add up to the loss.
type Epoch struct {
	Epoch       int
	Loss        float64
	Fit         float64
	DAG         float64
	Sparsity    float64
	Attribution float64
	Seasonal    float64
	L1, L2      float64

	H, Rho, Alpha float64 // behind the epoch's step, and its dual update if there was one
	LearningRate  float64 // of the next epoch
	TrainRMSE     float64 // of the scaled target, burn-in rows included: what the schedule looks at
	HoldoutRMSE   float64 // NaN where the holdout was not looked at
}

// values are all but the number, in the order of history.csv.
func (e *Epoch) values() []*float64 {
	return []*float64{
		&e.Loss, &e.Fit, &e.DAG, &e.Sparsity, &e.Attribution, &e.Seasonal, &e.L1, &e.L2, &e.H, &e.Rho, &e.Alpha, &e.LearningRate,
		&e.TrainRMSE, &e.HoldoutRMSE,
	}
}

// Result is a trained model with everything that Write needs.
type Result struct {
	Config  Config
	Panel   *panel.Panel
	Scaling panel.Scaling
	Season  *panel.Season
	Params  *graph.Params
	Dims    neural.Dims // of the training window
	History []Epoch
	Parts   []Part // train, and holdout if there is one
	Graph   Graph
	Metrics Metrics
	Details Details

	DetailEffects bool // Write adds effects_by_week.csv, of the structural model

	structural *structuralFit // nil for the original model, which has a scaling, a season, dimensions and a history instead
}

// Trainer is a training: New prepares it, Run does it.
type Trainer struct {
	config   Config
	observer Observer
	panel    *panel.Panel
	scaling  panel.Scaling
	season   *panel.Season
	spans    []panel.Span // training and holdout
	params   *graph.Params
	model    *neural.Model // on the training window
	holdout  *neural.Model // nil without a holdout
	loop     *loop
	dropout  *rand.PCG // draws the masks
	patience patience
	done     int  // epochs, those of the warm start included
	enough   bool // stopped early
	history  []Epoch
	seconds  []float64 // of each epoch, without looks at the holdout
	saves    saves
	clock    clock

	structural *structuralTrainer // does all the work where it is not nil
}

// New prepares to fit the model to a panel: it splits off the holdout, learns the scaling from the training weeks,
// builds the model and gives its parameters their starts. Its errors are a *ConfigError, and the panel's: too few
// weeks, a target that is 0 all along.
func New(c Config, p *panel.Panel, o Observer) (*Trainer, error) {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Epoch == nil {
		o.Epoch = func(Epoch, int) {}
	}
	if key, problem := c.mistake(); key != "" { // of one that Load has not checked
		return nil, &ConfigError{Source: "configuration", Key: key, Problem: problem}
	}
	if err := checkNames(p); err != nil {
		return nil, err
	}
	span, holdout, err := p.Split(c.HoldoutRatio, c.MinTrainWeeks)
	if err != nil {
		return nil, err
	}
	if c.Model == StructuralModel {
		t, err := newStructural(c, p, o, span)
		return &Trainer{config: c, structural: t}, err
	}
	if text := c.noUse(); text != "" {
		o.Logf("warning: %s", text)
	}
	t := &Trainer{config: c, observer: o, panel: p, spans: []panel.Span{span}}
	if t.scaling, err = panel.FitScaling(p, span); err != nil {
		return nil, err
	}
	t.params = graph.NewParams(dtypes[c.Dtype], c.RandomSeed)
	t.dropout = rand.NewPCG(c.RandomSeed, 1)
	t.season = panel.Decompose(p, span)
	window := t.scaling.Window(p, span, c.BurnInWeeks, t.season)
	if t.model, err = t.build(window, neural.Training); err != nil {
		return nil, err
	}
	if err := t.setStarts(window.Starts()); err != nil {
		return nil, err
	}
	if holdout.Len() > 0 {
		t.spans = append(t.spans, holdout)
		if t.holdout, err = t.build(t.scaling.Window(p, holdout, c.BurnInWeeks, t.season), neural.Evaluation); err != nil {
			return nil, err
		}
	}
	t.patience = patience{Of: c.Patience}
	t.loop = newLoop(c, t.model, o.Logf)
	return t, nil
}

// Ensemble has Run fit so many resamples too, for intervals: the structural model alone can.
func (t *Trainer) Ensemble(n int) error {
	if t.structural == nil {
		return fmt.Errorf("an ensemble is of model: %s, and this one is %s (set preset: %s)", StructuralModel, t.config.Model, RecommendedPreset)
	}
	t.structural.members = n
	return nil
}

// Run fits the model. A cancelled ctx ends it behind the epoch that is running, with an *Interrupted; a loss that runs
// away, with an error that has the epoch. The same panel, configuration and seed give the same result to the last bit,
// but for the timing, with or without interruptions. It may be called once.
func (t *Trainer) Run(ctx context.Context) (*Result, error) {
	if t.structural != nil {
		return t.structural.run(ctx)
	}
	t.clock.start()
	for ; !t.finished(); t.done++ {
		if err := t.between(ctx); err != nil {
			return nil, err
		}
		if err := t.next(); err != nil {
			return nil, fmt.Errorf("%s: %w", t.where(), err)
		}
	}
	return t.result()
}

func (t *Trainer) finished() bool {
	return t.enough || t.done == t.config.WarmStartEpochs+t.config.NEpochs
}

// next is the epoch that is due.
func (t *Trainer) next() error {
	epoch := t.done - t.config.WarmStartEpochs
	if epoch < 0 {
		return t.warmEpoch()
	}
	if epoch == 0 {
		t.loop.start()
	}
	e, err := t.epoch(epoch)
	if err != nil {
		return err
	}
	t.observer.Epoch(e, t.config.NEpochs)
	if t.holdout != nil && epoch%holdoutEvery == 0 && t.patience.exhausted(e.HoldoutRMSE) && t.config.EarlyStopping {
		t.observer.Logf("stopped early at epoch %d: no better holdout in %d looks", epoch, t.config.Patience)
		t.enough = true
	}
	return nil
}

// where is the epoch that is due, in words.
func (t *Trainer) where() string {
	if epoch := t.done - t.config.WarmStartEpochs; epoch >= 0 {
		return fmt.Sprintf("epoch %d", epoch)
	}
	return fmt.Sprintf("epoch %d of the warm start", t.done)
}

var dtypes = map[string]tensor.Dtype{"float32": tensor.Float32, "float64": tensor.Float64}

func (t *Trainer) build(w *panel.Window, mode neural.Mode) (*neural.Model, error) {
	return build(t.config, t.params, w, mode)
}

// build makes the model for a window and gives it the window's data.
func build(c Config, params *graph.Params, w *panel.Window, mode neural.Mode) (*neural.Model, error) {
	d := neural.Dims{Regions: w.Regions, Weeks: w.Weeks, Channels: w.Channels, Controls: w.Controls}
	m, err := neural.New(c.Config, d, params, mode, neural.Design{})
	if err != nil {
		return nil, err
	}
	return m, m.SetData(w.Media, w.Control, w.Target, w.Season)
}

// setStarts gives the parameters that start at the data their values.
func (t *Trainer) setStarts(s panel.Starts) error {
	for _, start := range []struct {
		name   string
		values []float64
	}{
		{"hill_g", s.HillHalf}, {"stable_media_coeff", s.StableMedia}, {"stable_ctrl_coeff", s.StableControl},
		{"region_baseline", s.RegionBaseline},
		{"global_bias", []float64{s.GlobalBias}}, {"prediction_scale", []float64{s.PredictionScale}},
	} {
		if len(start.values) == 0 {
			continue // a panel without controls has no coefficients of them
		}
		if err := t.params.Set(start.name, start.values); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trainer) warmEpoch() error {
	if t.done == 0 {
		t.observer.Logf("warm start: %d epochs", t.config.WarmStartEpochs)
	}
	t.drawDropout()
	return t.loop.warmStep()
}

func (t *Trainer) drawDropout() { t.model.DrawDropout(rand.New(t.dropout)) }

// epoch is one solver step, the outer loop behind it, and the schedule.
func (t *Trainer) epoch(epoch int) (Epoch, error) {
	began := time.Now()
	t.drawDropout()
	if err := t.loop.step(); err != nil {
		return Epoch{}, err
	}
	e := t.record(epoch)
	t.loop.afterStep(epoch)
	t.seconds = append(t.seconds, time.Since(began).Seconds())

	judged := e.TrainRMSE
	if t.holdout != nil && epoch%holdoutEvery == 0 {
		if err := t.holdout.Evaluate(); err != nil {
			return Epoch{}, err
		}
		e.HoldoutRMSE = rmse(t.holdout)
		judged = e.HoldoutRMSE
	}
	t.loop.schedule.after(epoch, judged, t.loop.optimizer)
	e.LearningRate = t.loop.optimizer.LearningRate()
	e.H, e.Rho, e.Alpha = t.model.Acyclicity(), t.loop.duals.Rho, t.loop.duals.Alpha
	t.history = append(t.history, e)
	return e, nil
}

// checkNames refuses columns that share a name with a component of the prediction.
func checkNames(p *panel.Panel) error {
	for _, name := range slices.Concat(p.Channels, p.Controls) {
		if slices.Contains([]string{componentBaseline, componentSeason}, name) {
			return fmt.Errorf("%s: column %q has the name of a component of the prediction (rename it)", p.Report.File, name)
		}
	}
	return nil
}

// record reads an epoch's loss and terms from the last run.
func (t *Trainer) record(epoch int) Epoch {
	m, c, l := t.model, t.config, t.model.Loss
	return Epoch{
		Epoch: epoch, Loss: m.Scalar(l.Total), Fit: m.Scalar(l.Fit),
		DAG: c.DAGWeight * m.Scalar(l.DAG), Sparsity: c.SparsityWeight * m.Scalar(l.Sparsity),
		Attribution: m.Scalar(l.AttributionScaled), Seasonal: m.Scalar(l.SeasonalScaled),
		L1: c.L1Weight * m.Scalar(l.L1), L2: c.L2Weight * m.Scalar(l.L2),
		TrainRMSE: rmse(m), HoldoutRMSE: nan,
	}
}
