package dag

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Acyclicity is h(W) = tr(exp(W∘W)) − d: 0 on a directed acyclic graph of d nodes and positive on any other (Zheng et
// al. 2018, theorem 1). It is exactly 0 on a DAG, and right to the last digits however weak a cycle is; see expm1. It
// is +Inf for weights so large (or not finite) that the exponential overflows.
func Acyclicity(w mat.Matrix) float64 {
	n := order(w)
	return AcyclicityGrad(mat.NewDense(n, n, nil), w)
}

// AcyclicityGrad sets dst to the gradient ∂h/∂W = exp(W∘W)ᵀ ∘ 2W and returns h(W).
func AcyclicityGrad(dst *mat.Dense, w mat.Matrix) (h float64) {
	n := order(w)
	e := mat.NewDense(n, n, nil)
	e.MulElem(w, w)
	expm1(e)
	h = mat.Trace(e)
	if math.IsNaN(h) {
		h = math.Inf(1)
	}
	dst.Apply(func(i, j int, w float64) float64 {
		exp := e.At(j, i)
		if i == j {
			exp++
		}
		return 2 * w * exp
	}, w)
	return h
}

// Parameters of expm1. On a matrix of norm 2⁻⁴ a series of degree 9 is right to double precision; up to maxDegree it is
// lengthened to the number of nodes, so that it takes in the longest cycle.
const (
	seriesNorm = 1.0 / 16
	minDegree  = 9
	maxDegree  = 18
)

// expm1 replaces a matrix A ≥ 0 by E = exp(A) − I.
//
// The plain way, tr(exp A) − d by Padé approximation, subtracts d from a sum near d and solves with pivots, which
// leaves rounding of the size of 1e-15 where a weak cycle, or none, should be. Here nothing is ever subtracted: the
// series Σ A^k/k! of a scaled A, and then squarings as E ← 2E + E², add and multiply non-negative numbers alone. So
// each entry keeps its relative accuracy, and what is 0 by structure stays 0.
func expm1(a *mat.Dense) {
	n := order(a)
	norm := mat.Norm(a, math.Inf(1))
	if norm == 0 {
		return
	}
	if math.IsNaN(norm) || norm > math.Log(math.MaxFloat64) {
		a.Apply(func(_, _ int, _ float64) float64 { return math.NaN() }, a)
		return
	}
	degree := min(max(n, minDegree), maxDegree)
	squarings := max(max(0, math.Ilogb(norm/seriesNorm)+1), squaringsForWalks(n, degree))
	a.Scale(math.Ldexp(1, -squarings), a)
	series, next := mat.DenseCopyOf(a), mat.NewDense(n, n, nil)
	for k := degree; k > 1; k-- { // Horner: A(I + A/2(I + A/3(…)))
		next.Mul(a, series)
		next.Scale(1/float64(k), next)
		series.Add(a, next)
	}
	for range squarings {
		next.Mul(series, series)
		series.Scale(2, series)
		series.Add(series, next)
	}
	a.Copy(series)
}

// squaringsForWalks is how often to halve the exponent so that a cycle through all n nodes keeps its weight 1/n! to
// double precision, where the series is shorter than that. Of n steps spread over 2^s factors, more than `degree`
// fall into one factor, which lacks them, with a probability of at most C(n, degree+1)/2^(s·degree).
func squaringsForWalks(n, degree int) int {
	if n <= degree {
		return 0
	}
	lnFactorial := func(n int) float64 { v, _ := math.Lgamma(float64(n) + 1); return v }
	ways := (lnFactorial(n) - lnFactorial(degree+1) - lnFactorial(n-degree-1)) / math.Ln2
	return int(math.Ceil((ways + 53) / float64(degree)))
}
