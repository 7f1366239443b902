package layers

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Equations are how channels move each other: the linear structural equations of their log-exposures z,
//
//	z_t = z_t·W + Σ_k z_{t−k}·A_k + ε_t
//
// on a graph that is given (Pamfil et al. 2020, after its order and edges are learned). W and A are parameters where the
// graph has an edge, and 0 elsewhere; the graph has no cycle, so h(W) is 0.
type Equations struct {
	Weights *gorgonia.Node // W ∘ mask [M, M], rows are parents
	Lagged  *gorgonia.Node // A ∘ mask [K·M, M], one lag below the other
	order   []int
}

// StructurePrefix begins the names of the parameters of Equations.
const StructurePrefix = "structure."

// NewEquations declares `structure.weights` [M, M] and `structure.lagged` [K·M, M], which start at the given weights: where
// one is 0 there is no edge. order has parents before children.
func NewEquations(s *graph.Scope, order []int, weights, lagged []float64) (_ *Equations, err error) {
	defer op.Catch(&err)
	M := len(order)
	if M == 0 || len(weights) != M*M || len(lagged)%(M*M) != 0 || len(lagged) == 0 {
		return nil, fmt.Errorf("layers: a structure of %d channels with %d weights and %d lagged ones", M, len(weights), len(lagged))
	}
	masked := func(name string, start []float64, shape ...int) *gorgonia.Node {
		mask := make([]float64, len(start))
		for i, w := range start {
			if w != 0 {
				mask[i] = 1
			}
		}
		return op.Must(op.Mul(s.Param(name, graph.Structure, graph.Values(start), shape...), s.Constant(name+" mask", mask, shape...)))
	}
	return &Equations{
		Weights: masked(StructurePrefix+"weights", weights, M, M),
		Lagged:  masked(StructurePrefix+"lagged", lagged, len(lagged)/M, M),
		order:   order,
	}, nil
}

// Score is ½/n·Σ‖ε‖² over the signals z [rows, M], given those of the weeks before, past [rows, K·M].
func (l *Equations) Score(z, past *gorgonia.Node) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	expected := op.Must(op.Product(z, l.Weights))
	before := op.Must(op.Product(past, l.Lagged))
	errors := op.Must(op.Combine([]float64{1, -1, -1}, z, expected, before))
	return op.Combine([]float64{0.5 / float64(z.Shape()[0])}, op.Must(op.SquareSum(errors)))
}

// Travel is the exposure [R, T, M] that an intervention leads to, do and held [T, M]; see op.Propagate.
func (l *Equations) Travel(exposure, do, held *gorgonia.Node) (*gorgonia.Node, error) {
	return op.Propagate(l.order, exposure, l.Weights, l.Lagged, do, held)
}

// Lags is K.
func (l *Equations) Lags() int { return l.Lagged.Shape()[0] / len(l.order) }
