package structural

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/cores"
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

// Trainer fits the model: the channel graph, the shape, the parameters, and draws from the posterior.
type Trainer struct {
	task     model.Task
	settings *Settings
	known    *dag.Constraints
	options  Options
	wanted   int  // draws from the posterior; 0: the default number
	keep     bool // effects by region and week
	steps    []Step
	clock    model.Clock
}

var (
	_ model.Sampler   = (*Trainer)(nil)
	_ model.Explainer = (*Trainer)(nil)
)

// Sample has Run draw n times from the posterior.
func (t *Trainer) Sample(n int) { t.wanted = n }

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
	t.options.Graph = g
	graphs, err := t.graphs(ctx, data, g)
	if err != nil {
		return nil, err
	}
	average, err := t.weigh(ctx)
	if err != nil {
		return nil, err
	}
	members, err := t.members(ctx, data, average)
	if err != nil {
		return nil, err
	}
	t.sayNoise(members)
	effects, err := meanEffects(members, graphs)
	if err != nil {
		return nil, err
	}
	if err := effects.Check(); err != nil {
		logf("warning: %s", t.named(err))
	}
	s, err := newSampler(members, graphs, task.Shared.RandomSeed)
	if err != nil {
		return nil, err
	}
	answers, err := newAnswers(members)
	if err != nil {
		return nil, err
	}
	if answers != nil {
		s.points = answers.points
	}
	draws, leftOut, err := t.draw(ctx, s)
	if err != nil {
		return nil, err
	}
	return t.outcome(result{average, members, g, graphs, effects, draws, leftOut, s.sources(), answers})
}

// graphs are the graphs over which effects are averaged: of resamples of the data.
func (t *Trainer) graphs(ctx context.Context, d *Data, g *dag.Graph) ([]*dag.Graph, error) {
	if !t.task.Shared.HasDAG() {
		return []*dag.Graph{g}, nil
	}
	return Graphs(ctx, d, graphDraws, t.options.Seed, t.settings.method(d.Channels), t.settings.DAGLags, t.task.Shared.NotearsThreshold, t.known)
}

// members fits the shapes of an average, the heaviest first; the others start from its parameters.
func (t *Trainer) members(ctx context.Context, d *Data, a *Average) ([]Member, error) {
	list := a.Members()
	members, failures := make([]Member, len(list)), make([]error, len(list))
	fit := func(i int, e Effort, start *Fit, observe func(Step)) {
		members[i] = Member{What: list[i].What, Weight: list[i].Weight}
		members[i].Fit, failures[i] = NewFit(ctx, d, list[i].Shape, t.options, e, start, observe)
	}
	fit(0, Full, nil, t.observe)
	if failures[0] == nil {
		cores.Each(len(list)-1, func(i int) { fit(i+1, Full, members[0].Fit, nil) })
	}
	for i, err := range failures {
		if err != nil {
			return nil, err
		}
		if !members[i].Fit.Converged {
			t.task.Observer.Logf("warning: the fit with %s had not converged after %d steps: shares may still move", list[i].What, members[i].Fit.Iterations)
		}
	}
	return members, nil
}

// sayNoise describes the noise of the heaviest member.
func (t *Trainer) sayNoise(members []Member) {
	fit, every := members[0].Fit, t.task.Panel.Resolution
	correlated := ""
	if fit.Design > 1 {
		correlated = fmt.Sprintf("; correlated: %.3g region-%s carry the information of one independent region-%s", fit.Design, every.Noun(2), every.Noun(1))
	}
	t.task.Observer.Logf("noise    %.2f %% of an average %s%s", 100*fit.Sigma, every.Noun(1), correlated)
}

// draw draws from the posterior, and names the draws that are left out of the intervals.
func (t *Trainer) draw(ctx context.Context, s *sampler) (draws []Draw, leftOut []string, err error) {
	logf := t.task.Observer.Logf
	draws, failed, err := s.draw(ctx, t.draws(), func(done int) {
		if done%max(1, t.draws()/4) == 0 {
			logf("posterior: %d of %d draws", done, t.draws())
		}
	})
	for _, f := range failed {
		leftOut = append(leftOut, fmt.Sprintf("draw %d: %s", f.Draw, t.named(f.Err)))
	}
	if len(leftOut) > 0 && err == nil {
		logf("warning: %d of %d draws are left out of the intervals; %s", len(leftOut), t.draws(), leftOut[0])
	}
	return draws, leftOut, err
}

const (
	defaultDraws = 200 // from the posterior
	graphDraws   = 20  // resamples of which the graph is learned
)

// draws is the number of draws from the posterior.
func (t *Trainer) draws() int { return cmp.Or(t.wanted, defaultDraws) }

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

// weigh weights the shapes, and says how.
func (t *Trainer) weigh(ctx context.Context) (*Average, error) {
	logf, every := t.task.Observer.Logf, t.task.Panel.Resolution
	search := Search{
		Train: t.task.Train.To, Horizon: t.horizon(), BurnIn: t.task.Shared.BurnInWeeks, Scaling: t.settings.MediaScaling, Options: t.options,
		Pin: t.settings.Shape.pin, Only: !t.settings.ChooseShape, Given: t.settings.Given,
		Observe: func(c *Candidate) { logf("  %-56s wMAPE %.2f %%  log density %.1f", c.What, 100*c.WMAPE, c.Score) },
	}
	search.Skip = func(o model.Weeks, err error) {
		logf("warning: the origin %s is skipped: %v", t.task.Panel.Weeks[o.Train], err)
	}
	origins := Origins(search.Train, search.Horizon, every)
	if len(origins) > 0 && !search.Only && len(search.Given) == 0 {
		first := origins[len(origins)-1]
		logf("forms are weighted by forecasts of %d %s from %d origins within the training %s, from %s on", search.Horizon,
			every.Noun(search.Horizon), len(origins), every.Noun(2), t.task.Panel.Weeks[first.Train])
	}
	average, err := Weigh(ctx, t.task.Panel, search)
	if err != nil {
		return nil, err
	}
	for _, c := range average.Members() {
		logf("weight %3.0f %%  %s", 100*c.Weight, c.What)
	}
	return average, nil
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
