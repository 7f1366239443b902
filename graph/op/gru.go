package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// GRU runs a gated recurrent unit (Cho et al. 2014) over the weeks of x [R, T, I], from one start state h0 [1, 1, H] or
// [H] for all regions, and returns its states [R, T, H]. Weights and equations are PyTorch's, with the gates stacked
// in the order r, z, n: W_i [3H, I], W_h [3H, H], b_i and b_h [3H];
//
//	r = σ(W_ir·x + b_ir + W_hr·h + b_hr)
//	z = σ(W_iz·x + b_iz + W_hz·h + b_hz)
//	n = tanh(W_in·x + b_in + r ∘ (W_hn·h + b_hn))
//	h ← (1 − z) ∘ n + z ∘ h
//
// The gradient is the same recurrence from the last week to the first. The input product of all weeks is one matrix
// product each way; only the products with h go week by week.
func GRU(x, wInput, wHidden, bInput, bHidden, h0 *gorgonia.Node) (*gorgonia.Node, error) {
	return pick(x, applyGRU[float32], applyGRU[float64])(x, wInput, wHidden, bInput, bHidden, h0)
}

func applyGRU[F Float](x, wInput, wHidden, bInput, bHidden, h0 *gorgonia.Node) (*gorgonia.Node, error) {
	if x.Dims() != 3 || wHidden.Dims() != 2 {
		return nil, fmt.Errorf("op: gru: input %v or hidden weight %v has the wrong rank", x.Shape(), wHidden.Shape())
	}
	u := &gru[F]{R: x.Shape()[0], T: x.Shape()[1], I: x.Shape()[2], H: wHidden.Shape()[1]}
	for _, want := range []struct {
		node *gorgonia.Node
		size int
	}{{wInput, 3 * u.H * u.I}, {wHidden, 3 * u.H * u.H}, {bInput, 3 * u.H}, {bHidden, 3 * u.H}, {h0, u.H}} {
		if got := want.node.Shape().TotalSize(); got != want.size {
			return nil, fmt.Errorf("op: gru: %s has %d elements, not %d", want.node.Name(), got, want.size)
		}
	}
	return apply(kernel[F]{
		name: "gru", shape: tensor.Shape{u.R, u.T, u.H}, run: u.forward,
		diff: func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
			return gradients("gru", in, u.backward, append(append(gorgonia.Nodes{}, in...), out, grad)...)
		},
	}, x, wInput, wHidden, bInput, bHidden, h0)
}

// gru is the recurrence with its scratch memory. The backward run reads the gates that the forward run left, and
// writes their gradients in their place: at the reference size they are most of the model's memory.
type gru[F Float] struct {
	R, T, I, H int

	gates   []F // [R, T, 3H]: r, z and n; then the gradient of what went into σ, σ and tanh
	hn      []F // [R, T, H]: W_hn·h + b_hn; then its gradient
	step    []F // [R, 3H]: the hidden product of one week; then the gradient of it
	start   []F // [R, H]: h0, a row a region
	carry   []F // [R, H]: the gradient that flows into the state of the week before
	pending bool
}

func (u *gru[F]) allocate() {
	rows := u.R * u.T
	u.gates, u.hn = make([]F, rows*3*u.H), make([]F, rows*u.H)
	u.step, u.start = make([]F, u.R*3*u.H), make([]F, u.R*u.H)
}

// week views a [R, T, n] tensor at week t: [R, n], whose rows lie T·n apart.
func (u *gru[F]) week(data []F, t, n int) matrix[F] { return matrix[F]{data[t*n:], u.R, n, u.T * n} }

// before views the states that week t starts from.
func (u *gru[F]) before(h []F, t int) matrix[F] {
	if t == 0 {
		return dense(u.start, u.R, u.H)
	}
	return u.week(h, t-1, u.H)
}

