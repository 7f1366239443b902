package layers

import (
	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Equations are the linear structural equations of the channels' exposures in a mechanism's scale, z = ln(1 + x) or z = x,
//
//	z_t = z_t·W + Σ_k z_{t−k}·A_k + ε_t
//
// on an acyclic graph with given weights (Pamfil et al. 2020). Without an intervention they reproduce the exposure as it
// happened, so no loss depends on W and A: they are constants.
type Equations struct {
	Weights *graph.Node // W [M, M], rows are parents
	Lagged  *graph.Node // A_1 … A_K, [K·M, M]
	order   []int
	by      op.Move
}

// NewEquations takes the channels in order, parents before children, how they move each other, and the weights [M, M] and
// [K·M, M], row-major. It has no parameters.
func NewEquations(s *graph.Scope, order []int, by dag.Mechanism, weights, lagged []float64) *Equations {
	M := len(order)
	if M == 0 || len(weights) != M*M || len(lagged)%(M*M) != 0 || len(lagged) == 0 {
		op.Fail("layers: a structure of %d channels with %d weights and %d lagged ones", M, len(weights), len(lagged))
	}
	move := op.ByShares
	if by == dag.Amounts {
		move = op.ByAmounts
	}
	return &Equations{
		Weights: s.Constant("structure.weights", weights, M, M),
		Lagged:  s.Constant("structure.lagged", lagged, len(lagged)/M, M),
		order:   order,
		by:      move,
	}
}

// Forward maps exposure [R, T, M] to the exposure when channels are set to another, which those that are held [T, M] have and to which
// the changes of their parents add for the others; see op.Propagate.
func (l *Equations) Forward(exposure, set, held *graph.Node) *graph.Node {
	return op.Propagate(l.order, l.by, exposure, set, held, l.Weights, l.Lagged)
}
