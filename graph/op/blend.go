package op

import (
	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// Blend lets channels influence each other: saturated exposure s [R, T, M] flows along the weighted edges W [M, M] (from
// row to column), and a channel's result is a mix [M] of its own and of its inflow:
//
//	y = (1 − mix) ∘ s + mix ∘ (s·W)
func Blend(s, w, mix *Node) *Node {
	return pick(s, blend[float32], blend[float64])(s, w, mix)
}

func blend[F Float](s, w, mix *Node) *Node {
	checkChannels("blend", s, mix)
	m := s.Shape()[2]
	if !w.Shape().Eq(tensor.Shape{m, m}) {
		Fail("op: blend: adjacency is %v, not [%d %d]", w.Shape(), m, m)
	}
	rows := s.Shape()[0] * s.Shape()[1]
	received := make([]F, rows*m) // s·W, then the gradient back along the edges
	forward := func(out []F, in [][]F) {
		s, w, mix := in[0], in[1], in[2]
		gemm(asIs, full(s, rows, m), asIs, full(w, m, m), 0, full(received, rows, m))
		cores.Share(rows, max(1, elementGrain/m), func(lo, hi int) {
			for row := lo * m; row < hi*m; row += m {
				for c, share := range mix {
					out[row+c] = (1-share)*s[row+c] + share*received[row+c]
				}
			}
		})
	}
	backward := func(outs, in [][]F) {
		ds, dw, dmix := outs[0], outs[1], outs[2]
		s, w, mix, g := in[0], in[1], in[2], in[3]
		gemm(asIs, full(s, rows, m), asIs, full(w, m, m), 0, full(received, rows, m))
		clear(dmix)
		for row := 0; row < rows*m; row += m {
			for c, share := range mix {
				i := row + c
				dmix[c] += g[i] * (received[i] - s[i])
				received[i] = g[i] * share
				ds[i] = g[i] * (1 - share)
			}
		}
		gemm(asIs, full(received, rows, m), transposed, full(w, m, m), 1, full(ds, rows, m))
		gemm(transposed, full(s, rows, m), asIs, full(received, rows, m), 0, full(dw, m, m))
	}
	return apply(kernel[F]{
		name: "blend", shape: s.Shape(), run: forward,
		diff: func(in Nodes, _, grad *Node) Nodes {
			return gradients("blend", in, backward, in[0], in[1], in[2], grad)
		},
	}, s, w, mix)
}
