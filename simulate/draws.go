package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// draws hands out the random numbers of one seed. Every purpose has a stream of its own, so another region, week or
// channel does not move the draws of the others, and a counterfactual world meets the same chance as the real one.
type draws uint64

// stream is the random source of one purpose, say the plan of channel 2 in region 5. The hash keeps the streams of
// neighbouring seeds and indices apart, which PCG alone does not.
func (d draws) stream(purpose string, index ...int) *rand.Rand {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %v", uint64(d), purpose, index))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])))
}

// between is uniform on [lo, hi).
func between(rng *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }

// lognormal has mean 1 and log-scale deviation sigma.
func lognormal(rng *rand.Rand, sigma float64) float64 {
	return math.Exp(sigma*rng.NormFloat64() - sigma*sigma/2)
}

// autoregression is a stationary AR(1) series of n weeks with mean 0 and variance 1: x_t = φ x_{t−1} + √(1−φ²) ε_t.
func autoregression(rng *rand.Rand, n int, phi float64) []float64 {
	x := make([]float64, n)
	last := rng.NormFloat64()
	for t := range x {
		last = phi*last + math.Sqrt(1-phi*phi)*rng.NormFloat64()
		x[t] = last
	}
	return x
}

func clip(x, bound float64) float64 { return max(-bound, min(x, bound)) }
