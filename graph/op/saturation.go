package op

import (
	"math"

	"deepcausalmmm/internal/cores"
)

// The curves below saturate exposure x ≥ 0 [R, T, M], each with parameters of the channels [M]. All have f(0) = 0 and f(1) = 1, so
// a factor of theirs is the effect of an exposure of 1. The gradient in x is 0 at 0, where a concave curve has none. An exposure
// that is not finite has no effect that a ceiling could bound: it is NaN.

// HillCurve is Hill's curve through (1, 1), with slope n and half-saturation k (Hill 1910):
//
//	f = xⁿ(1 + kⁿ) / (xⁿ + kⁿ)
func HillCurve(x, slope, half *Node) *Node {
	return pick(x, curve[float32], curve[float64])("hill curve", func(p []float64) curveAt {
		n, k := p[0], p[1]
		logHalf := math.Log(k)
		power := math.Pow(k, n)
		average := 1 / (1 + power) // Hill's equation at 1
		return func(x float64) (f, dx float64, dp [2]float64) {
			logX := math.Log(x)
			s := 1 / (1 + math.Exp(n*(logHalf-logX))) // Hill's equation
			if average > 0 {
				f = s / average
			} else { // so far from saturation that kⁿ overflows
				f = math.Exp(n * logX)
			}
			return f, n * f * (1 - s) / x, [2]float64{f * ((1-s)*logX + (s-average)*logHalf), f * n * (s - average) / k}
		}
	}, x, slope, half)
}

// ExponentialCurve approaches its ceiling exponentially, half of it at exposure k:
//
//	f = (1 − 2^(−x/k)) / (1 − 2^(−1/k))
func ExponentialCurve(x, half *Node) *Node {
	return pick(x, curve[float32], curve[float64])("exponential curve", func(p []float64) curveAt {
		k := p[0]
		rate := math.Ln2 / k
		average := -math.Expm1(-rate)
		return func(x float64) (f, dx float64, dp [2]float64) {
			f = -math.Expm1(-rate*x) / average
			return f, rate * math.Exp(-rate*x) / average, [2]float64{f * (reciprocal(rate) - reciprocal(rate*x)) / k}
		}
	}, x, half)
}

// reciprocal is y/(e^y − 1).
func reciprocal(y float64) float64 {
	if y == 0 {
		return 1
	}
	return y / math.Expm1(y)
}

// PowerCurve has a constant elasticity ρ, and no ceiling: f = x^ρ.
func PowerCurve(x, exponent *Node) *Node {
	return pick(x, curve[float32], curve[float64])("power curve", func(p []float64) curveAt {
		rho := p[0]
		return func(x float64) (f, dx float64, dp [2]float64) {
			logX := math.Log(x)
			f = math.Exp(rho * logX)
			return f, rho * f / x, [2]float64{f * logX}
		}
	}, x, exponent)
}

// curveAt returns the value of a curve at x > 0, and its derivatives in x and in the parameters.
type curveAt func(x float64) (f, dx float64, dp [2]float64)

// curve applies a curve of each channel's parameters. The forward pass keeps the derivatives for the gradient.
func curve[F Float](name string, of func(params []float64) curveAt, x *Node, params ...*Node) *Node {
	checkChannels(name, x, params...)
	regions, weeks, channels := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	size := regions * weeks * channels
	slopes := make([][]F, len(params))
	for j := range slopes {
		slopes[j] = make([]F, size)
	}
	along := make([]F, size) // ∂f/∂x
	curves, at := make([]curveAt, channels), make([]float64, len(params))
	forward := func(out []F, in [][]F) {
		for c := range curves {
			for j := range at {
				at[j] = float64(in[1+j][c])
			}
			curves[c] = of(at)
		}
		cores.Share(regions*weeks, max(1, 512/channels), func(lo, hi int) {
			for row := lo; row < hi; row++ {
				for c, curve := range curves {
					i := row*channels + c
					var f, dx float64
					var dp [2]float64
					switch v := float64(in[0][i]); {
					case math.IsInf(v, 1) || math.IsNaN(v):
						f = math.NaN()
					case v > 0:
						f, dx, dp = curve(v)
					}
					out[i], along[i] = F(f), F(dx)
					for j := range slopes {
						slopes[j][i] = F(dp[j])
					}
				}
			}
		})
	}
	sums := make([]F, regions*channels) // one row per region: sums in fixed order
	backward := func(outs, in [][]F) {
		g := in[len(in)-1]
		cores.Share(size, elementGrain, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				outs[0][i] = g[i] * along[i]
			}
		})
		for j, slope := range slopes {
			clear(sums)
			cores.Share(regions, 8, func(lo, hi int) {
				for i := lo * weeks * channels; i < hi*weeks*channels; i++ {
					sums[i/(weeks*channels)*channels+i%channels] += g[i] * slope[i]
				}
			})
			columnSums(outs[1+j], full(sums, regions, channels))
		}
	}
	inputs := append(Nodes{x}, params...)
	return apply(kernel[F]{
		name: name, shape: x.Shape(), run: forward,
		diff: func(in Nodes, out, grad *Node) Nodes {
			return gradients(name, in, backward, append(append(Nodes{}, in...), out, grad)...) // after the forward op, because of out
		},
	}, inputs...)
}
