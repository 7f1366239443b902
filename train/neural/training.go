package neural

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/internal/modelfile"
	"deepcausalmmm/optim"
	"deepcausalmmm/train/model"
)

// holdoutEvery is the number of epochs between two looks at the holdout.
const holdoutEvery = 10

// Original is the neural model as train registers it.
type Original struct{}

var _ model.Model = Original{}

// Name is the value of the key model.
func (Original) Name() string { return "original" }

// Preset is the name of the defaults, which follow the Python original (get_default_config).
const Preset = "deepcausalmmm"

// Preset is the name of the model's defaults.
func (Original) Preset() string { return Preset }

// Defaults returns the preset's settings.
func (Original) Defaults() (model.Shared, any) {
	c := DefaultConfig()
	return c.Shared, &c.Settings
}

// Prepare learns the scaling from the training weeks, builds the model on training weeks and holdout, and gives its
// parameters their starts. It fails if a region's target is 0 throughout. The original leaves no cell out of its fit, so closed
// cells are marked as fitted in the panel, too.
func (Original) Prepare(task model.Task) (model.Training, error) { return newTraining(task) }

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

	H, Rho, Alpha float64 // after the epoch's step, and its dual update if there was one
	LearningRate  float64 // of the next epoch
	TrainRMSE     float64 // of the scaled target, burn-in rows included: what the schedule is driven by
	HoldoutRMSE   float64 // NaN if this epoch did not look at the holdout
}

// columns names the values of an Epoch as history.csv has them.
var columns = []string{"epoch", "loss", "loss_fit", "loss_dag", "loss_sparsity", "loss_attribution", "loss_seasonal", "loss_l1",
	"loss_l2", "h", "rho", "alpha", "learning_rate", "train_rmse", "holdout_rmse"}

// values are all but the number, in the order of the columns.
func (e *Epoch) values() []*float64 {
	return []*float64{
		&e.Loss, &e.Fit, &e.DAG, &e.Sparsity, &e.Attribution, &e.Seasonal, &e.L1, &e.L2, &e.H, &e.Rho, &e.Alpha, &e.LearningRate,
		&e.TrainRMSE, &e.HoldoutRMSE,
	}
}

// Trainer fits the model: a warm start, then the main loop with its outer loop over the penalty on cycles.
type Trainer struct {
	config   Config
	task     model.Task
	fitted   *Fitted
	model    *Model // on the training window
	holdout  *Model // nil without a holdout
	loop     *loop
	dropout  *rand.PCG // draws the masks
	patience patience
	done     int    // epochs, those of the warm start included
	open     *Epoch // the epoch whose step is done, but not its record
	enough   bool   // stopped early
	history  []Epoch
	seconds  []float64 // of each epoch, without looks at the holdout
	saves    saves
	clock    model.Clock
}

var _ model.Resumable = (*Trainer)(nil)

func newTraining(task model.Task) (*Trainer, error) {
	c := Config{task.Shared, *task.Settings.(*Settings)}
	t := &Trainer{config: c, task: task}
	if i := slices.IndexFunc(task.Panel.Media, func(x float64) bool { return x < 0 }); i >= 0 {
		return nil, fmt.Errorf("%s: mediator %q has negative values, which model: original cannot take (set model: structural, or add a "+
			"constant)", task.Panel.Report.File, task.Panel.Channels[i%len(task.Panel.Channels)])
	}
	task.Panel.FitClosed()
	if task.Panel.Holidays != nil {
		task.Observer.Logf("warning: model: original has no effects of holidays: data.holidays is not used (set preset: recommended)")
	}
	scaling, err := fitScaling(task.Panel, task.Train)
	if err != nil {
		return nil, err
	}
	params := graph.NewParams(dtypes[c.Dtype], c.RandomSeed)
	t.dropout = rand.NewPCG(c.RandomSeed, 1)
	season := decompose(task.Panel, task.Train)
	t.fitted = &Fitted{config: c, panel: task.Panel, train: task.Train, scaling: scaling, season: season, params: params}
	window := scaling.window(task.Panel, task.Train, c.BurnInWeeks, season)
	if t.model, err = t.fitted.build(window, Training); err != nil {
		return nil, err
	}
	t.fitted.dims = t.model.Dims
	if err := t.setStarts(window.starts()); err != nil {
		return nil, err
	}
	if task.Holdout.Len() > 0 {
		if t.holdout, err = t.fitted.build(scaling.window(task.Panel, task.Holdout, c.BurnInWeeks, season), Evaluation); err != nil {
			return nil, err
		}
	}
	t.patience = patience{Of: c.Patience}
	t.loop = newLoop(c, t.model, task.Observer.Logf)
	return t, nil
}

