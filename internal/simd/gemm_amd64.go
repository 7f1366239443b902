package simd

import "golang.org/x/sys/cpu"

// tiles are the kernels that this processor can run, fastest first.
var tiles = func() (have []tile) {
	if cpu.X86.HasAVX512F {
		have = append(have, tile{"AVX-512", 12, 32, tile512})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		have = append(have, tile{"AVX2", 6, 16, tile256})
	}
	return have
}()

//go:noescape
func tile512(k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, add bool)

//go:noescape
func tile256(k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, add bool)
