package op

import (
	"math"

	"gorgonia.org/gorgonia"
)

// hillFloor keeps the power and its logarithm finite at exposure 0, and the quotient at a tiny half-saturation.
const hillFloor = 1e-8

// Hill saturates exposure x [R, T, M] with slope n [M] and half-saturation k [M]:
//
//	u = relu(x) + 1e-8
//	s = clip(uⁿ / (uⁿ + kⁿ + 1e-8), 0, 1)
//
// (Hill 1910; in media mix models: Jin et al. 2017). The clip never binds for n, k > 0 and so has no part in the
// gradient.
func Hill(x, slope, half *gorgonia.Node) (*gorgonia.Node, error) {
	return pick(x, hill[float32], hill[float64])(x, slope, half)
}

func hill[F Float](x, slope, half *gorgonia.Node) (*gorgonia.Node, error) {
	if err := channelsMatch("hill", x, slope, half); err != nil {
		return nil, err
	}
	channels := x.Shape()[2]
	cells := x.Shape().TotalSize()
	kn := make([]F, channels)   // kⁿ
	knee := make([]F, channels) // kⁿ + 1e-8
	setKnee := func(n, k []F) {
		for c := range knee {
			kn[c] = pow(k[c], n[c])
			knee[c] = kn[c] + hillFloor
		}
	}
	forward := func(out []F, in [][]F) {
		x, n := in[0], in[1]
		setKnee(n, in[2])
		parallel(cells, 1024, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				c := i % channels
				un := pow(max(x[i], 0)+hillFloor, n[c])
				out[i] = min(max(un/(un+knee[c]), 0), 1)
			}
		})
	}
	perRegion := x.Shape()[1] * channels
	regions := x.Shape()[0]
	dSlope, dHalf := make([]F, regions*channels), make([]F, regions*channels) // one row a region: sums in fixed order
	backward := func(outs, in [][]F) {
		dx := outs[0]
		x, n, k, g := in[0], in[1], in[2], in[4]
		setKnee(n, k)
		clear(dSlope)
		clear(dHalf)
		parallel(regions, 8, func(lo, hi int) {
			for i := lo * perRegion; i < hi*perRegion; i++ {
				c := i % channels
				row := i / perRegion * channels
				u := max(x[i], 0) + hillFloor
				un := pow(u, n[c])
				denom := un + knee[c]
				dun := g[i] * knee[c] / (denom * denom) // ∂s/∂(uⁿ) = (kⁿ + 1e-8)/(uⁿ + kⁿ + 1e-8)²
				dkn := -g[i] * un / (denom * denom)
				dx[i] = 0
				if x[i] > 0 {
					dx[i] = dun * n[c] * un / u
				}
				dSlope[row+c] += dun*un*log(u) + dkn*kn[c]*log(k[c])
				dHalf[row+c] += dkn * n[c] * kn[c] / k[c]
			}
		})
		columnSums(outs[1], dense(dSlope, regions, channels))
		columnSums(outs[2], dense(dHalf, regions, channels))
	}
	return apply(kernel[F]{
		name: "hill", shape: x.Shape(), run: forward,
		diff: func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
			return gradients("hill", in, backward, in[0], in[1], in[2], out, grad)
		},
	}, x, slope, half)
}

func pow[F Float](x, y F) F { return F(math.Pow(float64(x), float64(y))) }
func log[F Float](x F) F    { return F(math.Log(float64(x))) }
