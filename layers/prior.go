package layers

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Prior is a normal distribution of each element of a parameter.
type Prior struct{ Mean, SD float64 }

// shrunk is a parameter [channels] with a prior. It starts at the prior's mean.
type shrunk struct {
	*graph.Node
	prior Prior
}

func newShrunk(s *graph.Scope, name string, group graph.Group, channels int, p Prior) shrunk {
	return shrunk{s.Param(name, group, graph.Fill(p.Mean), channels), p}
}

func (l shrunk) penalty() *graph.Node { return Shrink(l.Node, l.prior.Mean, l.prior.SD) }

// Shrink is ½·Σ((p − mean)/sd)², a scalar: minus the log-density of a normal prior on each element of p.
func Shrink(p *graph.Node, mean, sd float64) *graph.Node {
	return op.Combine([]float64{0.5}, op.SquareSum(op.Affine(1/sd, p, -mean/sd)))
}
