package op

import (
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// TraceExp is the acyclicity h(W) = tr(exp(W∘W)) − M of an adjacency W [M, M], a scalar: 0 on a directed acyclic graph,
// positive on any other (Zheng et al. 2018). It computes in float64 in graphs of either dtype, since near a solution h is
// below the resolution of float32.
func TraceExp(w *Node) *Node {
	return pick(w, traceExp[float32], traceExp[float64])(w)
}

func traceExp[F Float](w *Node) *Node {
	if w.Dims() != 2 || w.Shape()[0] != w.Shape()[1] {
		Fail("op: adjacency must be square, not %v", w.Shape())
	}
	m := w.Shape()[0]
	wide, slope := mat.NewDense(m, m, nil), mat.NewDense(m, m, nil) // h and its gradient come from one exponential
	return apply(kernel[F]{
		name: "tr(exp(W∘W)) − d",
		run: func(out []F, in [][]F) {
			data := wide.RawMatrix().Data
			for i, v := range in[0] {
				data[i] = float64(v)
			}
			out[0] = F(dag.AcyclicityGrad(slope, wide))
		},
		diff: func(in Nodes, out, grad *Node) Nodes {
			dw := apply(kernel[F]{
				name: "∂(tr(exp(W∘W)) − d)", shape: w.Shape(),
				run: func(dst []F, in [][]F) {
					g := float64(in[1][0])
					for i, s := range slope.RawMatrix().Data {
						dst[i] = F(g * s)
					}
				},
			}, out, grad) // out: after the forward run, which sets the slope
			return Nodes{dw}
		},
	}, w)
}
