package train

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/model"
)

// Trainer is a training: New prepares it, Run does it.
type Trainer struct {
	config   Config
	panel    *panel.Panel
	spans    []model.Span // training and holdout
	found    []notice.Notice
	training model.Training
	logf     func(format string, args ...any)
	saved    string // path of the checkpoint; empty if none is kept
}

// New prepares to fit the configuration's model to a panel: it splits off the holdout and has the model check whatever can
// be checked before the work. Its errors are a *ConfigError, and the panel's: too few weeks, a target that is 0 throughout.
func New(c Config, p *panel.Panel, o model.Observer) (*Trainer, error) {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Step == nil {
		o.Step = func(model.Step) {}
	}
	if key, problem := c.check(); key != "" { // of one that Load has not checked
		return nil, &ConfigError{Source: "configuration", Key: key, Problem: problem}
	}
	if err := checkNames(p); err != nil {
		return nil, err
	}
	train, holdout, err := p.Split(c.HoldoutRatio, c.minTrain(p))
	if err != nil {
		return nil, err
	}
	for _, key := range c.ignored {
		o.Logf("warning: model: %s ignores %s", c.Model, key)
	}
	task := c.task(p, train, holdout)
	task.Observer = o
	t := &Trainer{config: c, panel: p, spans: task.Spans(), logf: o.Logf}
	if t.training, err = modelOf(c.Model).Prepare(task); err != nil {
		return nil, err
	}
	t.found = t.notices()
	return t, nil
}

// checkNames refuses columns that share a name with a component of the prediction.
func checkNames(p *panel.Panel) error {
	for _, name := range slices.Concat(p.Channels, p.Controls) {
		if slices.Contains([]model.Kind{model.Baseline, model.Trend, model.Season, model.Holidays}, model.Kind(name)) {
			return fmt.Errorf("%s: column %q has the name of a component of the prediction (rename it)", p.Report.File, name)
		}
	}
	return nil
}

// Ensemble has Run draw n times from the posterior, instead of the model's default number, if the model has one.
func (t *Trainer) Ensemble(n int) error {
	r, ok := t.training.(model.Sampler)
	if !ok {
		return fmt.Errorf("model: %s has no posterior to draw from (set preset: %s)", t.config.Model, RecommendedPreset)
	}
	r.Sample(n)
	return nil
}

// EffectsByWeek has the result's files include effects_by_week.csv, if the model has indirect effects.
func (t *Trainer) EffectsByWeek() error {
	e, ok := t.training.(model.Explainer)
	if !ok {
		return fmt.Errorf("model: %s has no indirect effects (set preset: %s)", t.config.Model, RecommendedPreset)
	}
	e.KeepEffects()
	return nil
}

// SaveTo has Run keep the state of a model that can be resumed in a folder, which must exist: before the first step, after
// every n, and when its context ends it. Resume continues from there. The file is replaced at once or not at all; if it cannot
// be written, the training logs a warning and continues.
func (t *Trainer) SaveTo(dir string, n int) {
	r, ok := t.training.(model.Resumable)
	if !ok || n == 0 {
		return
	}
	t.saved = filepath.Join(dir, CheckpointFile)
	r.SaveEvery(n, func(put func(*modelfile.Writer) error) error {
		return files.Write(dir, files.As(CheckpointFile, t.checkpoint(put)))
	})
}

// Run fits the model, once. A cancelled ctx ends it with a *model.Interrupted. The same panel, configuration and seed give the
// same result to the last bit, but for the timing, with or without interruptions.
func (t *Trainer) Run(ctx context.Context) (*Result, error) {
	out, err := t.training.Run(ctx)
	var stopped *model.Interrupted
	if errors.As(err, &stopped) {
		stopped.Saved = t.saved
	}
	if err != nil {
		return nil, err
	}
	r := &Result{Config: t.config, Panel: t.panel, Outcome: *out, Details: describe(t.panel, t.spans[0].To, *out)}
	r.Details.Notices = t.found
	if out.Inference != nil {
		r.Details.Notices = notice.Ordered(slices.Concat(t.found, notice.Prior(out.Inference.Assumed)))
	}
	r.Metrics.BLAS = blas.Used()
	r.measure()
	return r, nil
}
