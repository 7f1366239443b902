// Package simd implements the few inner loops for which compiled Go is slow in AVX-512 and AVX2 assembly: matrix products, and
// in float32 the gates of the GRU with their logistic and tanh functions. Start reading at Gemm, whose loops are in Go, and
// at the tile that it repeats.
//
// The only matrix product for Go that needs no C library, gonum's, reaches a tenth of the speed of such a processor, see
// docs/performance.md.
//
// All variants sum over the inner index in the same order and with fused multiply-adds, so that AVX2 and AVX-512 give the
// same bits.
package simd
