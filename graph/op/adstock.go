package op

import (
	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// AdstockCap is the upper bound of carried-over exposure; the lower one is 0.
const AdstockCap = 10

// Adstock carries exposure x [R, T, M] over from week to week at the channel's decay a [M]:
//
//	A_0 = x_0
//	A_t = clip(x_t + a ∘ A_{t−1}, 0, AdstockCap)
//
// (geometric adstock, Broadbent 1979). Its gradient is the same scan from the last week to the first. As in PyTorch, the
// gradient passes at the bounds of the clip.
func Adstock(x, decay *Node) *Node {
	return pick(x, adstock[float32], adstock[float64])(x, decay)
}

func adstock[F Float](x, decay *Node) *Node {
	checkChannels("adstock", x, decay)
	regions, weeks, channels := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	forward := func(out []F, in [][]F) {
		x, a := in[0], in[1]
		cores.Share(regions, 8, func(lo, hi int) {
			for r := lo; r < hi; r++ {
				at := r * weeks * channels
				copy(out[at:at+channels], x[at:])
				for row := at + channels; row < at+weeks*channels; row += channels {
					for c, decay := range a {
						i := row + c
						out[i] = min(max(x[i]+decay*out[i-channels], 0), AdstockCap)
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
						if raw := x[i] + decay*y[i-channels]; raw < 0 || raw > AdstockCap {
							dx[i] = 0
							continue
						}
						da[c] += dx[i] * y[i-channels]
						dx[i-channels] += dx[i] * decay
					}
				}
			}
		})
		columnSums(outs[1], full(decays, regions, channels))
	}
	return apply(kernel[F]{
		name: "adstock", shape: x.Shape(), run: forward,
		diff: func(in Nodes, out, grad *Node) Nodes {
			return gradients("adstock", in, backward, in[0], in[1], out, grad)
		},
	}, x, decay)
}

// checkChannels fails unless x is [R, T, M] and every parameter [M].
func checkChannels(op string, x *Node, params ...*Node) {
	if x.Dims() != 3 {
		Fail("op: %s: exposure must be [regions, weeks, channels], not %v", op, x.Shape())
	}
	for _, p := range params {
		if !p.Shape().Eq(tensor.Shape{x.Shape()[2]}) {
			Fail("op: %s: exposure is %v, so %s must be [%d], not %v", op, x.Shape(), p.Name(), x.Shape()[2], p.Shape())
		}
	}
}
