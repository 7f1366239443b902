// Package optim minimises: an Optimizer is a chain of small transforms of gradients, such as clipping by norm, and AdamW,
// with schedules for its learning rate; OWLQN minimises smooth functions with an L1 penalty, Bounded within bounds and Constrained
// with inequalities too; and AugmentedLagrangian adds a
// constraint to either. Start reading at Chain and AugmentedLagrangian.
package optim

// Optimizer takes steps along the negative gradient.
type Optimizer interface {
	// Step moves every parameter. If a gradient is not finite, no parameter moves and the error is a *GradientError.
	Step(params []*Param) error
	// LearningRate is the rate of the next step.
	LearningRate() float64
	// SetLearningRate changes the rate from the next step on.
	SetLearningRate(rate float64)
	// State is a copy of the optimizer's state of a parameter, the zero State before the first step.
	State(p *Param) State
	// SetState continues from a state. A state that does not fit the parameter is an error.
	SetState(p *Param, s State) error
}

// Transform changes the gradients of parameters in place before the optimizer's step.
type Transform interface {
	Apply(params []*Param) error
}

// Chain applies transforms in order, and then an optimizer.
func Chain(last Optimizer, transforms ...Transform) Optimizer { return &chain{last, transforms} }

type chain struct {
	Optimizer
	transforms []Transform
}

var _ Optimizer = (*chain)(nil)

func (c *chain) Step(params []*Param) error {
	for _, t := range c.transforms {
		if err := t.Apply(params); err != nil {
			return err
		}
	}
	return c.Optimizer.Step(params)
}
