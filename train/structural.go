package train

import (
	"context"
	"deepcausalmmm/train/structural"
	"errors"
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
)

// structural is a training of the structural model: the channel graph, the shape, the fit, and an ensemble if one is asked for.
type structuralTrainer struct {
	config   Config
	observer Observer
	panel    *panel.Panel
	train    panel.Span
	known    *dag.Constraints
	options  structural.Options
	members  int // of the ensemble
	steps    []structural.Step
	clock    clock
}

// newStructural resolves what the configuration names, and checks all that can be before the work.
func newStructural(c Config, p *panel.Panel, o Observer, train panel.Span) (*structuralTrainer, error) {
	t := &structuralTrainer{config: c, observer: o, panel: p, train: train}
	if slices.Contains(slices.Concat(p.Channels, p.Controls), componentTrend) {
		return nil, fmt.Errorf("%s: column %q has the name of a component of the prediction (rename it)", p.Report.File, componentTrend)
	}
	var err error
	if t.known, err = c.knowledge(p.Channels); err != nil {
		return nil, err
	}
	t.options = structural.Options{Seed: c.RandomSeed}
	t.options.Priors, err = c.priors(p, train)
	return t, err
}

// knowledge is what is known of the graph: by the knowledge file, and by the order of the columns where that is to count.
func (c Config) knowledge(channels []string) (*dag.Constraints, error) {
	known := dag.NewConstraints(len(channels))
	if c.DAGKnowledge != "" {
		k, err := dag.OpenKnowledge(c.DAGKnowledge)
		if err != nil {
			return nil, err
		}
		if known, err = k.Constraints(channels); err != nil {
			return nil, err
		}
	}
	if c.DAGMode == dag.NOTEARS {
		return known, nil
	}
	for to := range channels {
		for from := to + 1; from < len(channels); from++ {
			if known.Required(from, to) {
				return nil, &ConfigError{Source: c.DAGKnowledge, Key: "required", Problem: fmt.Sprintf("the edge %s → %s goes from a later "+
					"column to an earlier one, which dag_mode: triangular rules out (set dag_mode: notears)", channels[from], channels[to])}
			}
			known.Forbid(from, to)
		}
	}
	return known, nil
}

// priors turns what is known of shares and returns into priors of shares of the target over the training weeks.
func (c Config) priors(p *panel.Panel, train panel.Span) ([]structural.SharePrior, error) {
	var priors []structural.SharePrior
	if c.MediaContributionPrior > 0 {
		priors = append(priors, structural.SharePrior{Channel: structural.AllMedia, Share: c.MediaContributionPrior, SD: c.MediaContributionSD})
	}
	fail := func(form string, args ...any) error {
		return &ConfigError{Source: "configuration", Key: "channel_priors", Problem: fmt.Sprintf(form, args...)}
	}
	for _, known := range c.ChannelPriors {
		channel := slices.Index(p.Channels, known.Channel)
		if channel < 0 {
			return nil, fail("no channel is called %q (there are %q)", known.Channel, p.Channels)
		}
		prior := structural.SharePrior{Channel: channel, SD: known.SD}
		if known.Share != nil {
			prior.Share = *known.Share
		} else {
			spend := slices.Index(p.SpendNames, known.Spend)
			if spend < 0 {
				return nil, fail("data.spend has no column %q for the roi of %q", known.Spend, known.Channel)
			}
			perUnit := sum(p.Spend, len(p.SpendNames), spend, len(p.Weeks), train) / sum(p.Target, 1, 0, len(p.Weeks), train)
			if !(perUnit > 0) {
				return nil, fail("nothing was spent in %q over the training weeks, or nothing sold: an roi says nothing", known.Spend)
			}
			prior.Share, prior.SD = *known.ROI*perUnit, known.SD*perUnit
		}
		priors = append(priors, prior)
	}
	return priors, nil
}

// sum adds up a column of x [R, weeks, columns] over a span.
func sum(x []float64, columns, column, weeks int, span panel.Span) float64 {
	total := 0.0
	for i := column; i < len(x); i += columns {
		if week := i / columns % weeks; week >= span.From && week < span.To {
			total += x[i]
		}
	}
	return total
}

