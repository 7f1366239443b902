// Package dag holds what the model and its readers need of a weighted directed graph: the adjacency of a mode, its
// acyclicity with gradient, the penalties, the dual ascent, pruning to an acyclic graph, and the file formats; and it
// learns graphs from data, without the model. A graph is a square matrix W whose entry [i, j] weighs the edge i → j.
// Start reading at Acyclicity and Prune, or at Learn.
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

// raw is w's memory, or a copy of it where w is not dense.
func raw(w mat.Matrix) blas64.General {
	d, ok := w.(*mat.Dense)
	if !ok {
		d = mat.DenseCopyOf(w)
	}
	return d.RawMatrix()
}

// checkNames panics unless there is a name for each node.
func checkNames(names []string, a mat.Matrix) {
	if n := order(a); n != len(names) {
		panic(fmt.Sprintf("dag: %d names for %d nodes", len(names), n))
	}
}
