package op

import (
	"gorgonia.org/tensor"

	multiply "deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/simd"
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
func GRU(x, wInput, wHidden, bInput, bHidden, h0 *Node) *Node {
	return pick(x, applyGRU[float32], applyGRU[float64])(x, wInput, wHidden, bInput, bHidden, h0)
}

func applyGRU[F Float](x, wInput, wHidden, bInput, bHidden, h0 *Node) *Node {
	if x.Dims() != 3 || wHidden.Dims() != 2 {
		Fail("op: gru: input %v or hidden weight %v has the wrong rank", x.Shape(), wHidden.Shape())
	}
	u := &gru[F]{R: x.Shape()[0], T: x.Shape()[1], I: x.Shape()[2], H: wHidden.Shape()[1]}
	for _, want := range []struct {
		node *Node
		size int
	}{{wInput, 3 * u.H * u.I}, {wHidden, 3 * u.H * u.H}, {bInput, 3 * u.H}, {bHidden, 3 * u.H}, {h0, u.H}} {
		if got := want.node.Shape().TotalSize(); got != want.size {
			Fail("op: gru: %s has %d elements, not %d", want.node.Name(), got, want.size)
		}
	}
	return apply(kernel[F]{
		name: "gru", shape: tensor.Shape{u.R, u.T, u.H}, run: u.forward,
		diff: func(in Nodes, out, grad *Node) Nodes {
			return gradients("gru", in, u.backward, append(append(Nodes{}, in...), out, grad)...)
		},
	}, x, wInput, wHidden, bInput, bHidden, h0)
}

// gru is the recurrence with its scratch memory. The backward run reads the gates of the forward run and overwrites them
// with their gradients: at the reference size they are most of the model's memory. Regions are independent, so each core
// takes some through all weeks.
type gru[F Float] struct {
	R, T, I, H int

	gates   []F // [R, T, 3H]: r, z and n; then the gradients of the arguments of σ, σ and tanh
	hn      []F // [R, T, H]: W_hn·h + b_hn; then its gradient
	hidden  []F // [R, 3H]: the hidden product of one week; then the gradient of it
	start   []F // [R, H]: h0, one row per region
	carry   []F // [R, H]: the gradient of the state of the week before
	bias    []F // [4H]: b_r and b_z, each the sum of both products', b_in, b_hn
	sums    []F // [R, 4H]: the gradients of the biases, one row per region
	inputT  []F // W_iᵀ [I, 3H]
	hiddenT []F // W_hᵀ [H, 3H]
	pending bool
}

func (u *gru[F]) allocate() {
	rows := u.R * u.T
	u.gates, u.hn = make([]F, rows*3*u.H), make([]F, rows*u.H)
	u.hidden, u.start, u.bias = make([]F, u.R*3*u.H), make([]F, u.R*u.H), make([]F, 4*u.H)
	u.inputT, u.hiddenT = make([]F, u.I*3*u.H), make([]F, u.H*3*u.H)
}

// week is a view of the regions [lo, hi) of a [R, T, n] tensor at week t: [hi − lo, n], with rows T·n apart.
func (u *gru[F]) week(data []F, lo, hi, t, n int) matrix[F] {
	return matrix[F]{data[(lo*u.T+t)*n:], hi - lo, n, u.T * n}
}

// before is a view of the states before week t.
func (u *gru[F]) before(h []F, lo, hi, t int) matrix[F] {
	if t == 0 {
		return full(u.start[lo*u.H:], hi-lo, u.H)
	}
	return u.week(h, lo, hi, t-1, u.H)
}

func (u *gru[F]) forward(h []F, in [][]F) {
	x, wi, wh, bi, bh, h0 := in[0], in[1], in[2], in[3], in[4], in[5]
	if u.gates == nil {
		u.allocate()
	}
	H := u.H
	transpose(u.inputT, wi, 3*H, u.I)
	transpose(u.hiddenT, wh, 3*H, H)
	copy(u.bias, bi)
	copy(u.bias[3*H:], bh[2*H:])
	simd.Add(u.bias[:2*H], bh)
	for r := range u.R {
		copy(u.start[r*H:(r+1)*H], h0)
	}
	multiply.ShareRows(u.R, 1, func(lo, hi int) {
		rows := (hi - lo) * u.T
		whole(asIs, full(x[lo*u.T*u.I:], rows, u.I), asIs, full(u.inputT, u.I, 3*H), 0, full(u.gates[lo*u.T*3*H:], rows, 3*H))
		hidden := full(u.hidden[lo*3*H:hi*3*H], hi-lo, 3*H)
		for t := range u.T {
			old := u.before(h, lo, hi, t)
			whole(asIs, old, asIs, full(u.hiddenT, H, 3*H), 0, hidden)
			for i := range hi - lo {
				row := (lo+i)*u.T + t
				simd.GRUForward(u.gates[row*3*H:], hidden.data[i*3*H:], u.bias, u.hn[row*H:], old.data[i*old.stride:],
					h[row*H:(row+1)*H])
			}
		}
	})
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
		u.carry, u.sums = make([]F, u.R*H), make([]F, u.R*4*H)
	}
	clear(u.carry)
	clear(u.sums)
	multiply.ShareRows(u.R, 1, func(lo, hi int) {
		hidden, carry := full(u.hidden[lo*3*H:], hi-lo, 3*H), full(u.carry[lo*H:], hi-lo, H)
		for t := u.T - 1; t >= 0; t-- {
			old := u.before(h, lo, hi, t)
			for i := range hi - lo {
				row := (lo+i)*u.T + t
				simd.GRUBackward(u.gates[row*3*H:], hidden.data[i*3*H:], u.sums[(lo+i)*4*H:], u.hn[row*H:],
					old.data[i*old.stride:], grad[row*H:], carry.data[i*H:(i+1)*H])
			}
			whole(asIs, hidden, asIs, full(wh, 3*H, H), 1, carry) // carry += d(W_h·h)·W_h
		}
	})
	columnSums(dh0, full(u.carry, u.R, H))
	columnSums(dbi, matrix[F]{u.sums, u.R, 3 * H, 4 * H})
	copy(dbh, dbi[:2*H])
	columnSums(dbh[2*H:], matrix[F]{u.sums[3*H:], u.R, H, 4 * H})

	gates := full(u.gates, rows, 3*H)
	gemm(asIs, gates, asIs, full(wi, 3*H, u.I), 0, full(dx, rows, u.I))
	gemm(transposed, gates, asIs, full(x, rows, u.I), 0, full(dwi, 3*H, u.I))
	u.hiddenWeight(dwh, h)
}

// hiddenWeight sums d(W_h·h)ᵀ·h over weeks and regions, with h the state of the week before. The gradients of r and z are
// in gates, those of n in hn, and all those of the first week in hidden.
//
// It is one product of the rows of all weeks with the rows before them, with the rows of the first weeks set to 0, and one
// product of the first weeks with the start state.
func (u *gru[F]) hiddenWeight(dwh, h []F) {
	H, rows := u.H, u.R*u.T-1
	for r := range u.R {
		clear(u.gates[r*u.T*3*H:][:2*H])
		clear(u.hn[r*u.T*H:][:H])
	}
	gemm(transposed, full(u.hidden, u.R, 3*H), asIs, full(u.start, u.R, H), 0, full(dwh, 3*H, H))
	if rows > 0 {
		before := full(h, rows, H)
		gemm(transposed, matrix[F]{u.gates[3*H:], rows, 2 * H, 3 * H}, asIs, before, 1, full(dwh[:2*H*H], 2*H, H))
		gemm(transposed, full(u.hn[H:], rows, H), asIs, before, 1, full(dwh[2*H*H:], H, H))
	}
}
