package simd

var hasFunctions = has256

//go:noescape
func logistic256(n int, x *float32)

//go:noescape
func tanh256(n int, x *float32)

//go:noescape
func gruForward256(n int, gates, hidden, bias *float32, size int, hn, old, out *float32)

//go:noescape
func gruBackward256(n int, gates, hidden, sums *float32, size int, hn, old, grad, carry *float32)

//go:noescape
func add256(n int, sum, x *float32)

//go:noescape
func addReLU256(n int, y, b *float32)

//go:noescape
func keepPositive256(n int, d, y *float32)