// Run fits the model. A loss that runs away ends it with a *NumberError and the epoch. The same panel, configuration and seed
// give the same result to the last bit, but for the timing, with or without interruptions.
func (t *Trainer) Run(ctx context.Context) (*model.Outcome, error) {
	if r := t.task.Panel.Resolution; t.done == 0 && r.Rows(maxPeriod) != maxPeriod {
		t.task.Observer.Logf("warning: model: original takes %s for weeks: its season is %d rows (preset: recommended counts them as they are)",
			r.RowNoun(2), maxPeriod)
	}
	t.clock.Start()
	outer := optim.AugmentedLagrangian{Inner: t, Duals: t.loop.duals, Observe: func(h float64) { t.loop.logDuals(t.open.Epoch, h) }}
	if _, err := outer.Solve(ctx); err != nil {
		return nil, err
	}
	return t.outcome()
}

var _ optim.Inner = (*Trainer)(nil)

// Minimise runs epochs until an update of the duals is due, or the training is finished, and returns h.
func (t *Trainer) Minimise(ctx context.Context, rho, alpha float64) (h float64, more bool, err error) {
	t.model.SetDuals(t.loop.active, rho, alpha)
	for {
		if t.open != nil {
			if err := t.closeEpoch(); err != nil {
				return 0, false, fmt.Errorf("%s: %w", t.Next(), err)
			}
			t.done++
		}
		if t.finished() {
			return t.model.Acyclicity(), false, nil
		}
		if err := t.between(ctx); err != nil {
			return 0, false, err
		}
		if err := t.step(); err != nil {
			return 0, false, fmt.Errorf("%s: %w", t.Next(), err)
		}
		if t.open == nil {
			t.done++ // an epoch of the warm start
		} else if t.loop.dualsDue(t.open.Epoch) {
			return t.model.Acyclicity(), true, nil
		}
	}
}

func (t *Trainer) finished() bool {
	return t.enough || t.done == t.config.WarmStartEpochs+t.config.NEpochs
}

// step is the solver's step of the epoch that is due. An epoch of the main loop stays open: its record has the duals after
// their update.
func (t *Trainer) step() error {
	epoch := t.done - t.config.WarmStartEpochs
	if epoch < 0 {
		return t.warmEpoch()
	}
	if epoch == 0 {
		t.loop.start()
	}
	began := time.Now()
	t.drawDropout()
	if err := t.loop.step(); err != nil {
		return err
	}
	e := t.record(epoch)
	t.open = &e
	t.loop.warmedUp(epoch)
	t.seconds = append(t.seconds, time.Since(began).Seconds())
	return nil
}

// closeEpoch looks at the holdout if that is due, moves the schedule, and records the epoch.
func (t *Trainer) closeEpoch() error {
	e := t.open
	t.open = nil
	look := t.holdout != nil && e.Epoch%holdoutEvery == 0
	judged := e.TrainRMSE
	if look {
		if err := t.holdout.Evaluate(); err != nil {
			return err
		}
		e.HoldoutRMSE = rmse(t.holdout)
		judged = e.HoldoutRMSE
	}
	t.loop.schedule.after(e.Epoch, judged, t.loop.optimizer)
	e.LearningRate = t.loop.optimizer.LearningRate()
	e.H, e.Rho, e.Alpha = t.model.Acyclicity(), t.loop.duals.Rho, t.loop.duals.Alpha
	t.history = append(t.history, *e)
	t.task.Observer.Step(model.Step{
		Number: e.Epoch, Of: t.config.NEpochs, Loss: e.Loss, TrainRMSE: e.TrainRMSE, HoldoutRMSE: e.HoldoutRMSE,
	})
	if look && t.patience.exhausted(e.HoldoutRMSE) && t.config.EarlyStopping {
		t.task.Observer.Logf("stopped early at epoch %d: no better holdout in %d looks", e.Epoch, t.config.Patience)
		t.enough = true
	}
	return nil
}

