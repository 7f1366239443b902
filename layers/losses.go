package layers

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// The terms of the loss are scalars. The weights of the configuration are applied where the terms are added.

// groupEps keeps the root of GroupNorm differentiable at a channel without parents.
const groupEps = 1e-8

// TriangularLoss keeps a triangular graph sparse and its edges near 0 or 1:
//
//	0.01·ΣW + 0.001·ΣP(1 − P) + 2e-4·Σ|adj_logits|
//
// with P and the logits before the mask, so that those below the diagonal shrink too.
func TriangularLoss(l *DAGMix) *graph.Node {
	undecided := op.Mul(l.Dense(), op.Affine(-1, l.Dense(), 1))
	return op.Combine([]float64{0.01, 0.001, 2e-4}, op.Sum(l.Adjacency()), op.Sum(undecided), op.AbsSum(l.Logits))
}

// Duals are the scalar inputs that the outer loop of the augmented Lagrangian sets between solver runs.
type Duals struct {
	Active *graph.Node // 1 once the penalty counts, 0 during its warmup
	Rho    *graph.Node // weight of h²
	Alpha  *graph.Node // multiplier of h
}

// NOTEARSLoss drives any graph towards an acyclic one (Zheng et al. 2018, eq. 10) with few edges and few parents:
//
//	1e-4·Σ|adj_logits| + active·(½ρh² + αh + lambda1·ΣW + groupL1·Σ_j √(Σ_i W_ij² + 1e-8))
//
// It returns h = tr(exp(W∘W)) − M too.
func NOTEARSLoss(l *DAGMix, d Duals, lambda1, groupL1 float64) (loss, h *graph.Node) {
	w := l.Adjacency()
	h = op.TraceExp(w)
	penalty := op.Combine([]float64{0.5, 1, lambda1, groupL1},
		op.Mul(d.Rho, op.Mul(h, h)), op.Mul(d.Alpha, h), op.Sum(w), op.GroupNorm(w, groupEps))
	return op.Combine([]float64{1e-4, 1}, op.AbsSum(l.Logits), op.Mul(d.Active, penalty)), h
}

// SparsityLoss is Σ|stable coefficients| + 0.1·Σ|GRU weights and biases|.
func SparsityLoss(stable, gru graph.Nodes) *graph.Node {
	var terms graph.Nodes
	var weights []float64
	add := func(weight float64, nodes graph.Nodes) {
		for _, n := range nodes {
			terms, weights = append(terms, op.AbsSum(n)), append(weights, weight)
		}
	}
	add(1, stable)
	add(0.1, gru)
	return op.Combine(weights, terms...)
}

// AttributionLoss is mean((media − prior·raw)²): the distance of media's share of the prediction from the prior share.
// Gradients flow through media and raw, both [regions, weeks].
func AttributionLoss(media, raw *graph.Node, prior float64) *graph.Node {
	gap := op.Combine([]float64{1, -prior}, media, raw)
	return op.Affine(1/float64(raw.Shape().TotalSize()), op.SquareSum(gap), 0)
}

// SeasonalLoss is (softplus(seasonal_coeff) − prior)².
func SeasonalLoss(l *Seasonality, prior float64) *graph.Node {
	return op.SquareSum(op.Affine(1, l.Height(), -prior))
}

// Norms are Σ|θ| and Σθ² over all parameters.
func Norms(params graph.Nodes) (l1, l2 *graph.Node) {
	var absolutes, squares graph.Nodes
	for _, p := range params {
		absolutes, squares = append(absolutes, op.AbsSum(p)), append(squares, op.SquareSum(p))
	}
	return op.Add(absolutes...), op.Add(squares...)
}
