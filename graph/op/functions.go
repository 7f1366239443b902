package op

import "math"

// logistic replaces each element x by σ(x) = 1/(1 + e^−x).
func logistic[F Float](x []F) {
	switch x := any(x).(type) {
	case []float32:
		for i, v := range x {
			x[i] = 1 / (1 + exp32(-v))
		}
	case []float64:
		for i, v := range x {
			x[i] = 1 / (1 + math.Exp(-v))
		}
	}
}

// hyperbolic replaces each element x by tanh(x).
func hyperbolic[F Float](x []F) {
	switch x := any(x).(type) {
	case []float32:
		for i, v := range x {
			x[i] = tanh32(v)
		}
	case []float64:
		for i, v := range x {
			x[i] = math.Tanh(v)
		}
	}
}

// exp32 is eˣ to about a unit in float32's last place, several times as fast as math.Exp, which computes in float64.
// With x = n·ln2 + r, |r| ≤ ln2/2, it is 2ⁿ·eʳ, the latter by the minimax polynomial of Cephes' expf (Moshier 1989).
// Outside ±87 it stays at its value there, near float32's bounds.
func exp32(x float32) float32 {
	const (
		log2e  = 1.44269504088896341
		ln2Hi  = 0.693359375
		ln2Lo  = -2.12194440e-4
		shift  = 3 << 22 // adding it rounds to an integer, which then stands in the last bits
		bound  = 87
		offset = 127 // of the exponent in float32's bits
	)
	x = min(max(x, -bound), bound)
	shifted := x*log2e + shift
	n := shifted - shift
	r := x - n*ln2Hi - n*ln2Lo
	p := float32(1.9875691500e-4)
	p = p*r + 1.3981999507e-3
	p = p*r + 8.3334519073e-3
	p = p*r + 4.1665795894e-2
	p = p*r + 1.6666665459e-1
	p = p*r + 5.0000001201e-1
	return (p*r*r + r + 1) * math.Float32frombits((math.Float32bits(shifted)+offset)<<23)
}

// tanh32 is tanh(x) to about three units in float32's last place: near 0 by the odd minimax polynomial of Cephes' tanhf
// (Moshier 1989), where 1 − 2/(e^2x + 1) would cancel, and by that elsewhere.
func tanh32(x float32) float32 {
	if x > -0.625 && x < 0.625 {
		s := x * x
		p := float32(-5.70498872745e-3)
		p = p*s + 2.06390887954e-2
		p = p*s - 5.37397155531e-2
		p = p*s + 1.33314422036e-1
		p = p*s - 3.33332819422e-1
		return p*s*x + x
	}
	return 1 - 2/(exp32(2*x)+1)
}
