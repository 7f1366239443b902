// Package cores shares loops between the processor's cores, so that the result does not depend on their number.
package cores

import (
	"runtime"
	"sync"
)

// Share calls do on disjoint runs [lo, hi) that cover [0, n), spread over the cores. grain is the fewest items that are
// worth a goroutine. do must give the same result however the runs are cut, so the same seed gives the same bytes on
// any number of cores: it may write to its own items only, never sum across them.
func Share(n, grain int, do func(lo, hi int)) {
	workers := min(runtime.GOMAXPROCS(0), n/max(grain, 1))
	if workers <= 1 {
		do(0, n)
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		lo, hi := n*w/workers, n*(w+1)/workers
		wg.Go(func() { do(lo, hi) })
	}
	wg.Wait()
}

// chunk is how many items Sum gives to one call.
const chunk = 1 << 15

// Sum adds up sum(lo, hi) over runs that cover [0, n). How the runs are cut depends on n alone, and they are added in
// their order.
func Sum(n int, sum func(lo, hi int) float64) float64 {
	if n <= chunk {
		return sum(0, n)
	}
	parts := make([]float64, (n+chunk-1)/chunk)
	Share(len(parts), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			parts[i] = sum(i*chunk, min(n, (i+1)*chunk))
		}
	})
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return total
}
