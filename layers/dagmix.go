package layers

import (
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// minTemperature keeps the logistic function of the edges finite.
const minTemperature = 1e-3

// DAGMix lets channels influence each other along a learned graph. W[i, j] is the edge i → j:
//
//	P = σ(adj_logits / temperature),  W = P ∘ mask,  mix = σ(interaction_weight)
//	D = (1 − mix) ∘ s + mix ∘ (s·W)
//
// The mask is the strict upper triangle, which is acyclic, or all but the diagonal, which the penalty of Zheng et al.
// (2018) drives towards an acyclic graph.
type DAGMix struct {
	Logits      *graph.Node // [channels, channels]. Starts at −0.1 + 0.3·N(0, 1).
	Interaction *graph.Node // [channels], logit of mix. Starts at −1.4.
	mask        *graph.Node // [channels, channels], 0 or 1
	temperature float64
}

var _ graph.Layer = (*DAGMix)(nil)

// NewDAGMix declares `adj_logits` and `interaction_weight`.
func NewDAGMix(s *graph.Scope, channels int, mode dag.Mode, temperature float64) *DAGMix {
	return &DAGMix{
		Logits:      s.Param("adj_logits", graph.Structure, graph.Normal(-0.1, 0.3), channels, channels),
		Interaction: s.Param("interaction_weight", graph.Structure, graph.Fill(-1.4), channels),
		mask:        s.Constant("mask", mat.DenseCopyOf(dag.Mask(channels, mode)).RawMatrix().Data, channels, channels),
		temperature: max(temperature, minTemperature),
	}
}

// Dense is P [channels, channels], the edges before the mask.
func (l *DAGMix) Dense() *graph.Node { return op.Sigmoid(op.Affine(1/l.temperature, l.Logits, 0)) }

// Adjacency is W [channels, channels].
func (l *DAGMix) Adjacency() *graph.Node { return op.Mul(l.Dense(), l.mask) }

// Forward maps saturated exposure [regions, weeks, channels] to the blend of a channel's own and its inflow, of the same shape.
func (l *DAGMix) Forward(s *graph.Node) *graph.Node {
	return op.Blend(s, l.Adjacency(), op.Sigmoid(l.Interaction))
}
