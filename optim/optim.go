// Package optim descends along gradients: an Optimizer is a chain of small transforms, clipping by norm and then AdamW,
// and schedules set its learning rate. All loops are generic over float32 and float64 tensors. Start reading at Chain.
package optim

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"
)

// Param is a trainable tensor with its gradient, both of one dtype (float32 or float64) and size.
type Param struct {
	Name  string
	Group string // which clipping it belongs to
	Value *tensor.Dense
	Grad  *tensor.Dense
}

// Optimizer takes steps along the negative gradient.
type Optimizer interface {
	Step(params []*Param) error
	LearningRate() float64
	SetLearningRate(rate float64)
}

// Transform changes the gradients of parameters in place before an optimizer sees them.
type Transform interface {
	Apply(params []*Param) error
}

// GradientError is a gradient that is not finite, at the first such element of a parameter.
type GradientError struct {
	Param string
	Index int
	Value float64
}

func (e *GradientError) Error() string {
	return fmt.Sprintf("optim: the gradient of %s is %g at element %d", e.Param, e.Value, e.Index)
}

// Chain is an optimizer behind transforms, which it applies in their order.
func Chain(last Optimizer, transforms ...Transform) Optimizer { return &chain{last, transforms} }

type chain struct {
	Optimizer
	transforms []Transform
}

func (c *chain) Step(params []*Param) error {
	for _, t := range c.transforms {
		if err := t.Apply(params); err != nil {
			return err
		}
	}
	return c.Optimizer.Step(params)
}

type float interface{ float32 | float64 }

// each calls the variant for a parameter's dtype on its value and gradient.
func each(p *Param, f32 func(value, grad []float32), f64 func(value, grad []float64)) {
	switch value := p.Value.Data().(type) {
	case []float32:
		f32(value, p.Grad.Data().([]float32))
	case []float64:
		f64(value, p.Grad.Data().([]float64))
	default:
		panic(fmt.Sprintf("optim: %s holds %T, neither float32 nor float64", p.Name, value))
	}
}

// finite returns the first element of x that is not.
func finite[F float](name string, x []F) error {
	for i, v := range x {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return &GradientError{name, i, f}
		}
	}
	return nil
}
