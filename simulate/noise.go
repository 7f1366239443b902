package simulate

import (
	"math"
	"math/rand/v2"
)

// drawNoise draws a region's noise as shares of its baseline: normal or Student's t of the configured standard deviation, and
// outlying weeks.
func (w *World) drawNoise(r int) []float64 {
	rng, odd := w.draws.stream("noise", r), w.draws.stream("outliers", r)
	noise := make([]float64, w.config.Weeks)
	for t := range noise {
		if w.config.Tail > 0 {
			noise[t] = w.config.Noise * clip(student(rng, w.config.Tail), maxTail)
		} else {
			noise[t] = w.config.Noise * clip(rng.NormFloat64(), maxDeviation)
		}
		if odd.Float64() < w.config.Outliers {
			noise[t] += math.Copysign(between(odd, 0.15, 0.3), odd.Float64()-0.4)
		}
	}
	return noise
}

// student draws from Student's t distribution with more than two degrees of freedom, scaled to variance 1: z/√(χ²_ν/ν)·√((ν−2)/ν).
func student(rng *rand.Rand, freedom float64) float64 {
	return rng.NormFloat64() * math.Sqrt((freedom-2)/2/gamma(rng, freedom/2))
}

// gamma draws from the gamma distribution with scale 1 and a shape of at least 1 (Marsaglia and Tsang 2000).
func gamma(rng *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	for {
		z := rng.NormFloat64()
		v := 1 + z/math.Sqrt(9*d)
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(rng.Float64()) < z*z/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
