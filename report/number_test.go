package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTenthsAddUpTo100PerCent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Float64Range(-1, 9), 1, 40).Draw(t, "parts")
		sum := 0.0
		for _, p := range parts {
			sum += p
		}
		if sum < 0.1 {
			t.Skip("nothing to share out")
		}
		shares := make([]float64, len(parts))
		for i, p := range parts {
			shares[i] = p / sum
		}
		total := 0
		for i, s := range tenths(shares) {
			require.InDelta(t, shares[i], s, 0.001+1e-9, "no share moves by more than a tenth of a per cent")
			total += int(math.Round(1000 * s))
		}
		require.Equal(t, 1000, total)
	})
}

func TestNumbersReadWell(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 1234567.8: "1,234,568", -1234567: "−1,234,567", 999.6: "1,000", 123: "123", 12.345: "12.3", 1.5: "1.50",
		0.084329: "0.0843", -0.5: "−0.5", 0.00000123: "1.23e−6", 1e9: "1,000,000,000", math.NaN(): "–", math.Inf(1): "–",
	} {
		require.Equal(t, want, quantity(x))
	}
	for x, want := range map[float64]string{
		0: "0", 1500: "1.5k", 250000: "250k", -2e6: "−2m", 3.1e9: "3.1bn", 0.25: "0.25", 1e-6: "1e−6", 1e16: "1e+16",
	} {
		require.Equal(t, want, compact(x))
	}
	require.Equal(t, "13.2\u202f%", percent(0.1318))
	require.Equal(t, "0.0\u202f%", percent(-0.0001), "no minus before a zero")
}
