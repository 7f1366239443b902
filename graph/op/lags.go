package op

import (
	"deepcausalmmm/internal/cores"
)

// Lags carries exposure x [R, T, M] over with a weight w [window, M] for each lag and channel:
//
//	A_t = Σ_l w_l ∘ x_{t−l}
//
// (Jin et al. 2017, eq. 1). Exposure before the first week equals the first week's, as in Carryover, so weights that add up
// to one keep the unit of the exposure, however few the weeks.
func Lags(x, weights *Node) *Node {
	return pick(x, lags[float32], lags[float64])(x, weights)
}

func lags[F Float](x, weights *Node) *Node {
	checkChannels("lags", x)
	regions, weeks, channels := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	window, cols := matrixShape("lags: weights", weights)
	if cols != channels {
		Fail("op: lags: exposure is %v, so weights must be [window, %d], not %v", x.Shape(), channels, weights.Shape())
	}
	// each visits the columns of x and another tensor, region by region and channel by channel, contiguous in time.
	each := func(of, with []F, visit func(region, channel int, x, y []F)) {
		cores.Share(regions, 1, func(lo, hi int) {
			x, y := make([]F, weeks), make([]F, weeks)
			for r := lo; r < hi; r++ {
				for c := range channels {
					for t, i := 0, r*weeks*channels+c; t < weeks; t, i = t+1, i+channels {
						x[t], y[t] = of[i], with[i]
					}
					visit(r, c, x, y)
				}
			}
		})
	}
	forward := func(out []F, in [][]F) {
		clear(out)
		each(in[0], out, func(r, c int, x, carried []F) {
			for l := range window {
				w, first := in[1][l*channels+c], min(l, weeks)
				for t := range first {
					carried[t] += w * x[0]
				}
				for t, past := range x[:weeks-first] {
					carried[first+t] += w * past
				}
			}
			for t, i := 0, r*weeks*channels+c; t < weeks; t, i = t+1, i+channels {
				out[i] = carried[t]
			}
		})
	}
	slopes := make([]F, regions*window*channels) // the gradients of the weights, one block per region: sums in fixed order
	backward := func(outs, in [][]F) {
		each(in[0], in[2], func(r, c int, x, g []F) {
			dx := make([]F, weeks)
			for l := range window {
				w, first := in[1][l*channels+c], min(l, weeks)
				dw, before := F(0), F(0)
				for _, v := range g[:first] {
					before += v
				}
				for t, v := range g[first:] {
					dw += v * x[t]
					dx[t] += v * w
				}
				dx[0] += before * w
				slopes[(r*window+l)*channels+c] = dw + before*x[0]
			}
			for t, i := 0, r*weeks*channels+c; t < weeks; t, i = t+1, i+channels {
				outs[0][i] = dx[t]
			}
		})
		columnSums(outs[1], full(slopes, regions, window*channels))
	}
	return apply(kernel[F]{
		name: "lags", shape: x.Shape(), run: forward,
		diff: func(in Nodes, _, grad *Node) Nodes {
			return gradients("lags", in, backward, in[0], in[1], grad)
		},
	}, x, weights)
}
