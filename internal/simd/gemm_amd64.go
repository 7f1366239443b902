package simd

import "golang.org/x/sys/cpu"

var (
	has512 = cpu.X86.HasAVX512F
	has256 = cpu.X86.HasAVX2 && cpu.X86.HasFMA
)

// singles and doubles list the kernels that this processor can run, fastest first.
var (
	singles = among(tile[float32]{"AVX-512", 12, 32, single512}, tile[float32]{"AVX2", 6, 16, single256})
	doubles = among(tile[float64]{"AVX-512", 12, 16, double512}, tile[float64]{"AVX2", 6, 8, double256})
)

func among[F Float](wide, narrow tile[F]) (have []tile[F]) {
	if has512 {
		have = append(have, wide)
	}
	if has256 {
		have = append(have, narrow)
	}
	return have
}

//go:noescape
func single512(k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, add bool)

//go:noescape
func double512(k int, a *float64, aRow, aStep int, b *float64, bStep int, c *float64, cRow int, add bool)

//go:noescape
func single256(k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, cRow int, add bool)

//go:noescape
func double256(k int, a *float64, aRow, aStep int, b *float64, bStep int, c *float64, cRow int, add bool)
