package learn

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"deepcausalmmm/dag"
)

// selection chooses parents among candidates by the extended Bayesian information criterion (Chen and Chen 2008, with
// γ = 1): a parent must raise twice the log-likelihood by ln n + 2 ln P for P columns. Unlike a threshold on the weights,
// it measures the evidence for an edge, not its strength, and does not depend on units.
type selection struct {
	m       *dag.Moments
	penalty float64
}

func newSelection(m *dag.Moments, e Evidence) selection {
	n, p := float64(m.Observations), float64(m.Columns())
	if e.Independent != 0 {
		d := float64(m.Variables)
		p = max(p, d*(d-1)*float64(1+m.Lags))
	}
	return selection{m, math.Log(n) + 2*math.Log(p)}
}

// forwardPenalty is the penalty of the forward pass, Akaike's: the backward pass removes the excess, and only it sees a
// parent that matters only together with others.
const forwardPenalty = 2

// parents regresses variable j on the selected candidates, and on columns that are always kept.
//
// Forward steps add the candidate that explains most of the residual; backward steps remove the one that explains least,
// until each is worth its penalty. A quarter of the observations bounds the number of parents. It returns what the forward steps
// chose too.
func (s selection) parents(j int, kept, candidates []int) (r dag.Regression, chosen []int) {
	chosen = s.forward(j, kept, candidates)
	return s.backward(j, kept, chosen), chosen
}

// forward updates the covariances of the candidates and of j given the chosen ones.
func (s selection) forward(j int, kept, candidates []int) []int {
	columns := append(append(slices.Clone(kept), candidates...), j)
	k := len(columns) - 1
	rest := blas64.General{Rows: k + 1, Cols: k + 1, Stride: k + 1, Data: make([]float64, (k+1)*(k+1))}
	for a, col := range columns {
		for b, other := range columns {
			rest.Data[a*(k+1)+b] = s.m.At(col, other)
		}
	}
	at := func(a, b int) float64 { return rest.Data[a*(k+1)+b] }
	for a := range kept {
		condition(rest, a, s.m.At(kept[a], kept[a]))
	}
	var chosen []int
	taken := make([]bool, k)
	n := float64(s.m.Observations)
	for len(kept)+len(chosen) < max(1, s.m.Observations/4) {
		best, explained := -1, 0.0
		for a := len(kept); a < k; a++ {
			variance := s.m.At(columns[a], columns[a])
			if taken[a] || at(a, a) <= dag.Negligible*variance {
				continue
			}
			if g := at(a, k) * at(a, k) / at(a, a); g > explained {
				best, explained = a, g
			}
		}
		left := at(k, k)
		if best < 0 || left <= dag.Negligible*s.m.At(j, j) || -n*math.Log1p(-min(explained/left, 1)) < forwardPenalty {
			break
		}
		taken[best] = true
		chosen = append(chosen, columns[best])
		condition(rest, best, s.m.At(columns[best], columns[best]))
	}
	return chosen
}

// backward starts from all chosen parents: without parent a the residual variance grows by weight²/inverse[a, a], for the
// inverse of their covariance, and weights and inverse lose what they had through a.
func (s selection) backward(j int, kept, chosen []int) dag.Regression {
	parents := append(slices.Clone(kept), chosen...)
	all, of := s.m.Regress(j, parents)
	if of == nil {
		return all
	}
	k := len(parents)
	inverse, weights, residual := make([]float64, k*k), slices.Clone(all.Weights), all.Residual
	for a := range k {
		for b := range k {
			inverse[a*k+b] = of.At(a, b)
		}
	}
	floor := dag.Negligible * s.m.At(j, j)
	removed := make([]bool, k)
	for {
		weakest, loss := -1, math.Inf(1)
		for a := len(kept); a < k; a++ {
			if l := weights[a] * weights[a] / inverse[a*k+a]; !removed[a] && l < loss {
				weakest, loss = a, l
			}
		}
		if weakest < 0 || float64(s.m.Observations)*math.Log1p(loss/max(residual, floor)) >= s.penalty {
			break
		}
		removed[weakest] = true
		residual += loss
		weight := weights[weakest]
		row := slices.Clone(inverse[weakest*k : (weakest+1)*k])
		for a, v := range row {
			f := v / row[weakest]
			weights[a] -= f * weight
			for b, u := range row {
				inverse[a*k+b] -= f * u
			}
		}
	}
	var left []int
	for a, column := range parents {
		if !removed[a] {
			left = append(left, column)
		}
	}
	if len(left) == k {
		return all
	}
	r, _ := s.m.Regress(j, left)
	return r
}
