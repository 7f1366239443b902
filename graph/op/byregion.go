package op

import (
	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// ByRegion multiplies x [R, T, M] by a factor [R, M] of each region and channel, the same in all weeks.
func ByRegion(x, factor *Node) *Node {
	return pick(x, byRegion[float32], byRegion[float64])(x, factor)
}

func byRegion[F Float](x, factor *Node) *Node {
	if x.Dims() != 3 || !factor.Shape().Eq(tensor.Shape{x.Shape()[0], x.Shape()[2]}) {
		Fail("op: %v cannot be scaled by region and channel by %v", x.Shape(), factor.Shape())
	}
	regions, weeks, channels := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	each := func(visit func(row, factors int)) {
		cores.Share(regions, max(1, elementGrain/(weeks*channels)), func(lo, hi int) {
			for row := lo * weeks; row < hi*weeks; row++ {
				visit(row*channels, row/weeks*channels)
			}
		})
	}
	return apply(kernel[F]{
		name: "by region", shape: x.Shape(),
		run: func(out []F, in [][]F) {
			x, f := in[0], in[1]
			each(func(row, factors int) {
				for c := range channels {
					out[row+c] = x[row+c] * f[factors+c]
				}
			})
		},
		diff: func(in Nodes, _, grad *Node) Nodes {
			return gradients("by region", in, func(outs, in [][]F) {
				dx, df := outs[0], outs[1]
				x, f, g := in[0], in[1], in[2]
				clear(df)
				each(func(row, factors int) {
					for c := range channels {
						dx[row+c] = g[row+c] * f[factors+c]
						df[factors+c] += g[row+c] * x[row+c]
					}
				})
			}, in[0], in[1], grad)
		},
	}, x, factor)
}
