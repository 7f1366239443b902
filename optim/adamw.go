package optim

import "math"

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW, with gradient g in
// step t:
//
//	θ ← θ − lr·λ·θ
//	m ← β₁m + (1 − β₁)g,   v ← β₂v + (1 − β₂)g²
//	θ ← θ − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
//
// The moments are kept in the parameters' dtype. Set the fields before the first Step and leave them, but for the
// learning rate.
type AdamW struct {
	Rate        float64 // learning rate
	Beta1       float64 // decay of the gradient's mean
	Beta2       float64 // decay of its square
	Eps         float64 // keeps the quotient finite
	WeightDecay float64 // λ

	steps   int
	moments map[*Param]any // *moments of the parameter's dtype
}

var _ Optimizer = (*AdamW)(nil)

// NewAdamW has PyTorch's defaults: decays 0.9 and 0.999, ε 1e-8, and a weight decay of 0.01.
func NewAdamW(rate float64) *AdamW {
	return &AdamW{Rate: rate, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01}
}

// LearningRate is the rate of the next step.
func (a *AdamW) LearningRate() float64 { return a.Rate }

// SetLearningRate changes the rate from the next step on.
func (a *AdamW) SetLearningRate(rate float64) { a.Rate = rate }

// Step moves every parameter. A gradient that is not finite is a *GradientError, and moves none.
func (a *AdamW) Step(params []*Param) error {
	for _, p := range params {
		var err error
		each(p, func(_, g []float32) { err = finite(p.Name, g) }, func(_, g []float64) { err = finite(p.Name, g) })
		if err != nil {
			return err
		}
	}
	if a.moments == nil {
		a.moments = make(map[*Param]any, len(params))
	}
	a.steps++
	for _, p := range params {
		each(p,
			func(value, grad []float32) { descend(a, momentsOf[float32](a, p, len(value)), value, grad) },
			func(value, grad []float64) { descend(a, momentsOf[float64](a, p, len(value)), value, grad) })
	}
	return nil
}

// moments are the running means of a parameter's gradient and of its square.
type moments[F float] struct{ mean, square []F }

func momentsOf[F float](a *AdamW, p *Param, n int) *moments[F] {
	if m, ok := a.moments[p].(*moments[F]); ok {
		return m
	}
	m := &moments[F]{make([]F, n), make([]F, n)}
	a.moments[p] = m
	return m
}

func descend[F float](a *AdamW, m *moments[F], value, grad []F) {
	keep := F(1 - a.Rate*a.WeightDecay)
	step := F(a.Rate / (1 - math.Pow(a.Beta1, float64(a.steps))))
	root := F(math.Sqrt(1 - math.Pow(a.Beta2, float64(a.steps))))
	beta1, beta2, eps := F(a.Beta1), F(a.Beta2), F(a.Eps)
	mean, square := m.mean, m.square
	for i, g := range grad {
		mean[i] += (g - mean[i]) * (1 - beta1)
		square[i] = square[i]*beta2 + (1-beta2)*g*g
		value[i] = value[i]*keep - step*mean[i]/(F(math.Sqrt(float64(square[i])))/root+eps)
	}
}
