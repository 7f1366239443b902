package op

import (
	"gorgonia.org/tensor"
)

// Product is the matrix product of x [..., K] and w [K, N]: [..., N]. Gorgonia's own supports no leading axes and treats a
// matrix of one column as a vector.
func Product(x, w *Node) *Node {
	return pick(x, product[float32], product[float64])(x, w)
}

func product[F Float](x, w *Node) *Node {
	if w.Dims() != 2 || x.Dims() < 1 || x.Shape()[x.Dims()-1] != w.Shape()[0] {
		Fail("op: no product of %v and %v", x.Shape(), w.Shape())
	}
	K, N := w.Shape()[0], w.Shape()[1]
	rows := x.Shape().TotalSize() / K
	shape := append(x.Shape()[:x.Dims()-1].Clone(), N)
	return apply(kernel[F]{
		name: "product", shape: tensor.Shape(shape),
		run: func(out []F, in [][]F) {
			gemm(asIs, full(in[0], rows, K), asIs, full(in[1], K, N), 0, full(out, rows, N))
		},
		diff: func(in Nodes, _, grad *Node) Nodes {
			return gradients("product", in, func(outs, in [][]F) {
				x, w, g := full(in[0], rows, K), full(in[1], K, N), full(in[2], rows, N)
				gemm(asIs, g, transposed, w, 0, full(outs[0], rows, K))
				gemm(transposed, x, asIs, g, 0, full(outs[1], K, N))
			}, in[0], in[1], grad)
		},
	}, x, w)
}
