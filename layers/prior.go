package layers

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Prior is a normal distribution of each element of a parameter.
type Prior struct {
	Mean, SD float64

	// Anchor [channels] shifts the mean of each element, in standard deviations. The fits of an ensemble whose anchors
	// are drawn from N(0, 1) spread as the posterior does where data say little (Pearce et al. 2020). nil: no shift.
	Anchor []float64
}

// shrunk is a parameter [channels] with a prior. It starts at the prior's mean.
type shrunk struct {
	*graph.Node
	prior  Prior
	anchor *graph.Node // nil without
}

func newShrunk(s *graph.Scope, name string, group graph.Group, channels int, p Prior) shrunk {
	l := shrunk{Node: s.Param(name, group, graph.Fill(p.Mean), channels), prior: p}
	if p.Anchor != nil {
		l.anchor = s.Constant("anchor of "+name, p.Anchor, channels)
	}
	return l
}

func (l shrunk) penalty() *graph.Node {
	centred := l.Node
	if l.anchor != nil {
		centred = op.Combine([]float64{1, -l.prior.SD}, l.Node, l.anchor)
	}
	return Shrink(centred, l.prior.Mean, l.prior.SD)
}

// Shrink is ½·Σ((p − mean)/sd)², a scalar: minus the log-density of a normal prior on each element of p.
func Shrink(p *graph.Node, mean, sd float64) *graph.Node {
	return op.Combine([]float64{0.5}, op.SquareSum(op.Affine(1/sd, p, -mean/sd)))
}
