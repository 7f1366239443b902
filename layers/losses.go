package layers

import (
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph/op"
)

// The loss terms are scalars built from a model's nodes. Where a term has a weight of the configuration, the weight is
// applied by whoever sums the terms.

// groupEps keeps the root of GroupNorm differentiable at a channel without parents.
const groupEps = 1e-8

// TriangularLoss keeps a triangular graph sparse and decided:
//
//	0.01·ΣW + 0.001·ΣP(1 − P) + 2e-4·Σ|adj_logits|
//
// with P and the logits unmasked, so that those below the diagonal shrink too.
func TriangularLoss(l *DAGMix) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	edges := op.Must(op.Reduce(0, l.Adjacency, 2))
	undecided := op.Must(op.Reduce(0, op.Must(op.Mul(l.Dense, op.Must(op.Affine(-1, l.Dense, 1)))), 2))
	return op.Combine([]float64{0.01, 0.001, 2e-4}, edges, undecided, op.Must(op.AbsSum(l.Logits)))
}

// Duals are the scalar inputs that the outer loop of the augmented Lagrangian sets between solver runs.
type Duals struct {
	Active *gorgonia.Node // 1 once the penalty counts, 0 during its warmup
	Rho    *gorgonia.Node // weight of h²
	Alpha  *gorgonia.Node // multiplier of h
}

// NOTEARSLoss drives any graph towards an acyclic one (Zheng et al. 2018, eq. 10) with few edges and few parents:
//
//	1e-4·Σ|adj_logits| + active·(½ρh² + αh + lambda1·ΣW + groupL1·Σ_j √(Σ_i W_ij² + 1e-8))
//
// It returns h too.
func NOTEARSLoss(l *DAGMix, d Duals, lambda1, groupL1 float64) (loss, h *gorgonia.Node, err error) {
	defer op.Catch(&err)
	h = op.Must(op.TraceExp(l.Adjacency))
	penalty := op.Must(op.Combine([]float64{0.5, 1, lambda1, groupL1},
		op.Must(op.Mul(d.Rho, op.Must(op.Mul(h, h)))),
		op.Must(op.Mul(d.Alpha, h)),
		op.Must(op.Reduce(0, l.Adjacency, 2)),
		op.Must(op.GroupNorm(l.Adjacency, groupEps))))
	loss, err = op.Combine([]float64{1e-4, 1},
		op.Must(op.AbsSum(l.Logits)), op.Must(op.Mul(d.Active, penalty)))
	return loss, h, err
}

// SparsityLoss is Σ|stable coefficients| + 0.1·Σ|GRU weights and biases|.
func SparsityLoss(stable, gru gorgonia.Nodes) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	var terms gorgonia.Nodes
	var weights []float64
	for _, n := range stable {
		terms, weights = append(terms, op.Must(op.AbsSum(n))), append(weights, 1)
	}
	for _, n := range gru {
		terms, weights = append(terms, op.Must(op.AbsSum(n))), append(weights, 0.1)
	}
	return op.Combine(weights, terms...)
}

// AttributionLoss is m = mean((media − prior·raw)²): how far media's share of the prediction lies from the prior
// share. Gradients flow through media and raw, both [regions, weeks].
func AttributionLoss(media, raw *gorgonia.Node, prior float64) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	gap := op.Must(op.Combine([]float64{1, -prior}, media, raw))
	return op.Affine(1/float64(raw.Shape().TotalSize()), op.Must(op.SquareSum(gap)), 0)
}

// SeasonalLoss is (softplus(seasonal_coeff) − prior)².
func SeasonalLoss(l *Seasonality, prior float64) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	return op.SquareSum(op.Must(op.Affine(1, op.Must(op.Softplus(l.Coefficient)), -prior)))
}

// Norms are Σ|θ| and Σθ² over all parameters.
func Norms(params gorgonia.Nodes) (l1, l2 *gorgonia.Node, err error) {
	defer op.Catch(&err)
	var abs, square gorgonia.Nodes
	for _, p := range params {
		abs = append(abs, op.Must(op.AbsSum(p)))
		square = append(square, op.Must(op.SquareSum(p)))
	}
	l1 = op.Must(op.Add(abs...))
	l2, err = op.Add(square...)
	return l1, l2, err
}
