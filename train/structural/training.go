package structural

import (
	"context"
	"errors"
	"fmt"
	"math"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/train/model"
)

// Structural is the model as train registers it.
type Structural struct{}

var _ model.Model = Structural{}

// Name is the value of the key model.
func (Structural) Name() string { return "structural" }

// Preset is the name of the model's defaults.
const Preset = "recommended"

// Preset is the name of the model's defaults.
func (Structural) Preset() string { return Preset }

// Defaults returns the preset's settings.
func (Structural) Defaults() (model.Shared, any) {
	var shared model.Shared
	own := &Settings{}
	settings.SetDefaults(&shared, own)
	shared.DAGMode = dag.NOTEARS
	shared.NotearsThreshold = 0       // parents are selected: every edge that is left has been tested
	shared.MediaContributionPrior = 0 // none
	return shared, own
}

// Prepare resolves what the settings name.
func (Structural) Prepare(task model.Task) (model.Training, error) {
	own := task.Settings.(*Settings)
	t := &Trainer{task: task, settings: own}
	if n := len(task.Panel.Channels); own.method(n) == learn.Exact && n > learn.MaxExact {
		return nil, &settings.Error{Source: "configuration", Key: "dag_method", Problem: fmt.Sprintf("exact searches all orders of at most %d "+
			"channels, not of %d (set notears or dagma)", learn.MaxExact, n)}
	}
	if problem := own.Shape.beyond(task.Panel); problem != nil {
		return nil, problem
	}
	if _, err := task.Panel.TargetMeans(task.Train); err != nil {
		return nil, err
	}
	var err error
	if t.known, err = own.knowledge(task.Shared.DAGMode, task.Panel); err != nil {
		return nil, err
	}
	t.options = Options{Seed: task.Shared.RandomSeed, Design: own.Design}
	if t.options.Priors, err = own.priors(task.Shared, task.Panel, task.Train); err != nil {
		return nil, err
	}
	if t.options.Lifts, err = own.lifts(task.Panel, task.Train); err != nil {
		return nil, err
	}
	t.sayLifts()
	return t, nil
}

// saidDoubt is the doubt of a test's exposure from which on it is said.
const saidDoubt = 0.01

// sayLifts warns of lifts whose sign is probably wrong, and says how sure it is what there would have been without a test.
func (t *Trainer) sayLifts() {
	for i, l := range t.options.Lifts {
		key := settings.Item("experiments", i)
		if l.reversed() {
			t.task.Observer.Logf("warning: %s: the target was higher with less exposure, by a lift of %.6g; the lift is the target with the change "+
				"less the target without it: is its sign right?", key, l.Measured)
		}
		if l.Doubt > saidDoubt {
			t.task.Observer.Logf("%s: what there would have been without the test is known to %.0f %%, as the same calculation shows in other %s: the "+
				"standard error of the lift becomes %.4g (give usual if it is known better)", key, 100*l.Doubt, t.task.Panel.Resolution.Noun(2), l.SE)
		}
	}
}

// Trainer fits the model: the channel graph, the shape, the parameters, and resamples if there are to be any.
type Trainer struct {
	task      model.Task
	settings  *Settings
	known     *dag.Constraints
	options   Options
	resamples int
	keep      bool // effects by region and week
	steps     []Step
	clock     model.Clock
}

var (
	_ model.Resampler = (*Trainer)(nil)
	_ model.Explainer = (*Trainer)(nil)
)

// Resample has Run fit n resamples too.
func (t *Trainer) Resample(n int) { t.resamples = n }

// KeepEffects has Run keep the total effects of each region and week.
func (t *Trainer) KeepEffects() { t.keep = true }

// Run fits the model. It is not saved in between: it takes seconds.
func (t *Trainer) Run(ctx context.Context) (*model.Outcome, error) {
	out, err := t.fit(ctx)
	if err != nil && errors.Is(err, context.Canceled) {
		return nil, &model.Interrupted{Before: "the end of the fit", Cause: ctx.Err()}
	}
	return out, err
}

func (t *Trainer) fit(ctx context.Context) (*model.Outcome, error) {
	t.clock.Start()
	task, logf := t.task, t.task.Observer.Logf
	data, err := NewData(task.Panel, task.Train.To, len(task.Panel.Weeks)-task.Train.To, task.Shared.BurnInWeeks, t.settings.MediaScaling)
	if err != nil {
		return nil, err
	}
	for _, line := range data.Scaling.shifted(task.Panel.Channels, data.Clipped) {
		logf("%s", line)
	}
	g, err := t.learn(ctx, data)
	if err != nil {
		return nil, err
	}
	choice, err := t.choose(ctx, g)
	if err != nil {
		return nil, err
	}
	fit, err := NewFit(ctx, data, g, choice.Shape, t.options, Full, nil, t.observe)
	if err != nil {
		return nil, err
	}
	correlated := ""
	if fit.Design > 1 {
		correlated = fmt.Sprintf("; correlated: %.3g region-%s carry the information of one independent region-%s", fit.Design,
			task.Panel.Resolution.Noun(2), task.Panel.Resolution.Noun(1))
	}
	logf("noise    %.2f %% of an average %s%s", 100*fit.Sigma, task.Panel.Resolution.Noun(1), correlated)
	if !fit.Converged {
		logf("warning: the fit had not converged after %d steps: shares may still move", fit.Iterations)
	}
	effects, err := fit.Effects()
	if err != nil {
		return nil, err
	}
	if err := effects.Check(); err != nil {
		logf("warning: %s", t.named(err))
	}
	var members []Member
	var leftOut []string
	if t.resamples > 0 {
		if members, leftOut, err = t.ensemble(ctx, fit, choice); err != nil {
			return nil, err
		}
	}
	assumed, err := fit.Assumed()
	if err != nil {
		return nil, err
	}
	out, err := t.outcome(fit, choice, effects, members)
	if err == nil {
		out.Inference.LeftOut = leftOut
		for _, c := range assumed {
			out.Inference.Assumed = append(out.Inference.Assumed, task.Panel.Channels[c])
		}
	}
	return out, err
}

