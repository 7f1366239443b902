// Package optim descends along gradients: an Optimizer is a chain of small transforms, clipping by norm and then AdamW,
// and schedules set its learning rate. All loops are generic over float32 and float64 tensors. Start reading at Chain.
package optim

// Optimizer takes steps along the negative gradient.
type Optimizer interface {
	// Step moves every parameter. A gradient that is not finite is a *GradientError, and moves none.
	Step(params []*Param) error
	// LearningRate is the rate of the next step.
	LearningRate() float64
	// SetLearningRate changes the rate from the next step on.
	SetLearningRate(rate float64)
	// State is what the optimizer remembers of a parameter, in memory of its own. It is the zero State before the first
	// step.
	State(p *Param) State
	// SetState lets the optimizer go on as if its steps had led to that state. A state that does not fit the parameter is
	// an error.
	SetState(p *Param, s State) error
}

// Transform changes the gradients of parameters in place before an optimizer sees them.
type Transform interface {
	Apply(params []*Param) error
}

// Chain is an optimizer behind transforms, which it applies in their order.
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
