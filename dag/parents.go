package dag

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// regression is a variable's parents, as columns of the moments, with their least-squares coefficients.
type regression struct {
	parents  []int
	weights  []float64
	residual float64 // variance of what is left
}

// selection chooses parents among candidates by the extended Bayesian information criterion (Chen and Chen 2008, with
// γ = 1): a parent must raise twice the log-likelihood by ln n + 2 ln P, where P counts the columns. In contrast to a
// fixed cut of the weights this asks how sure an edge is, not how strong, and does not change with the units.
type selection struct {
	m       *Moments
	penalty float64
}

func newSelection(m *Moments) selection {
	n, p := float64(m.Observations), float64(m.columns())
	return selection{m, math.Log(n) + 2*math.Log(p)}
}

// generous is the penalty of the forward pass, that of Akaike's criterion: what it lets in too much, the backward pass
// takes out, which alone sees a parent that matters only beside others.
const generous = 2

// parents regresses variable j on the candidates that matter, and on those that are kept in any case.
//
// Forward steps add the candidate that explains most of what is left, generously; backward steps take out the one that
// is missed least, until each is worth its penalty. A quarter of the observations bounds the parents.
func (s selection) parents(j int, kept, candidates []int) regression {
	chosen := s.forward(j, kept, candidates)
	return s.backward(j, kept, chosen)
}

// forward keeps the covariances of the candidates and of j given what is chosen.
func (s selection) forward(j int, kept, candidates []int) []int {
	columns := append(append(slices.Clone(kept), candidates...), j)
	k := len(columns) - 1
	rest := blas64.General{Rows: k + 1, Cols: k + 1, Stride: k + 1, Data: make([]float64, (k+1)*(k+1))}
	for a, col := range columns {
		for b, other := range columns {
			rest.Data[a*(k+1)+b] = s.m.at(col, other)
		}
	}
	at := func(a, b int) float64 { return rest.Data[a*(k+1)+b] }
	for a := range kept {
		condition(rest, a, s.m.at(kept[a], kept[a]))
	}
	var chosen []int
	taken := make([]bool, k)
	n := float64(s.m.Observations)
	for len(kept)+len(chosen) < max(1, s.m.Observations/4) {
		best, gain := -1, 0.0
		for a := len(kept); a < k; a++ {
			variance := s.m.at(columns[a], columns[a])
			if taken[a] || at(a, a) <= negligible*variance {
				continue
			}
			if g := at(a, k) * at(a, k) / at(a, a); g > gain {
				best, gain = a, g
			}
		}
		left := at(k, k)
		if best < 0 || left <= negligible*s.m.at(j, j) || -n*math.Log1p(-min(gain/left, 1)) < generous {
			break
		}
		taken[best] = true
		chosen = append(chosen, columns[best])
		condition(rest, best, s.m.at(columns[best], columns[best]))
	}
	return chosen
}

// backward starts from all that is chosen and keeps the inverse of its covariance: without parent a the residual
// variance grows by weight²/inverse[a, a].
func (s selection) backward(j int, kept, chosen []int) regression {
	parents := append(slices.Clone(kept), chosen...)
	fixed := len(kept)
	for {
		r, inverse := s.m.regress(j, parents)
		weakest, loss := -1, math.Inf(1)
		for a := fixed; a < len(parents); a++ {
			if l := r.weights[a] * r.weights[a] / inverse.At(a, a); l < loss {
				weakest, loss = a, l
			}
		}
		floor := negligible * s.m.at(j, j)
		if weakest < 0 || float64(s.m.Observations)*math.Log1p(loss/max(r.residual, floor)) >= s.penalty {
			return r
		}
		parents = slices.Delete(parents, weakest, weakest+1)
	}
}

// regress is the least-squares regression of variable j on columns, and the inverse of their covariance. Of columns
// that are sums of others, a small ridge settles the weights; a constant gets none.
func (m *Moments) regress(j int, columns []int) (regression, *mat.SymDense) {
	k := len(columns)
	r := regression{parents: slices.Clone(columns), weights: make([]float64, k), residual: m.at(j, j)}
	if k == 0 {
		return r, nil
	}
	cov, cross := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for a, col := range columns {
		for b := a; b < k; b++ {
			cov.SetSym(a, b, m.at(col, columns[b]))
		}
		if cov.At(a, a) == 0 {
			cov.SetSym(a, a, 1)
		}
		cross.SetVec(a, m.at(col, j))
	}
	var chol mat.Cholesky
	for ridge := negligible; !chol.Factorize(cov); ridge *= 2 {
		for a := range k {
			cov.SetSym(a, a, cov.At(a, a)*(1+ridge))
		}
	}
	inverse := mat.NewSymDense(k, nil)
	_ = chol.SolveVecTo(mat.NewVecDense(k, r.weights), cross) // an error says ill-conditioned, no more
	_ = chol.InverseTo(inverse)
	for a, w := range r.weights {
		r.residual -= w * cross.AtVec(a)
	}
	r.residual = max(r.residual, 0)
	return r, inverse
}
