package dag

import (
	"gonum.org/v1/gonum/blas/blas64"
)

// EqVarOrder orders the variables of a linear model whose errors have equal variances: each next one is that of the
// smallest variance given those before it (Chen, Drton and Wang 2019, algorithm 1, top-down). Lags are given from the
// start, and a variable waits for those that required edges put before it.
//
// The conditional variances are the pivots of a Cholesky decomposition that takes the smallest each time: d³/3
// multiplications in all.
func EqVarOrder(m *Moments, c *Constraints) []int {
	d, p := m.Variables, m.columns()
	rest := blas64.General{Rows: p, Cols: p, Stride: p, Data: append([]float64(nil), m.Covariance.Data...)}
	for k := d; k < p; k++ {
		condition(rest, k, m.at(k, k))
	}
	order := make([]int, 0, d)
	placed := make([]bool, d)
	for range d {
		next := smallest(rest, placed, func(j int) bool { return c.ready(placed, j) })
		placed[next] = true
		order = append(order, next)
		condition(rest, next, m.at(next, next))
	}
	return order
}

// smallest is the variable of the smallest variance left among those that are ready; never none, since required edges
// form no cycle.
func smallest(rest blas64.General, placed []bool, ready func(j int) bool) int {
	best := -1
	for j, done := range placed {
		if !done && ready(j) && (best < 0 || rest.Data[j*rest.Stride+j] < rest.Data[best*rest.Stride+best]) {
			best = j
		}
	}
	return best
}

// ready tells whether all that required edges put before j are placed.
func (c *Constraints) ready(placed []bool, j int) bool {
	if c == nil {
		return true
	}
	for i, done := range placed {
		if !done && c.reach[i][j] {
			return false
		}
	}
	return true
}

// allowedLag tells whether a variable's past may have an edge to another, or to itself: unless it is forbidden.
func (c *Constraints) allowedLag(from, to int) bool {
	return from == to || c == nil || !c.forbidden[from][to]
}

// negligible is the share of a variable's variance below which what is left of it is rounding: it is a sum of others.
const negligible = 1e-10

// condition turns covariances into those given variable k.
func condition(a blas64.General, k int, variance float64) {
	pivot := a.Data[k*a.Stride+k]
	if pivot <= negligible*variance {
		return // nothing of it is left to condition on
	}
	row := append([]float64(nil), a.Data[k*a.Stride:k*a.Stride+a.Cols]...)
	for i := range a.Rows {
		if f := row[i] / pivot; f != 0 {
			blas64.Axpy(-f, blas64.Vector{N: a.Cols, Data: row, Inc: 1},
				blas64.Vector{N: a.Cols, Data: a.Data[i*a.Stride : i*a.Stride+a.Cols], Inc: 1})
		}
	}
}
