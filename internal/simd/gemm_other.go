//go:build !amd64

package simd

// tiles: none for this kind of processor.
var tiles []tile
