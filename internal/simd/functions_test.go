package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// portable runs f without the assembly.
func portable(f func()) {
	defer func(has bool) { hasFunctions = has }(hasFunctions)
	hasFunctions = false
	f()
}

// eachWay runs a test with and without the assembly.
func eachWay(t *testing.T, test func(t *testing.T)) {
	if hasFunctions {
		t.Run("assembly", test)
	}
	t.Run("portable", func(t *testing.T) { portable(func() { test(t) }) })
}

// ulps returns the number of float32 values between two.
func ulps(want float64, got float32) float64 {
	w := float32(math.Abs(want))
	return math.Abs(float64(got)-want) / float64(math.Nextafter32(w, float32(math.Inf(1)))-w)
}

func TestFunctionsAreExactWithinAFewUnits(t *testing.T) {
	eachWay(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		x := make([]float32, 1_000_001)
		for i := range x {
			x[i] = float32((rng.Float64() - 0.5) * math.Pow(10, rng.Float64()*4-2))
		}
		sigma, tan := append([]float32(nil), x...), append([]float32(nil), x...)
		Logistic(sigma)
		Tanh(tan)
		worstSigma, worstTanh := 0.0, 0.0
		for i, v := range x {
			if v > -86 {
				worstSigma = max(worstSigma, ulps(1/(1+math.Exp(-float64(v))), sigma[i]))
			}
			worstTanh = max(worstTanh, ulps(math.Tanh(float64(v)), tan[i]))
		}
		require.Less(t, worstSigma, 3.0)
		require.Less(t, worstTanh, 3.5) // Moshier states 1.3e-7, which is 2 to 4 units
		t.Logf("logistic: %.2f units in the last place, tanh: %.2f", worstSigma, worstTanh)
	})
}

func TestFunctionsAtTheirLimits(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	eachWay(t, func(t *testing.T) {
		x := []float32{-inf, -50, 0, 50, inf}
		Tanh(x)
		require.Equal(t, []float32{-1, -1, 0, 1, 1}, x)
		x = []float32{-inf, 0, inf, nan}
		Logistic(x)
		require.InDelta(t, 0, x[0], 1e-30)
		require.Equal(t, []float32{0.5, 1}, x[1:3])
		require.True(t, math.IsNaN(float64(x[3])), "not a number stays none")
		x = []float32{nan}
		Tanh(x)
		require.True(t, math.IsNaN(float64(x[0])), "not a number stays none")
		x = []float32{nan, -1, 2}
		AddReLU(x, []float32{0, 0.5, 0.5})
		require.True(t, math.IsNaN(float64(x[0])), "not a number stays none")
		require.Equal(t, []float32{0, 2.5}, x[1:])
	})
}

// Otherwise results would depend on the number of cores.
func TestResultsDoNotDependOnThePositionInASlice(t *testing.T) {
	x := make([]float32, 37)
	for i := range x {
		x[i] = float32(i)/7 - 2
	}
	whole := append([]float32(nil), x...)
	Logistic(whole)
	for lo := range x {
		part := append([]float32(nil), x[lo:]...)
		Logistic(part)
		require.Equal(t, whole[lo:], part)
	}
}

// Every size around eight lanes, with sentinels after each slice that must not change.
func TestAssemblyAgreesWithThePortableLoop(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := 1; n < 27; n++ {
		arguments := func(sizes ...int) (a, b [][]float32) {
			for _, size := range sizes {
				x := draw[float32](rng, size+8)
				a = append(a, x)
				b = append(b, append([]float32(nil), x...))
			}
			return a, b
		}
		for name, c := range map[string]struct {
			run   func(x [][]float32)
			sizes []int
		}{
			"Add":          {func(x [][]float32) { Add(x[0][:n], x[1][:n]) }, []int{n, n}},
			"AddReLU":      {func(x [][]float32) { AddReLU(x[0][:n], x[1][:n]) }, []int{n, n}},
			"KeepPositive": {func(x [][]float32) { KeepPositive(x[0][:n], x[1][:n]) }, []int{n, n}},
			"GRUForward": {func(x [][]float32) {
				GRUForward(x[0][:3*n], x[1][:3*n], x[2][:4*n], x[3][:n], x[4][:n], x[5][:n])
			}, []int{3 * n, 3 * n, 4 * n, n, n, n}},
			"GRUBackward": {func(x [][]float32) {
				GRUBackward(x[0][:3*n], x[1][:3*n], x[2][:4*n], x[3][:n], x[4][:n], x[5][:n], x[6][:n])
			}, []int{3 * n, 3 * n, 4 * n, n, n, n, n}},
		} {
			got, want := arguments(c.sizes...)
			c.run(got)
			portable(func() { c.run(want) })
			for i := range want {
				require.InDeltaSlice(t, want[i], got[i], 1e-5, "%s of %d, argument %d", name, n, i)
			}
		}
	}
}

func BenchmarkFunctions(b *testing.B) {
	x, y, three, four := make([]float32, 280), make([]float32, 280), make([]float32, 840), make([]float32, 1120)
	hidden, carry, old := make([]float32, 840), make([]float32, 280), make([]float32, 280)
	for _, c := range []struct {
		name  string
		bytes int
		run   func()
	}{
		{"Logistic", 4 * 280, func() { Logistic(x) }},
		{"Tanh", 4 * 280, func() { Tanh(x) }},
		{"AddReLU", 8 * 280, func() { AddReLU(x, y) }},
		{"GRUForward", 4 * 280 * 13, func() { GRUForward(three, hidden, four, x, old, y) }},
		{"GRUBackward", 4 * 280 * 14, func() { GRUBackward(three, hidden, four, x, old, y, carry) }},
	} {
		run := func(b *testing.B) {
			b.SetBytes(int64(c.bytes))
			for b.Loop() {
				c.run()
			}
		}
		if hasFunctions {
			b.Run(fmt.Sprintf("%s/assembly", c.name), run)
		}
		b.Run(fmt.Sprintf("%s/portable", c.name), func(b *testing.B) { portable(func() { run(b) }) })
	}
}
