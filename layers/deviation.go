package layers

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// maxDeviation is the largest relative deviation of a coefficient from its mean.
const maxDeviation = 0.5

// Deviation lets coefficients vary over weeks and regions around their mean, by a factor from the states h of a
// recurrence:
//
//	d = 1 + ½·tanh(h·Wᵀ + b)
//
// Each factor has a normal prior around 1.
type Deviation struct {
	Head    *Linear
	counted *graph.Node // [weeks]: 1 in the weeks whose factors are penalised
	sd      float64
}

var _ graph.Layer = (*Deviation)(nil)

// NewDeviation declares `deviation.weight` and `deviation.bias`. The prior of standard deviation sd applies to the first
// counted weeks, which include those to forecast, so that the factor stays near 1 where features leave the range of the
// training weeks.
func NewDeviation(s *graph.Scope, hidden, channels, weeks, counted int, sd float64) *Deviation {
	early := make([]float64, weeks)
	for t := range min(counted, weeks) {
		early[t] = 1
	}
	return &Deviation{
		Head:    NewLinear(s, "deviation", graph.Coefficients, hidden, channels, op.Tanh, graph.Xavier(0.1), graph.Fill(0)),
		counted: s.Constant("weeks that count", early, weeks),
		sd:      sd,
	}
}

// Forward maps states [regions, weeks, hidden] to the factor d [regions, weeks, channels].
func (l *Deviation) Forward(h *graph.Node) *graph.Node {
	return op.Affine(maxDeviation, l.Head.Forward(h), 1)
}

// Penalty is the prior's penalty of the factor.
func (l *Deviation) Penalty(factor *graph.Node) *graph.Node {
	regions, channels := factor.Shape()[0], factor.Shape()[2]
	counted := op.Expand([]int{regions}, l.counted, []int{channels})
	return Shrink(op.Mul(counted, op.Affine(1, factor, -1)), 0, l.sd)
}