// Next is the epoch that is due, in words.
func (t *Trainer) Next() string {
	if epoch := t.done - t.config.WarmStartEpochs; epoch >= 0 {
		return fmt.Sprintf("epoch %d", epoch)
	}
	return fmt.Sprintf("epoch %d of the warm start", t.done)
}

var dtypes = map[string]tensor.Dtype{"float32": tensor.Float32, "float64": tensor.Float64}

// setStarts gives the parameters that start at the data their values.
func (t *Trainer) setStarts(s starts) error {
	for _, start := range []struct {
		name   string
		values []float64
	}{
		{"hill_g", s.HillHalf}, {"stable_media_coeff", s.StableMedia}, {"stable_ctrl_coeff", s.StableControl},
		{"region_baseline", s.RegionBaseline},
		{"global_bias", []float64{s.GlobalBias}}, {"prediction_scale", []float64{s.PredictionScale}},
	} {
		if len(start.values) == 0 || t.fitted.params.Get(start.name) == nil {
			continue // a panel without controls has no coefficients of them, and a design may have other layers
		}
		if err := t.fitted.params.Set(start.name, start.values); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trainer) warmEpoch() error {
	if t.done == 0 {
		t.task.Observer.Logf("warm start: %d epochs", t.config.WarmStartEpochs)
	}
	t.drawDropout()
	return t.loop.warmStep()
}

func (t *Trainer) drawDropout() { t.model.DrawDropout(rand.New(t.dropout)) }

// record reads an epoch's loss and terms from the last run.
func (t *Trainer) record(epoch int) Epoch {
	m, c, l := t.model, t.config, t.model.Loss
	return Epoch{
		Epoch: epoch, Loss: m.Scalar(l.Total), Fit: m.Scalar(l.Fit),
		DAG: c.DAGWeight * m.Scalar(l.DAG), Sparsity: c.SparsityWeight * m.Scalar(l.Sparsity),
		Attribution: m.Scalar(l.AttributionScaled), Seasonal: m.Scalar(l.SeasonalScaled),
		L1: c.L1Weight * m.Scalar(l.L1), L2: c.L2Weight * m.Scalar(l.L2),
		TrainRMSE: rmse(m), HoldoutRMSE: math.NaN(),
	}
}

// saves determines when a training saves its state.
type saves struct {
	every int
	last  int // epochs done at the last save; −1 before
	save  func(put func(*modelfile.Writer) error) error
}

// SaveEvery has Run keep the whole state; epochs of the warm start count.
func (t *Trainer) SaveEvery(n int, save func(put func(*modelfile.Writer) error) error) {
	t.saves = saves{every: n, last: -1, save: save}
}

func (s *saves) due(done int, ending bool) bool {
	return s.every > 0 && done != s.last && (ending || done%s.every == 0)
}

// between epochs the state is kept if that is due, and a training whose context has ended ends.
func (t *Trainer) between(ctx context.Context) error {
	ended := ctx.Err()
	if t.saves.due(t.done, ended != nil) {
		err := t.saves.save(t.putState)
		switch {
		case err == nil:
			t.saves.last = t.done
		case ended != nil:
			return fmt.Errorf("stopped before %s, and what came before is lost: %w", t.Next(), err)
		case t.saves.last < 0: // a folder that takes no checkpoint will take no result
			return err
		default:
			t.task.Observer.Logf("warning: %v; the training continues, and the saved state is %d epochs old", err, t.done-t.saves.last)
		}
	}
	if ended != nil {
		return &model.Interrupted{Before: t.Next(), Cause: ended}
	}
	return nil
}
