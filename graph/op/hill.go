package op

import (
	"math"

	"deepcausalmmm/internal/cores"
)

// hillFloor keeps the power and its logarithm finite at exposure 0, and the quotient finite at a tiny half-saturation.
const hillFloor = 1e-8

// Hill saturates exposure x [R, T, M] with slope n [M] and half-saturation k [M]:
//
//	u = relu(x) + 1e-8
//	s = clip(uⁿ / (uⁿ + kⁿ + 1e-8), 0, 1)
//
// (Hill 1910; in media mix models: Jin et al. 2017). The clip never binds for n, k > 0, so the gradient ignores it.
func Hill(x, slope, half *Node) *Node {
	return pick(x, hill[float32], hill[float64])(x, slope, half)
}

func hill[F Float](x, slope, half *Node) *Node {
	checkChannels("hill", x, slope, half)
	regions, weeks, channels := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	kn := make([]F, channels)   // kⁿ
	knee := make([]F, channels) // kⁿ + 1e-8
	size := regions * weeks * channels
	logs, powers := make([]F, size), make([]F, size) // ln u and uⁿ, for the gradient
	forward := func(out []F, in [][]F) {
		x, n, k := in[0], in[1], in[2]
		for c := range knee {
			kn[c] = pow(k[c], n[c])
			knee[c] = kn[c] + hillFloor
		}
		cores.Share(regions*weeks, max(1, 512/channels), func(lo, hi int) {
			for row := lo; row < hi; row++ {
				for c := range n {
					i := row*channels + c
					ln := math.Log(float64(max(x[i], 0) + hillFloor))
					un := F(math.Exp(float64(n[c]) * ln)) // several times faster than math.Pow
					logs[i], powers[i] = F(ln), un
					out[i] = min(max(un/(un+knee[c]), 0), 1)
				}
			}
		})
	}
	dSlope, dHalf := make([]F, regions*channels), make([]F, regions*channels) // one row per region: sums in fixed order
	backward := func(outs, in [][]F) {
		dx := outs[0]
		x, n, k, g := in[0], in[1], in[2], in[4]
		clear(dSlope)
		clear(dHalf)
		cores.Share(regions, 8, func(lo, hi int) {
			for row := lo * weeks; row < hi*weeks; row++ {
				sums := row / weeks * channels
				for c := range n {
					i := row*channels + c
					un := powers[i]
					denom := un + knee[c]
					dun := g[i] * knee[c] / (denom * denom) // ∂s/∂(uⁿ) = (kⁿ + 1e-8)/(uⁿ + kⁿ + 1e-8)²
					dkn := -g[i] * un / (denom * denom)
					dx[i] = 0
					if x[i] > 0 {
						dx[i] = dun * n[c] * un / (x[i] + hillFloor)
					}
					dSlope[sums+c] += dun * un * logs[i]
					dHalf[sums+c] += dkn
				}
			}
		})
		dSlopes, dHalves := outs[1], outs[2]
		columnSums(dSlopes, full(dSlope, regions, channels))
		columnSums(dHalves, full(dHalf, regions, channels))
		for c, dkn := range dHalves {
			dSlopes[c] += dkn * kn[c] * log(k[c])
			dHalves[c] = dkn * n[c] * kn[c] / k[c]
		}
	}
	return apply(kernel[F]{
		name: "hill", shape: x.Shape(), run: forward,
		diff: func(in Nodes, out, grad *Node) Nodes {
			return gradients("hill", in, backward, in[0], in[1], in[2], out, grad) // after the forward op, because of out
		},
	}, x, slope, half)
}

func pow[F Float](x, y F) F { return F(math.Pow(float64(x), float64(y))) }
func log[F Float](x F) F    { return F(math.Log(float64(x))) }
