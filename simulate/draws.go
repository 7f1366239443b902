package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// draws is the source of the random numbers of one seed and world. Every purpose has its own stream, so that adding a region, week or
// channel does not change the draws of the others, and a counterfactual world has the same draws as the observed one.
type draws string

// newDraws returns the source of a seed's world of the catalogue, or of the seed if the world has no name.
func newDraws(seed uint64, world string) draws {
	return draws(strings.TrimSpace(fmt.Sprint(seed, " ", world)))
}

// stream returns the random source of one purpose, such as the plan of channel 2 in region 5. The hash decorrelates the
// streams of neighbouring seeds and indices, which PCG does not.
func (d draws) stream(purpose string, index ...int) *rand.Rand {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v", d, purpose, index))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])))
}

// between draws from the uniform distribution on [lo, hi).
func between(rng *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }

// lognormal draws from the lognormal distribution with mean 1 and log-scale standard deviation sigma.
func lognormal(rng *rand.Rand, sigma float64) float64 {
	return math.Exp(sigma*rng.NormFloat64() - sigma*sigma/2)
}

// autoregression draws a stationary AR(1) series of n weeks with mean 0 and variance 1: x_t = φ x_{t−1} + √(1−φ²) ε_t.
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
