package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Rows is the first n rows of a matrix.
func Rows(n int, x *Node) *Node {
	return pick(x, rows[float32], rows[float64])(n, x)
}

func rows[F Float](n int, x *Node) *Node {
	all, cols := matrixShape("rows of", x)
	if n < 1 || n > all {
		Fail("op: %d rows of %v", n, x.Shape())
	}
	return apply(kernel[F]{
		name: fmt.Sprintf("first %d rows", n), shape: tensor.Shape{n, cols},
		run: func(out []F, in [][]F) { copy(out, in[0]) },
		diff: func(in Nodes, _, grad *Node) Nodes {
			dx := apply(kernel[F]{
				name: "∂first rows", shape: x.Shape(),
				run: func(out []F, in [][]F) { clear(out[copy(out, in[0]):]) },
			}, grad)
			return Nodes{dx}
		},
	}, x)
}
