package cores

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShareCoversEveryItemOnce(t *testing.T) {
	for _, n := range []int{0, 1, 7, 1000} {
		seen := make([]int, n)
		Share(n, 1, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				seen[i]++
			}
		})
		for i, times := range seen {
			require.Equal(t, 1, times, "item %d of %d", i, n)
		}
	}
}

func TestSumDoesNotDependOnTheNumberOfCores(t *testing.T) {
	const n = 3*chunk + 17
	harmonic := func(lo, hi int) float64 {
		sum := 0.0
		for i := lo; i < hi; i++ {
			sum += 1 / float64(i+1)
		}
		return sum
	}
	many := Sum(n, harmonic)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	require.Equal(t, many, Sum(n, harmonic))
	require.InDelta(t, harmonic(0, n), many, 1e-12)
	require.Zero(t, Sum(0, harmonic))
}

func TestEachCallsForEveryItemOnce(t *testing.T) {
	for _, n := range []int{0, 1, 7, 1000} {
		seen := make([]int, n)
		Each(n, func(i int) { seen[i]++ })
		for i, times := range seen {
			require.Equal(t, 1, times, "item %d of %d", i, n)
		}
	}
}
