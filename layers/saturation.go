package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// HillCurve saturates carried-over exposure x:
//
//	f = xⁿ(1 + kⁿ) / (xⁿ + kⁿ)
//
// with half-saturation k and slope n: concave up to n = 1, an S curve above (Hill 1910).
type HillCurve struct {
	logHalf, logSlope shrunk
}

var _ graph.Layer = (*HillCurve)(nil)

// NewHillCurve declares `effect.half` and `effect.slope`.
func NewHillCurve(s *graph.Scope, channels int, p EffectPriors) *HillCurve {
	return &HillCurve{
		logHalf:  newShrunk(s, "effect.half", graph.Structure, channels, p.Half),
		logSlope: newShrunk(s, "effect.slope", graph.Structure, channels, p.Slope),
	}
}

// Forward maps exposure [regions, weeks, channels] to multiples of what an exposure of 1 does, of the same shape.
func (l *HillCurve) Forward(x *graph.Node) *graph.Node {
	return op.HillCurve(x, op.Exp(l.logSlope.Node), op.Exp(l.logHalf.Node))
}

// Penalty implements graph.Penalised.
func (l *HillCurve) Penalty() *graph.Node { return op.Add(l.logHalf.penalty(), l.logSlope.penalty()) }

// Curves implements Saturating.
func (l *HillCurve) Curves() (half, slope []float64) {
	return each(l.logHalf.Node, math.Exp), each(l.logSlope.Node, math.Exp)
}

// ExponentialCurve saturates carried-over exposure x, half-way to its ceiling at k:
//
//	f = (1 − 2^(−x/k)) / (1 − 2^(−1/k))
type ExponentialCurve struct{ logHalf shrunk }

var _ graph.Layer = (*ExponentialCurve)(nil)

// NewExponentialCurve declares `effect.half`.
func NewExponentialCurve(s *graph.Scope, channels int, p EffectPriors) *ExponentialCurve {
	return &ExponentialCurve{newShrunk(s, "effect.half", graph.Structure, channels, p.Half)}
}

// Forward maps exposure [regions, weeks, channels] to multiples of what an exposure of 1 does, of the same shape.
func (l *ExponentialCurve) Forward(x *graph.Node) *graph.Node {
	return op.ExponentialCurve(x, op.Exp(l.logHalf.Node))
}

// Penalty implements graph.Penalised.
func (l *ExponentialCurve) Penalty() *graph.Node { return l.logHalf.penalty() }

// PowerCurve has returns that diminish at the same rate everywhere, and no ceiling: f = x^ρ with an elasticity ρ in (0, 1).
type PowerCurve struct{ exponent shrunk }

var _ graph.Layer = (*PowerCurve)(nil)

// NewPowerCurve declares `effect.exponent`.
func NewPowerCurve(s *graph.Scope, channels int, p EffectPriors) *PowerCurve {
	return &PowerCurve{newShrunk(s, "effect.exponent", graph.Structure, channels, p.Exponent)}
}

// Forward maps exposure [regions, weeks, channels] to multiples of what an exposure of 1 does, of the same shape.
func (l *PowerCurve) Forward(x *graph.Node) *graph.Node {
	return op.PowerCurve(x, op.Sigmoid(l.exponent.Node))
}

// Penalty implements graph.Penalised.
func (l *PowerCurve) Penalty() *graph.Node { return l.exponent.penalty() }
