// Package bounded checks in tests that reading a small file allocates little memory, whatever its content claims.
package bounded

import (
	"runtime"
	"testing"
)

// maxPerKB is how much reading a file may allocate in total for each kB, or part of a kB, of its size.
const maxPerKB = 64 << 20

// Memory fails the test if read, which reads an input of the given size, allocates too much.
func Memory(t testing.TB, size int, read func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	limit := uint64(maxPerKB) * uint64(max(1, (size+1023)/1024))
	if took := after.TotalAlloc - before.TotalAlloc; took > limit {
		t.Errorf("reading %d bytes allocated %d", size, took)
	}
}
