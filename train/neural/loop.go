package neural

import (
	"math"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/optim"
)

// loop is solver steps on the whole training window, and between them the outer loop over the penalty on cycles.
type loop struct {
	config    Config
	model     *Model
	params    []*optim.Param
	warm      optim.Optimizer // of the warm start
	optimizer optim.Optimizer // of the main loop
	schedule  schedule
	duals     *optim.Duals
	active    bool // the penalty counts
	warned    bool // that the duals are stuck
	logf      func(format string, args ...any)
}

// newLoop prepares for the warm start, in which the penalty counts.
func newLoop(c Config, m *Model, logf func(format string, args ...any)) *loop {
	l := &loop{
		config: c, model: m, logf: logf,
		warm: newWarmStart(c), optimizer: newOptimizer(c), schedule: newSchedule(c),
		duals: optim.NewDuals(c.NotearsRhoInit, c.NotearsAlphaInit, c.NotearsDualFactor, c.NotearsRhoMax),
	}
	for _, p := range m.Parameters {
		l.params = append(l.params, &optim.Param{Name: p.Name, Group: string(p.Group), Value: p.Value})
	}
	l.activate(true)
	return l
}

// warmStep is one step of the warm start, which fits the squared error.
func (l *loop) warmStep() error {
	l.model.SetFit(true)
	defer l.model.SetFit(false)
	return l.descend(l.warm)
}

// start opens the main loop: the penalty counts from its first epoch only if it has no warmup.
func (l *loop) start() { l.activate(l.config.NotearsWarmupEpochs == 0) }

// step is one step of the main loop.
func (l *loop) step() error { return l.descend(l.optimizer) }

func (l *loop) descend(o optim.Optimizer) error {
	if err := l.model.Run(); err != nil {
		return err
	}
	if err := l.checkLoss(); err != nil {
		return err
	}
	for i, p := range l.params {
		p.Grad = l.model.Gradient(i)
	}
	if err := o.Step(l.params); err != nil {
		return explainGradient(err)
	}
	return l.checkParams()
}

// warmedUp activates the penalty if the warmup ends with an epoch.
func (l *loop) warmedUp(epoch int) {
	if l.notears() && !l.active && epoch == l.config.NotearsWarmupEpochs {
		l.activate(true)
		l.logf("[NOTEARS] warmup complete at epoch %d; activating penalty", epoch)
	}
}

// dualsDue reports whether the duals move after the step of an epoch.
func (l *loop) dualsDue(epoch int) bool {
	return l.active && epoch > 0 && epoch%l.config.NotearsDualUpdateEvery == 0
}

// logDuals reports an update of the duals, and once that the outer loop makes no progress, and why.
func (l *loop) logDuals(epoch int, h float64) {
	l.logf("[NOTEARS] epoch=%d h=%.6g rho=%.6g alpha=%.6g", epoch, h, l.duals.Rho, l.duals.Alpha)
	if why := l.duals.Stuck(h); why != "" && !l.warned {
		l.warned = true
		l.logf("warning: [NOTEARS] %s (notears_lambda1 and notears_group_l1 ask for fewer edges)", why)
	}
}

func (l *loop) activate(on bool) {
	l.active = on && l.notears()
	l.model.SetDuals(l.active, l.duals.Rho, l.duals.Alpha)
}

func (l *loop) notears() bool { return l.config.HasDAG() && l.config.DAGMode == dag.NOTEARS }

// rmse is the root mean squared error of the last run on the scaled target, burn-in rows included: what the Python
// original schedules by.
func rmse(m *Model) float64 {
	predicted, target := m.Floats(m.Outputs.Prediction), graph.Floats(m.Inputs.Target.Value())
	sum := 0.0
	for i, y := range target {
		sum += (predicted[i] - y) * (predicted[i] - y)
	}
	return math.Sqrt(sum / float64(len(target)))
}
