//go:build !amd64

package simd

// None for this kind of processor.
var (
	singles []tile[float32]
	doubles []tile[float64]
)
