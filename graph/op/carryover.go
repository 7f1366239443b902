package op

import (
	"deepcausalmmm/internal/cores"
)

// Carryover carries exposure x [R, T, M] over from week to week at the channel's decay a [M], in [0, 1):
//
//	A_0 = x_0
//	A_t = (1 − a) ∘ x_t + a ∘ A_{t−1}
//
// (geometric adstock whose weights add up to one, Jin et al. 2017). The result is in the units of the exposure at any decay,
// so half-saturations are comparable, and exposure before the first week equals the first week's. Adstock's weights do
// not add up to one.
func Carryover(x, decay *Node) *Node {
	return pick(x, carryover[float32], carryover[float64])(x, decay)
}

func carryover[F Float](x, decay *Node) *Node {
	checkChannels("carryover", x, decay)
	regions, weeks, channels := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	forward := func(out []F, in [][]F) {
		x, a := in[0], in[1]
		cores.Share(regions, 8, func(lo, hi int) {
			for at := lo * weeks * channels; at < hi*weeks*channels; at += weeks * channels {
				copy(out[at:at+channels], x[at:])
				for row := at + channels; row < at+weeks*channels; row += channels {
					for c, decay := range a {
						i := row + c
						out[i] = x[i] + decay*(out[i-channels]-x[i])
					}
				}
			}
		})
	}
	decays := make([]F, regions*channels) // the gradients of the decays, one row per region: sums in fixed order
	backward := func(outs, in [][]F) {
		dx := outs[0]
		x, a, y, g := in[0], in[1], in[2], in[3]
		copy(dx, g)
		clear(decays)
		cores.Share(regions, 8, func(lo, hi int) {
			for r := lo; r < hi; r++ {
				at := r * weeks * channels
				da := decays[r*channels : (r+1)*channels]
				for row := at + (weeks-1)*channels; row > at; row -= channels {
					for c, decay := range a {
						i := row + c
						da[c] += dx[i] * (y[i-channels] - x[i])
						dx[i-channels] += dx[i] * decay
						dx[i] *= 1 - decay
					}
				}
			}
		})
		columnSums(outs[1], full(decays, regions, channels))
	}
	return apply(kernel[F]{
		name: "carryover", shape: x.Shape(), run: forward,
		diff: func(in Nodes, out, grad *Node) Nodes {
			return gradients("carryover", in, backward, in[0], in[1], out, grad)
		},
	}, x, decay)
}
