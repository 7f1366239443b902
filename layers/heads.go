package layers

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// minCoefficientRange is the lower bound of a head's learned range.
const minCoefficientRange = 0.1

// Head turns the GRU's states h into coefficients, week by week and region by region:
//
//	u = act(W₃·relu(W₂·relu(W₁·h)))        H → H → H/2 → channels
//	b = u ∘ (softplus(max_raw) + 0.1)
//
// with act = σ for media, whose effect is never negative, and tanh for controls. Weights start Xavier-uniform with
// gain 0.1 and biases at 0: the coefficients are almost equal at the start.
type Head struct {
	Hidden [3]*Linear
	Range  *graph.Node // [channels], raw
}

var _ graph.Layer = (*Head)(nil)

// NewMediaHead declares `coeff_gen.{0,2,4}` and `media_coeff_max_raw`, which starts at 1.
func NewMediaHead(s *graph.Scope, hidden, channels int) *Head {
	return newHead(s, "coeff_gen", op.Logistic, hidden, channels, "media_coeff_max_raw", 1)
}

// NewControlHead declares `ctrl_coeff_gen.{0,2,4}` and `ctrl_coeff_max_raw`, which starts at 1.5.
func NewControlHead(s *graph.Scope, hidden, controls int) *Head {
	return newHead(s, "ctrl_coeff_gen", op.Tanh, hidden, controls, "ctrl_coeff_max_raw", 1.5)
}

func newHead(s *graph.Scope, name string, act op.Activation, hidden, n int, rangeName string, start float64) *Head {
	linear := func(at string, in, out int, act op.Activation) *Linear {
		return NewLinear(s, name+at, graph.Coefficients, in, out, act, graph.Xavier(0.1), graph.Fill(0))
	}
	return &Head{
		Hidden: [3]*Linear{
			linear(".0", hidden, hidden, op.ReLU),
			linear(".2", hidden, hidden/2, op.ReLU),
			linear(".4", hidden/2, n, act),
		},
		Range: s.Param(rangeName, graph.Coefficients, graph.Fill(start), n),
	}
}

// Forward maps states [regions, weeks, H] to coefficients [regions, weeks, channels].
func (l *Head) Forward(h *graph.Node) *graph.Node {
	u := op.Dense(h, l.Hidden[0].connected(), l.Hidden[1].connected(), l.Hidden[2].connected())
	width := op.Affine(1, op.Softplus(l.Range), minCoefficientRange)
	return op.Mul(u, op.Expand(h.Shape()[:2], width, nil))
}
