package op

import (
	"runtime"
	"sync"
)

// parallel calls do on disjoint runs [lo, hi) that cover [0, n), spread over the cores. grain is the fewest items
// that are worth a goroutine. do must give the same result however the runs are cut, so the same seed gives the
// same bytes on any number of cores: it may write to its own items only, never sum across them.
func parallel(n, grain int, do func(lo, hi int)) {
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
