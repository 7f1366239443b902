// Package dag holds directed acyclic graphs as values: the weights of linear structural equations over lags, their edges,
// order, pruning and least squares; the acyclicity of any square matrix with its gradient; constraints from prior
// knowledge; and measures of how far an estimate is from the truth. An adjacency is a square matrix whose entry [i, j]
// weighs the edge i → j. Package dag/learn learns graphs from data, and dag/format reads and writes them. Start reading at
// Graph, then at Acyclicity.
package dag

import (
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// order returns the number of nodes, and panics if w is not square.
func order(w mat.Matrix) int {
	r, c := w.Dims()
	if r != c {
		panic(fmt.Sprintf("dag: adjacency is %d × %d, not square", r, c))
	}
	return r
}

// raw returns w's memory, or a copy if w is not dense.
func raw(w mat.Matrix) blas64.General {
	d, ok := w.(*mat.Dense)
	if !ok {
		d = mat.DenseCopyOf(w)
	}
	return d.RawMatrix()
}