func (u *gru[F]) forward(h []F, in [][]F) {
	x, wi, wh, bi, bh, h0 := in[0], in[1], in[2], in[3], in[4], in[5]
	if u.gates == nil {
		u.allocate()
	}
	H := u.H
	for r := range u.R {
		copy(u.start[r*H:(r+1)*H], h0)
	}
	rows := u.R * u.T
	gemm(asIs, dense(x, rows, u.I), transposed, dense(wi, 3*H, u.I), 0, dense(u.gates, rows, 3*H))
	hidden := dense(u.step, u.R, 3*H)
	for t := range u.T {
		last := u.before(h, t)
		gemm(asIs, last, transposed, dense(wh, 3*H, H), 0, hidden)
		parallel(u.R, 8, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				row := i*u.T + t
				gate, part := u.gates[row*3*H:(row+1)*3*H], u.step[i*3*H:(i+1)*3*H]
				old := last.data[i*last.stride:][:H]
				out, hn := h[row*H:(row+1)*H], u.hn[row*H:(row+1)*H]
				rz, n := gate[:2*H], gate[2*H:]
				for j := range rz {
					rz[j] += bi[j] + part[j] + bh[j]
				}
				logistic(rz)
				r, z := rz[:H], rz[H:]
				for j := range n {
					hn[j] = part[2*H+j] + bh[2*H+j]
					n[j] += bi[2*H+j] + r[j]*hn[j]
				}
				hyperbolic(n)
				for j := range out {
					out[j] = (1-z[j])*n[j] + z[j]*old[j]
				}
			}
		})
	}
	u.pending = true
}

func (u *gru[F]) backward(outs, in [][]F) {
	if !u.pending {
		panic("op: gru: the backward op ran without a forward run before it")
	}
	u.pending = false
	dx, dwi, dwh, dbi, dbh, dh0 := outs[0], outs[1], outs[2], outs[3], outs[4], outs[5]
	x, wi, wh, h, grad := in[0], in[1], in[2], in[6], in[7]
	H, rows := u.H, u.R*u.T
	if u.carry == nil {
		u.carry = make([]F, u.R*H)
	}
	clear(u.carry)
	for t := u.T - 1; t >= 0; t-- {
		u.backwardWeek(t, h, grad)
		// carry += d(W_h·h)·W_h
		gemm(asIs, dense(u.step, u.R, 3*H), asIs, dense(wh, 3*H, H), 1, dense(u.carry, u.R, H))
	}
	columnSums(dh0, dense(u.carry, u.R, H))

	gates := dense(u.gates, rows, 3*H)
	gemm(asIs, gates, asIs, dense(wi, 3*H, u.I), 0, dense(dx, rows, u.I))
	gemm(transposed, gates, asIs, dense(x, rows, u.I), 0, dense(dwi, 3*H, u.I))
	columnSums(dbi, gates)
	copy(dbh, dbi[:2*H])
	columnSums(dbh[2*H:], dense(u.hn, rows, H))
	u.hiddenWeight(dwh, h)
}

// backwardWeek turns the gates of week t into their gradients, and sets step to the gradient of the hidden product
// and carry to what flows to the week before past the product.
func (u *gru[F]) backwardWeek(t int, h, grad []F) {
	H := u.H
	last := u.before(h, t)
	parallel(u.R, 8, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := i*u.T + t
			gate, part := u.gates[row*3*H:(row+1)*3*H], u.step[i*3*H:(i+1)*3*H]
			old, carry := last.data[i*last.stride:][:H], u.carry[i*H:(i+1)*H]
			g, hn := grad[row*H:(row+1)*H], u.hn[row*H:(row+1)*H]
			for j := range H {
				r, z, n := gate[j], gate[H+j], gate[2*H+j]
				dh := g[j] + carry[j]
				dn := dh * (1 - z) * (1 - n*n)
				dz := dh * (old[j] - n) * z * (1 - z)
				dr := dn * hn[j] * r * (1 - r)
				hn[j] = dn * r
				gate[j], gate[H+j], gate[2*H+j] = dr, dz, dn
				part[j], part[H+j], part[2*H+j] = dr, dz, hn[j]
				carry[j] = dh * z
			}
		}
	})
}

// hiddenWeight sums d(W_h·h)ᵀ·h over weeks and regions. Of the gradients, r and z stand in gates and n in hn.
func (u *gru[F]) hiddenWeight(dwh, h []F) {
	H := u.H
	clear(dwh)
	for t := range u.T {
		last := u.before(h, t)
		rz := u.week(u.gates, t, 3*H)
		rz.cols = 2 * H
		gemm(transposed, rz, asIs, last, 1, dense(dwh[:2*H*H], 2*H, H))
		gemm(transposed, u.week(u.hn, t, H), asIs, last, 1, dense(dwh[2*H*H:], H, H))
	}
}
