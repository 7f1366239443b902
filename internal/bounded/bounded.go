// Package bounded holds readers, in tests, to the memory that a small file may cost, whatever it claims to be.
package bounded

import (
	"runtime"
	"testing"
)

// most is what reading a file of up to 1 kB may allocate, freed or not; a larger one may take as many times more.
const most = 64 << 20

// Memory fails the test if reading an input of a size allocates too much.
func Memory(t testing.TB, size int, read func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	limit := uint64(most) * uint64(max(1, (size+1023)/1024))
	if took := after.TotalAlloc - before.TotalAlloc; took > limit {
		t.Errorf("reading %d bytes allocated %d", size, took)
	}
}
