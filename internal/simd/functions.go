package simd

import "math"

// Float is the type of elements. For float32 the functions use assembly if the processor has AVX2.
type Float interface{ float32 | float64 }

// lanes is the number of float32 that the assembly processes at once. Remaining elements are processed in a buffer padded with
// 0, so that the result for an element does not depend on its position in a slice.
const lanes = 8

// fast returns x as float32 if the assembly can process it.
func fast[F Float](x []F) ([]float32, bool) {
	narrow, ok := any(x).([]float32)
	return narrow, ok && hasFunctions
}

// narrow returns x, which must be float32.
func narrow[F Float](x []F) []float32 { return any(x).([]float32) }

// Logistic replaces each element x by σ(x) = 1/(1 + e^−x).
func Logistic[F Float](x []F) {
	if x, ok := fast(x); ok {
		logisticFast(x)
		return
	}
	switch x := any(x).(type) {
	case []float32:
		for i, v := range x {
			x[i] = 1 / (1 + exp(-v))
		}
	case []float64:
		for i, v := range x {
			x[i] = 1 / (1 + math.Exp(-v))
		}
	}
}

func logisticFast(x []float32) {
	whole, rest := split(x)
	if whole > 0 {
		logistic256(whole, &x[0])
	}
	if whole < len(x) {
		logistic256(lanes, &rest[0])
		copy(x[whole:], rest[:])
	}
}

// Tanh replaces each element x by tanh(x).
func Tanh[F Float](x []F) {
	if x, ok := fast(x); ok {
		tanhFast(x)
		return
	}
	switch x := any(x).(type) {
	case []float32:
		for i, v := range x {
			x[i] = tanh(v)
		}
	case []float64:
		for i, v := range x {
			x[i] = math.Tanh(v)
		}
	}
}

func tanhFast(x []float32) {
	whole, rest := split(x)
	if whole > 0 {
		tanh256(whole, &x[0])
	}
	if whole < len(x) {
		tanh256(lanes, &rest[0])
		copy(x[whole:], rest[:])
	}
}

// split returns the length of the whole lanes of x, and a copy of the rest padded with 0.
func split(x []float32) (whole int, rest [lanes]float32) {
	whole = len(x) &^ (lanes - 1)
	copy(rest[:], x[whole:])
	return whole, rest
}

// Add sets sum ← sum + x.
func Add[F Float](sum, x []F) {
	x = x[:len(sum):len(x)]
	if s, ok := fast(sum); ok {
		addFast(s, narrow(x))
		return
	}
	for i, v := range x {
		sum[i] += v
	}
}

func addFast(x, y []float32) {
	whole, rest := split(x)
	if whole > 0 {
		add256(whole, &x[0], &y[0])
	}
	if whole < len(x) {
		_, other := split(y)
		add256(lanes, &rest[0], &other[0])
		copy(x[whole:], rest[:])
	}
}

// AddReLU sets y ← max(y + b, 0).
func AddReLU[F Float](y, b []F) {
	b = b[:len(y):len(b)]
	if y, ok := fast(y); ok {
		addReLUFast(y, narrow(b))
		return
	}
	for i, v := range b {
		y[i] = max(y[i]+v, 0)
	}
}

func addReLUFast(x, y []float32) {
	whole, rest := split(x)
	if whole > 0 {
		addReLU256(whole, &x[0], &y[0])
	}
	if whole < len(x) {
		_, other := split(y)
		addReLU256(lanes, &rest[0], &other[0])
		copy(x[whole:], rest[:])
	}
}

// KeepPositive sets d to 0 where y is not above 0: given the gradient d of the output y of max(·, 0), that of its input.
func KeepPositive[F Float](d, y []F) {
	y = y[:len(d):len(y)]
	if d, ok := fast(d); ok {
		keepPositiveFast(d, narrow(y))
		return
	}
	for i, v := range y {
		if !(v > 0) {
			d[i] = 0
		}
	}
}

func keepPositiveFast(x, y []float32) {
	whole, rest := split(x)
	if whole > 0 {
		keepPositive256(whole, &x[0], &y[0])
	}
	if whole < len(x) {
		_, other := split(y)
		keepPositive256(lanes, &rest[0], &other[0])
		copy(x[whole:], rest[:])
	}
}

// GRUForward is one step of a gated recurrent unit (Cho et al. 2014) for one row of states:
//
//	r = σ(x_r + h_r + b_r)
//	z = σ(x_z + h_z + b_z)
//	n = tanh(x_n + b_xn + r ∘ hn),  hn = h_n + b_hn
//	out = n + z ∘ (old − n)
//
// gates holds the input product's parts x_r, x_z and x_n and receives r, z and n; hidden holds the hidden product's
// parts; bias holds b_r, b_z (each the sum of both products' biases), b_xn and b_hn. hn, old and out have the length of
// one part.
func GRUForward[F Float](gates, hidden, bias, hn, old, out []F) {
	H := len(out)
	gates, hidden, bias, hn, old = gates[:3*H], hidden[:3*H], bias[:4*H], hn[:H], old[:H]
	if g, ok := fast(gates); ok {
		gruForward(g, narrow(hidden), narrow(bias), narrow(hn), narrow(old), narrow(out))
		return
	}
	rz, n := gates[:2*H], gates[2*H:]
	for j, b := range bias[:2*H] {
		rz[j] += hidden[j] + b
	}
	Logistic(rz)
	r, z := rz[:H], rz[H:]
	for j := range n {
		hn[j] = hidden[2*H+j] + bias[3*H+j]
		n[j] += bias[2*H+j] + r[j]*hn[j]
	}
	Tanh(n)
	for j := range out {
		out[j] = n[j] + z[j]*(old[j]-n[j])
	}
}

