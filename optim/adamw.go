package optim

import (
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW, with gradient g in
// step t of a parameter θ:
//
//	θ ← θ − lr·λ·θ
//	m ← β₁m + (1 − β₁)g,   v ← β₂v + (1 − β₂)g²
//	θ ← θ − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
//
// The moments m and v are kept in the parameter's dtype, the corrections 1 − βᵗ in float64. Only the
// learning rate may change after the first Step.
type AdamW struct {
	Rate        float64 // learning rate lr
	Beta1       float64 // decay of the gradient's mean. PyTorch's default 0.9.
	Beta2       float64 // decay of its square. PyTorch's default 0.999.
	Eps         float64 // ε, keeps the quotient finite. PyTorch's default 1e-8.
	WeightDecay float64 // λ. PyTorch's default 0.01.

	states map[*Param]any // *moments of the parameter's dtype
}

var _ Optimizer = (*AdamW)(nil)

// NewAdamW has PyTorch's defaults.
func NewAdamW(rate float64) *AdamW {
	return &AdamW{Rate: rate, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01}
}

// LearningRate is the rate of the next step.
func (a *AdamW) LearningRate() float64 { return a.Rate }

// SetLearningRate changes the rate from the next step on.
func (a *AdamW) SetLearningRate(rate float64) { a.Rate = rate }

// Step moves every parameter. If a gradient is not finite, no parameter moves and the error is a *GradientError.
func (a *AdamW) Step(params []*Param) error {
	if _, err := norm(params, ""); err != nil {
		return err
	}
	for _, p := range params {
		switch m := a.state(p).(type) {
		case *moments[float32]:
			m.descend(a, p.Value.Float32s(), p.Grad.Float32s())
		case *moments[float64]:
			m.descend(a, p.Value.Float64s(), p.Grad.Float64s())
		}
	}
	return nil
}

// state is per parameter, so that one that joins late starts its own bias correction.
func (a *AdamW) state(p *Param) any {
	s := a.states[p]
	if s != nil {
		return s
	}
	if a.states == nil {
		a.states = make(map[*Param]any)
	}
	if p.dtype() == tensor.Float32 {
		s = newMoments[float32](p)
	} else {
		s = newMoments[float64](p)
	}
	a.states[p] = s
	return s
}

// State is the steps of a parameter, and the moments mean and square.
func (a *AdamW) State(p *Param) State {
	switch m := a.states[p].(type) {
	case *moments[float32]:
		return m.state(p)
	case *moments[float64]:
		return m.state(p)
	}
	return State{}
}

// SetState continues a parameter with moments of its dtype and size.
func (a *AdamW) SetState(p *Param, s State) error {
	if s.Steps == 0 {
		delete(a.states, p)
		return nil
	}
	var m any
	var err error
	if p.Value.Dtype() == tensor.Float32 {
		m, err = momentsOf[float32](p, s)
	} else {
		m, err = momentsOf[float64](p, s)
	}
	if err != nil {
		return err
	}
	if a.states == nil {
		a.states = make(map[*Param]any)
	}
	a.states[p] = m
	return nil
}

// moments are the running means of a parameter's gradient and of its square.
type moments[F float] struct {
	steps        int
	mean, square []F
}

func newMoments[F float](p *Param) *moments[F] {
	n := p.Value.Shape().TotalSize()
	return &moments[F]{mean: make([]F, n), square: make([]F, n)}
}

// The names of AdamW's tensors in a State.
const (
	stateMean   = "mean"
	stateSquare = "square"
)

func (m *moments[F]) state(p *Param) State {
	shaped := func(x []F) *tensor.Dense {
		return tensor.New(tensor.WithShape(p.Value.Shape()...), tensor.WithBacking(slices.Clone(x)))
	}
	return State{m.steps, map[string]*tensor.Dense{stateMean: shaped(m.mean), stateSquare: shaped(m.square)}}
}

func momentsOf[F float](p *Param, s State) (*moments[F], error) {
	m := newMoments[F](p)
	m.steps = s.Steps
	for name, into := range map[string][]F{stateMean: m.mean, stateSquare: m.square} {
		from, err := stateOf[F](p, s, name)
		if err != nil {
			return nil, err
		}
		copy(into, from)
	}
	return m, nil
}

func (m *moments[F]) descend(a *AdamW, value, grad []F) {
	m.steps++
	keep := F(1 - a.Rate*a.WeightDecay)
	step := F(a.Rate / (1 - math.Pow(a.Beta1, float64(m.steps))))
	root := F(math.Sqrt(1 - math.Pow(a.Beta2, float64(m.steps))))
	rest1, beta2, rest2, eps := F(1-a.Beta1), F(a.Beta2), F(1-a.Beta2), F(a.Eps)
	for i, g := range grad {
		mean := m.mean[i] + (g-m.mean[i])*rest1
		square := m.square[i]*beta2 + rest2*g*g
		m.mean[i], m.square[i] = mean, square
		value[i] = value[i]*keep - step*mean/(F(math.Sqrt(float64(square)))/root+eps)
	}
}
