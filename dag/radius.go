package dag

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/mat"
)

// SpectralRadius is the largest modulus of an eigenvalue of W∘W, for W [d, d]: 0 on a directed acyclic graph. Since the
// matrix has no negative entry, the radius is itself an eigenvalue (Perron and Frobenius). h(W) is at most
// d·(e^radius − 1): above about 710 it overflows a float64. The radius is +Inf if a squared weight is not finite.
func SpectralRadius(w mat.Matrix) float64 {
	n := order(w)
	squared := mat.NewDense(n, n, nil)
	if norm := square(squared.RawMatrix(), raw(w)); math.IsNaN(norm) || math.IsInf(norm, 1) {
		return math.Inf(1)
	}
	if IsDAG(w) {
		return 0 // exactly; eigenvalues of a nilpotent matrix are computed only to the n-th root of the precision
	}
	var eigen mat.Eigen
	if !eigen.Factorize(squared, mat.EigenNone) {
		return math.NaN() // LAPACK's iteration did not converge, which has not been seen
	}
	radius := 0.0
	for _, v := range eigen.Values(nil) {
		radius = max(radius, cmplx.Abs(v))
	}
	return radius
}
