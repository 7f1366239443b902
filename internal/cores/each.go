package cores

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls do for every item of [0, n), concurrently on all cores: each takes the next item when it has finished one. It suits
// items that take long and not equally long. As with Share, do must write to its own item only.
func Each(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
