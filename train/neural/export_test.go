package neural

import (
	"context"

	"deepcausalmmm/optim"
)

// Replay steps the solver as a training does, for tests of package neural_test.
type Replay struct{ loop *loop }

// NewReplay begins the main loop of a model.
func NewReplay(c Config, m *Model, logf func(string, ...any)) Replay {
	l := newLoop(c, m, logf)
	l.start()
	return Replay{l}
}

// Step is one step of the main loop.
func (r Replay) Step() error { return r.loop.step() }

// AfterStep is the outer loop after an epoch's step.
func (r Replay) AfterStep(epoch int) error {
	r.loop.warmedUp(epoch)
	due := r.loop.dualsDue(epoch)
	outer := optim.AugmentedLagrangian{
		Duals: r.loop.duals,
		Inner: optim.InnerFunc(func(_ context.Context, rho, alpha float64) (h float64, more bool, err error) {
			r.loop.model.SetDuals(r.loop.active, rho, alpha)
			more, due = due, false
			return r.loop.model.Acyclicity(), more, nil
		}),
	}
	_, err := outer.Solve(context.Background())
	return err
}

// Schedule adjusts the learning rate after an epoch, and returns it.
func (r Replay) Schedule(epoch int) float64 {
	r.loop.schedule.after(epoch, r.RMSE(), r.loop.optimizer)
	return r.loop.optimizer.LearningRate()
}

// RMSE is the error of the last step.
func (r Replay) RMSE() float64 { return rmse(r.loop.model) }

// Duals are the multipliers of the penalty on cycles.
func (r Replay) Duals() optim.Duals { return *r.loop.duals }
