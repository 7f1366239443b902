// Package cores distributes loops over the cores of the processor, with results that do not depend on their number.
package cores

import (
	"runtime"
	"sync"
)

// Share calls do concurrently on disjoint ranges [lo, hi) that cover [0, n). grain is the smallest number of items worth a
// goroutine. The result of do must not depend on how [0, n) is divided, so that the same seed gives the same bytes on any
// number of cores: it may write to its own items only, and must not sum across them.
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

// chunk is the number of items in each call of Sum.
const chunk = 1 << 15

// Sum adds up sum(lo, hi) over ranges that cover [0, n). The division depends only on n, and the sums are added in order.
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