// run fits the model. It is not saved in between: it takes seconds.
func (t *structuralTrainer) run(ctx context.Context) (*Result, error) {
	r, err := t.fit(ctx)
	if err != nil && errors.Is(err, context.Canceled) {
		return nil, &Interrupted{Before: "the end of the fit", Cause: ctx.Err()}
	}
	return r, err
}

func (t *structuralTrainer) fit(ctx context.Context) (*Result, error) {
	t.clock.start()
	c, logf := t.config, t.observer.Logf
	if text := c.noUse(); text != "" {
		logf("warning: %s", text)
	}
	data, err := structural.NewData(t.panel, t.train.To, len(t.panel.Weeks)-t.train.To, c.BurnInWeeks, c.MediaScaling)
	if err != nil {
		return nil, err
	}
	g, err := t.learn(ctx, data)
	if err != nil {
		return nil, err
	}
	choice, err := t.choose(ctx)
	if err != nil {
		return nil, err
	}
	fit, err := structural.NewFit(ctx, data, g, choice.Shape, t.options, structural.Full, nil, t.observe)
	if err != nil {
		return nil, err
	}
	alike := ""
	if fit.Design > 1 {
		alike = fmt.Sprintf("; it strikes regions alike: %.3g region-weeks tell as much as one would otherwise", fit.Design)
	}
	logf("noise    %.2f %% of an average week%s", 100*fit.Sigma, alike)
	if !fit.Converged {
		logf("warning: the fit had not converged after %d steps: shares may still move", fit.Iterations)
	}
	effects, err := fit.Effects()
	if err != nil {
		return nil, err
	}
	var members []structural.Member
	if t.members > 0 {
		members, err = fit.Ensemble(ctx, t.members, choice.Alike(), t.learn, func(done int) {
			if done%max(1, t.members/10) == 0 {
				logf("ensemble: %d of %d fits", done, t.members)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return t.result(fit, choice, effects, members)
}

// learn learns the channel graph of data; without a DAG there are no edges.
func (t *structuralTrainer) learn(ctx context.Context, d *structural.Data) (*structural.Graph, error) {
	if !t.config.HasDAG() {
		return structural.Empty(d.Channels, t.config.DAGLags), nil
	}
	return structural.Learn(ctx, d, t.config.DAGLags, t.config.NotearsThreshold, t.known)
}

// choose finds the shape, and says which and why.
func (t *structuralTrainer) choose(ctx context.Context) (*structural.Choice, error) {
	c, logf := t.config, t.observer.Logf
	search := structural.Search{
		Train: t.train.To, Horizon: t.horizon(), BurnIn: c.BurnInWeeks, Scaling: c.MediaScaling, Options: t.options, Pin: c.Shape.pin,
		Tell: func(trial structural.Trial) {
			taken := ""
			if trial.Taken {
				taken = "  ← taken"
			}
			logf("  %-40s wMAPE %.2f %%%s", trial.What, 100*trial.WMAPE, taken)
		},
	}
	if !c.ChooseShape {
		search.Horizon = 0 // no origins: the default stands, where nothing is pinned
	}
	origins := structural.Origins(search.Train, search.Horizon)
	if len(origins) > 0 {
		first := origins[len(origins)-1]
		logf("the model's shape is chosen by forecasts of %d weeks from %d origins within the training weeks, from %s on", search.Horizon,
			len(origins), t.panel.Weeks[first.Train])
	}
	choice, err := structural.Choose(ctx, t.panel, search)
	if err == nil {
		logf("shape    %s", choice.Shape)
	}
	return choice, err
}

// horizon is how many weeks are forecast: as many as are held out, or a quarter of a year.
func (t *structuralTrainer) horizon() int {
	if held := len(t.panel.Weeks) - t.train.To; held > 0 {
		return held
	}
	return 13
}

// stepLines is how many steps of the fit are between two lines.
const stepLines = 250

func (t *structuralTrainer) observe(s structural.Step) {
	t.steps = append(t.steps, s)
	if s.Iteration%stepLines == 0 {
		holdout := ""
		if !math.IsNaN(s.HoldoutRMSE) {
			holdout = fmt.Sprintf("  holdout %.4f", s.HoldoutRMSE)
		}
		t.observer.Logf("step %d  loss %.4f  rmse %.4f%s", s.Iteration, s.Loss, s.TrainRMSE, holdout)
	}
}
