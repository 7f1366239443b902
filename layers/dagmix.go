package layers

import (
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// minTemperature keeps the edges' logistic finite.
const minTemperature = 1e-3

// DAGMix lets channels influence each other along a learned graph. W[i, j] is the edge i → j:
//
//	P = σ(adj_logits / temperature),  W = P ∘ mask,  mix = σ(interaction_weight)
//	D = (1 − mix) ∘ s + mix ∘ (s·W)
//
// The mask is the strict upper triangle, acyclic by itself, or all but the diagonal, acyclic by the penalty of Zheng
// et al. (2018).
type DAGMix struct {
	Logits      *gorgonia.Node // [channels, channels]. Starts at −0.1 + 0.3·N(0, 1).
	Interaction *gorgonia.Node // [channels], logit of mix. Starts at −1.4.
	Dense       *gorgonia.Node // P, unmasked [channels, channels]
	Adjacency   *gorgonia.Node // W [channels, channels]
}

var _ graph.Layer = (*DAGMix)(nil)

// NewDAGMix declares `adj_logits` and `interaction_weight`.
func NewDAGMix(s *graph.Scope, channels int, mode dag.Mode, temperature float64) (_ *DAGMix, err error) {
	defer op.Catch(&err)
	l := &DAGMix{
		Logits:      s.Param("adj_logits", graph.Structure, graph.Normal(-0.1, 0.3), channels, channels),
		Interaction: s.Param("interaction_weight", graph.Structure, graph.Fill(-1.4), channels),
	}
	mask := s.Constant("mask", mat.DenseCopyOf(dag.Mask(channels, mode)).RawMatrix().Data, channels, channels)
	l.Dense = op.Must(op.Sigmoid(op.Must(op.Affine(1/max(temperature, minTemperature), l.Logits, 0))))
	l.Adjacency = op.Must(op.Mul(l.Dense, mask))
	return l, nil
}

// Forward maps saturated exposure [regions, weeks, channels] to the blend of a channel's own and what it receives.
func (l *DAGMix) Forward(s *gorgonia.Node) (*gorgonia.Node, error) {
	mix, err := op.Sigmoid(l.Interaction)
	if err != nil {
		return nil, err
	}
	return op.Blend(s, l.Adjacency, mix)
}