func gruForward(gates, hidden, bias, hn, old, out []float32) {
	H := len(out)
	whole := H &^ (lanes - 1)
	if whole > 0 {
		gruForward256(whole, &gates[0], &hidden[0], &bias[0], 4*H, &hn[0], &old[0], &out[0])
	}
	if rest := H - whole; rest > 0 {
		var g, h, b parts
		var n, o, y [lanes]float32
		g.take(gates, 3, whole, H)
		h.take(hidden, 3, whole, H)
		b.take(bias, 4, whole, H)
		copy(o[:], old[whole:])
		gruForward256(lanes, &g[0], &h[0], &b[0], 4*lanes, &n[0], &o[0], &y[0])
		g.put(gates, 3, whole, H)
		copy(hn[whole:], n[:])
		copy(out[whole:], y[:])
	}
}

// GRUBackward is the gradient of GRUForward. gates holds r, z and n, and receives the gradients of the inputs of σ, σ
// and tanh; hn receives its own. hidden receives the gradient of the hidden product. The gradients of the biases are added to
// sums, which has the layout of bias. grad is the gradient of out from all but the next step, carry that from the next step;
// carry receives the gradient of old except for its part through the hidden product.
func GRUBackward[F Float](gates, hidden, sums, hn, old, grad, carry []F) {
	H := len(carry)
	gates, hidden, sums, hn, old, grad = gates[:3*H], hidden[:3*H], sums[:4*H], hn[:H], old[:H], grad[:H]
	if g, ok := fast(gates); ok {
		gruBackward(g, narrow(hidden), narrow(sums), narrow(hn), narrow(old), narrow(grad), narrow(carry))
		return
	}
	for j := range carry {
		r, z, n := gates[j], gates[H+j], gates[2*H+j]
		dh := grad[j] + carry[j]
		dn := dh * (1 - z) * (1 - n*n)
		dz := dh * z * (old[j] - n) * (1 - z)
		dhn := dn * r
		dr := dhn * hn[j] * (1 - r)
		gates[j], gates[H+j], gates[2*H+j] = dr, dz, dn
		hidden[j], hidden[H+j], hidden[2*H+j] = dr, dz, dhn
		sums[j] += dr
		sums[H+j] += dz
		sums[2*H+j] += dn
		sums[3*H+j] += dhn
		hn[j] = dhn
		carry[j] = dh * z
	}
}

func gruBackward(gates, hidden, sums, hn, old, grad, carry []float32) {
	H := len(carry)
	whole := H &^ (lanes - 1)
	if whole > 0 {
		gruBackward256(whole, &gates[0], &hidden[0], &sums[0], 4*H, &hn[0], &old[0], &grad[0], &carry[0])
	}
	if rest := H - whole; rest > 0 {
		var g, h, s parts
		var n, o, d, c [lanes]float32
		g.take(gates, 3, whole, H)
		s.take(sums, 4, whole, H)
		copy(n[:], hn[whole:])
		copy(o[:], old[whole:])
		copy(d[:], grad[whole:])
		copy(c[:], carry[whole:])
		gruBackward256(lanes, &g[0], &h[0], &s[0], 4*lanes, &n[0], &o[0], &d[0], &c[0])
		g.put(gates, 3, whole, H)
		h.put(hidden, 3, whole, H)
		s.put(sums, 4, whole, H)
		copy(hn[whole:], n[:])
		copy(carry[whole:], c[:])
	}
}

// parts is a buffer for the remaining elements, fewer than lanes, of up to four stacked vectors.
type parts [4 * lanes]float32

func (p *parts) take(x []float32, count, from, size int) {
	for i := range count {
		copy(p[i*lanes:(i+1)*lanes], x[i*size+from:(i+1)*size])
	}
}

func (p *parts) put(x []float32, count, from, size int) {
	for i := range count {
		copy(x[i*size+from:(i+1)*size], p[i*lanes:(i+1)*lanes])
	}
}

// exp is eˣ to about a unit in float32's last place, several times as fast as math.Exp, which computes in float64.
// With x = n·ln2 + r, |r| ≤ ln2/2, it is 2ⁿ·eʳ, the latter by the minimax polynomial of Cephes' expf (Moshier 1989).
// Outside ±87 it has the value at ±87, near the bounds of float32.
func exp(x float32) float32 {
	const (
		log2e  = 1.44269504088896341
		ln2Hi  = 0.693359375
		ln2Lo  = -2.12194440e-4
		shift  = 3 << 22 // adding it rounds to an integer, which is then in the last bits
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

// tanh is tanh(x) to about three units in float32's last place: near 0 by the odd minimax polynomial of Cephes' tanhf
// (Moshier 1989), where 1 − 2/(e^2x + 1) would cancel, and by the latter elsewhere.
func tanh(x float32) float32 {
	if x > -0.625 && x < 0.625 {
		s := x * x
		p := float32(-5.70498872745e-3)
		p = p*s + 2.06390887954e-2
		p = p*s - 5.37397155531e-2
		p = p*s + 1.33314422036e-1
		p = p*s - 3.33332819422e-1
		return p*s*x + x
	}
	return 1 - 2/(exp(2*x)+1)
}
