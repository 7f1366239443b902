package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Rows is the first n rows of a matrix.
func Rows(n int, x *gorgonia.Node) *gorgonia.Node {
	return pick(x, rows[float32], rows[float64])(n, x)
}

func rows[F Float](n int, x *gorgonia.Node) *gorgonia.Node {
	all, cols := matrixShape("rows of", x)
	if n < 1 || n > all {
		fail("op: %d rows of %v", n, x.Shape())
	}
	return Must(apply(kernel[F]{
		name: fmt.Sprintf("first %d rows", n), shape: tensor.Shape{n, cols},
		run: func(out []F, in [][]F) { copy(out, in[0]) },
		diff: func(in gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := apply(kernel[F]{
				name: "∂first rows", shape: x.Shape(),
				run: func(out []F, in [][]F) { clear(out[copy(out, in[0]):]) },
			}, grad)
			return gorgonia.Nodes{dx}, err
		},
	}, x))
}
