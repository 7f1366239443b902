package op

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// ulps is how many of float32's numbers lie between two.
func ulps(want float64, got float32) float64 {
	w := float32(want)
	return math.Abs(float64(got)-want) / float64(math.Nextafter32(w, float32(math.Inf(1)))-w)
}

func TestFloat32FunctionsAreRightToTheLastPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	worstExp, worstTanh := 0.0, 0.0
	for range 2_000_000 {
		x := float32((rng.Float64() - 0.5) * math.Pow(10, rng.Float64()*4-2))
		if x > -86 && x < 86 {
			worstExp = max(worstExp, ulps(math.Exp(float64(x)), exp32(x)))
		}
		worstTanh = max(worstTanh, ulps(math.Tanh(math.Abs(float64(x))), float32(math.Abs(float64(tanh32(x))))))
	}
	require.Less(t, worstExp, 1.5)
	require.Less(t, worstTanh, 3.5) // Moshier states 1.3e-7, which is 2 to 4 units
	t.Logf("exp: %.2f units in the last place, tanh: %.2f", worstExp, worstTanh)
}

func TestFloat32FunctionsAtTheirEnds(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	require.Equal(t, float32(1), exp32(0))
	require.Positive(t, exp32(-inf))
	require.Less(t, exp32(inf), inf)
	require.Equal(t, []float32{-1, -1, 0, 1, 1}, func() []float32 {
		x := []float32{-inf, -50, 0, 50, inf}
		hyperbolic(x)
		return x
	}())
	x := []float32{-inf, 0, inf, nan}
	logistic(x)
	require.InDelta(t, 0, x[0], 1e-30)
	require.Equal(t, []float32{0.5, 1}, x[1:3])
	require.True(t, math.IsNaN(float64(x[3])), "not a number stays none")
}

func BenchmarkOpFunctions(b *testing.B) {
	for name, f := range map[string]func([]float32){"logistic": logistic[float32], "tanh": hyperbolic[float32]} {
		b.Run(name, func(b *testing.B) {
			start := make([]float32, 4096)
			for i := range start {
				start[i] = float32(i%17)/4 - 2
			}
			x := make([]float32, len(start))
			b.SetBytes(int64(4 * len(x)))
			for b.Loop() {
				copy(x, start)
				f(x)
			}
		})
	}
}
