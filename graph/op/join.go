package op

import (
	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// Join concatenates x [R, T, a] and y [R, T, b] to [R, T, a + b].
func Join(x, y *Node) *Node {
	return pick(x, join[float32], join[float64])(x, y)
}

func join[F Float](x, y *Node) *Node {
	if x.Dims() != 3 || y.Dims() != 3 || !x.Shape()[:2].Eq(y.Shape()[:2]) {
		Fail("op: join: %v and %v differ in regions or weeks", x.Shape(), y.Shape())
	}
	a, b := x.Shape()[2], y.Shape()[2]
	rows := x.Shape()[0] * x.Shape()[1]
	forward := func(out []F, in [][]F) {
		cores.Share(rows, max(1, elementGrain/(a+b)), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				copy(out[i*(a+b):], in[0][i*a:(i+1)*a])
				copy(out[i*(a+b)+a:], in[1][i*b:(i+1)*b])
			}
		})
	}
	backward := func(outs, in [][]F) {
		cores.Share(rows, max(1, elementGrain/(a+b)), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				copy(outs[0][i*a:(i+1)*a], in[0][i*(a+b):])
				copy(outs[1][i*b:(i+1)*b], in[0][i*(a+b)+a:])
			}
		})
	}
	return apply(kernel[F]{
		name: "join", shape: tensor.Shape{x.Shape()[0], x.Shape()[1], a + b}, run: forward,
		diff: func(in Nodes, _, grad *Node) Nodes {
			return gradients("join", in, backward, grad)
		},
	}, x, y)
}
