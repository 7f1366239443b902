package learn

import (
	"gonum.org/v1/gonum/blas/blas64"

	"deepcausalmmm/dag"
)

// EqVarOrder orders the variables of a linear model with equal error variances: the next variable has the smallest
// variance given those before it (Chen, Drton and Wang 2019, algorithm 1, top-down). Lags are given from the start, and a
// variable comes after those that required edges put before it.
//
// The conditional variances are the pivots of a Cholesky decomposition that pivots on the smallest: d³/3 multiplications.
func EqVarOrder(m *dag.Moments, c *dag.Constraints) []int {
	d, p := m.Variables, m.Columns()
	rest := blas64.General{Rows: p, Cols: p, Stride: p, Data: append([]float64(nil), m.Covariance.Data...)}
	for k := d; k < p; k++ {
		condition(rest, k, m.At(k, k))
	}
	order := make([]int, 0, d)
	placed := make([]bool, d)
	for range d {
		next := smallest(rest, placed, func(j int) bool { return ready(c, placed, j) })
		placed[next] = true
		order = append(order, next)
		condition(rest, next, m.At(next, next))
	}
	return order
}

// smallest is the variable with the smallest conditional variance among those that are ready. There is always one, since
// required edges form no cycle.
func smallest(rest blas64.General, placed []bool, ready func(j int) bool) int {
	best := -1
	for j, done := range placed {
		if !done && ready(j) && (best < 0 || rest.Data[j*rest.Stride+j] < rest.Data[best*rest.Stride+best]) {
			best = j
		}
	}
	return best
}

// ready reports whether all variables that required edges put before j are placed.
func ready(c *dag.Constraints, placed []bool, j int) bool {
	for i, done := range placed {
		if !done && c.Precedes(i, j) {
			return false
		}
	}
	return true
}

// allowedLag reports whether a variable's past may have an edge to another, or a weight on itself.
func allowedLag(c *dag.Constraints, from, to int) bool { return from == to || !c.Forbidden(from, to) }

// condition turns covariances into those given variable k.
func condition(a blas64.General, k int, variance float64) {
	pivot := a.Data[k*a.Stride+k]
	if pivot <= dag.Negligible*variance {
		return // a linear combination of others
	}
	row := append([]float64(nil), a.Data[k*a.Stride:k*a.Stride+a.Cols]...)
	for i := range a.Rows {
		if f := row[i] / pivot; f != 0 {
			blas64.Axpy(-f, blas64.Vector{N: a.Cols, Data: row, Inc: 1},
				blas64.Vector{N: a.Cols, Data: a.Data[i*a.Stride : i*a.Stride+a.Cols], Inc: 1})
		}
	}
}
