//go:build !amd64

package simd

var hasFunctions = false

const never = "simd: no assembly for this kind of processor" // not called: hasFunctions is false

func logistic256(int, *float32)                                          { panic(never) }
func tanh256(int, *float32)                                              { panic(never) }
func gruForward256(_ int, _, _, _ *float32, _ int, _, _, _ *float32)     { panic(never) }
func gruBackward256(_ int, _, _, _ *float32, _ int, _, _, _, _ *float32) { panic(never) }
func add256(_ int, _, _ *float32)                                        { panic(never) }
func addReLU256(_ int, _, _ *float32)                                    { panic(never) }
func keepPositive256(_ int, _, _ *float32)                               { panic(never) }
