// Package simd holds the few inner loops that a compiler leaves slow: matrix products, and in float32 the gates with
// their logistic and tanh functions, in AVX-512 and AVX2 assembly where the processor has them. Start reading at Gemm,
// whose loops are in Go, and at the tile that it repeats.
//
// It exists because the only matrix product for Go that needs no C library, gonum's, reaches a tenth of what such a
// processor does, see docs/performance.md.
//
// Sums run over the inner index in the same order and with fused multiply-adds in all variants, so AVX2 and AVX-512
// give the same bits.
package simd