// ensemble fits the resamples, and names those that are left out of the intervals.
func (t *Trainer) ensemble(ctx context.Context, fit *Fit, choice *Choice) (members []Member, leftOut []string, err error) {
	logf := t.task.Observer.Logf
	members, failed, err := fit.Ensemble(ctx, t.resamples, choice.Alike(), t.learn, func(done int) {
		if done%max(1, t.resamples/10) == 0 {
			logf("ensemble: %d of %d fits", done, t.resamples)
		}
	})
	for _, f := range failed {
		leftOut = append(leftOut, fmt.Sprintf("resample %d: %s", f.Resample, t.named(f.Err)))
	}
	if len(leftOut) > 0 && err == nil {
		logf("warning: %d of %d resamples are left out of the intervals; %s", len(leftOut), t.resamples, leftOut[0])
	}
	return members, leftOut, err
}

// named is an error's message, with the name of the channel if it is about one.
func (t *Trainer) named(err error) string {
	var d *DivergenceError
	if errors.As(err, &d) {
		return d.Of(t.task.Panel.Channels[d.Channel])
	}
	return err.Error()
}

// learn learns the channel graph of data; without a DAG there are no edges.
func (t *Trainer) learn(ctx context.Context, d *Data) (*dag.Graph, error) {
	if !t.task.Shared.HasDAG() {
		return dag.NewEmpty(d.Channels, t.settings.DAGLags), nil
	}
	return Learn(ctx, d, t.settings.method(d.Channels), t.settings.DAGLags, t.task.Shared.NotearsThreshold, t.known)
}

// choose finds the shape, and says which and why.
func (t *Trainer) choose(ctx context.Context, g *dag.Graph) (*Choice, error) {
	logf := t.task.Observer.Logf
	search := Search{
		Train: t.task.Train.To, Horizon: t.horizon(), BurnIn: t.task.Shared.BurnInWeeks, Scaling: t.settings.MediaScaling, Options: t.options,
		Graph: g,
		Pin:   t.settings.Shape.pin,
		Observe: func(trial Trial) {
			taken := ""
			if trial.Taken {
				taken = "  ← taken"
			}
			logf("  %-40s wMAPE %.2f %%%s", trial.What, 100*trial.WMAPE, taken)
		},
	}
	search.Skip = func(o model.Weeks, err error) {
		logf("warning: the origin %s is skipped: %v", t.task.Panel.Weeks[o.Train], err)
	}
	if !t.settings.ChooseShape {
		search.Horizon = 0 // no origins: the default, apart from what is fixed
	}
	origins := Origins(search.Train, search.Horizon, t.task.Panel.Resolution)
	if len(origins) > 0 {
		first := origins[len(origins)-1]
		noun := t.task.Panel.Resolution.Noun
		logf("the model's shape is chosen by forecasts of %d %s from %d origins within the training %s, from %s on", search.Horizon,
			noun(search.Horizon), len(origins), noun(2), t.task.Panel.Weeks[first.Train])
	}
	choice, err := Choose(ctx, t.task.Panel, search)
	if err == nil {
		logf("shape    %s", choice.Shape)
		if t.task.Panel.Holidays != nil && choice.Shape.Holidays == 0 {
			why := "they did not improve the forecasts of earlier weeks, of which few may have had one"
			if len(choice.Trials) == 0 {
				why = "nothing was tried"
			}
			logf("data.holidays is not used, since %s: set shape.holidays: %g to have them all the same", why, holidaySize)
		}
	}
	return choice, err
}

// defaultHorizon is a quarter of a year, in weeks.
const defaultHorizon = 13

// horizon is the number of rows to forecast, the length of the holdout.
func (t *Trainer) horizon() int {
	if held := t.task.Holdout.Len(); held > 0 {
		return held
	}
	return t.task.Panel.Resolution.Rows(defaultHorizon)
}

// stepLines is the number of steps of the fit between two lines.
const stepLines = 250

func (t *Trainer) observe(s Step) {
	t.steps = append(t.steps, s)
	if s.Iteration%stepLines == 0 {
		holdout := ""
		if !math.IsNaN(s.HoldoutRMSE) {
			holdout = fmt.Sprintf("  holdout %.4f", s.HoldoutRMSE)
		}
		t.task.Observer.Logf("step %d  loss %.4f  rmse %.4f%s", s.Iteration, s.Loss, s.TrainRMSE, holdout)
	}
}
