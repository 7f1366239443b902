package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// Propagate lets an intervention on some channels travel to their descendants, along structural equations that are linear in
// z = ln(1 + x), where channels move each other by shares, or in z = x, where they do by amounts:
//
//	z_t = z_t·W + Σ_k z_{t−k}·A_k + ε_t
//
// x [R, T, M] is exposure as it happened, W [M, M] the weights of the same week (rows are parents), lagged [K·M, M] those
// of 1 … K weeks before, stacked, and order the channels with parents before children; weights of the same week against
// the order are ignored. If held [T, M] is 1, the channel is set to do [T, M] times its exposure in that week, independently
// of its parents (Pearl 2009); any other channel changes by the changes of its parents:
//
//	Δz_t = Δz_t·W + Σ_k Δz_{t−k}·A_k,  x′ = max(e^{z + Δz} − 1, 0) or max(z + Δz, 0)
//
// By amounts, a channel whose exposure would fall below 0 moves its own children by no more than its exposure. If nothing is held
// the result is x to the last bit. held is a constant to differentiation.
func Propagate(order []int, by Move, x, w, lagged, do, held *Node) *Node {
	return pick(x, propagate[float32], propagate[float64])(order, by, x, w, lagged, do, held)
}

// Move is the scale z of exposure in structural equations.
type Move string

const (
	ByShares  Move = "shares"  // z = ln(1 + x)
	ByAmounts Move = "amounts" // z = x
)

// held is Δz of exposure that is set.
func (by Move) held(x, set float64) float64 {
	if by == ByAmounts {
		return set - x
	}
	return math.Log1p(set) - math.Log1p(x)
}

// heldSlopes are the derivatives of held by x, if set is do times x, and by do.
func (by Move) heldSlopes(x, do float64) (byX, byDo float64) {
	if by == ByAmounts {
		return do - 1, x
	}
	return do/(1+do*x) - 1/(1+x), x / (1 + do*x)
}

// moved is exposure and Δz where the parents add sum, which is not 0.
func (by Move) moved(x, sum float64) (y, dz float64) {
	if by == ByAmounts {
		y = max(x+sum, 0)
		return y, y - x
	}
	return max(math.Expm1(math.Log1p(x)+sum), 0), sum
}

// movedBack are the adjoints of x and sum, for y of x with the adjoints g of y and a of Δz.
func (by Move) movedBack(x, y, g, a float64) (dx, dsum float64) {
	switch {
	case by == ByAmounts && y > 0:
		return g, g + a
	case by == ByAmounts && x > 0:
		return -a, 0
	case y > 0:
		return g * (1 + y) / (1 + x), g*(1+y) + a
	}
	return 0, a
}

func propagate[F Float](order []int, by Move, x, w, lagged, do, held *Node) *Node {
	if x.Dims() != 3 {
		Fail("op: propagate: exposure %v is not [regions, weeks, channels]", x.Shape())
	}
	R, T, M := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	weekly := tensor.Shape{T, M}
	if !do.Shape().Eq(weekly) || !held.Shape().Eq(weekly) || len(order) != M || !w.Shape().Eq(tensor.Shape{M, M}) ||
		lagged.Dims() != 2 || lagged.Shape()[1] != M || lagged.Shape()[0]%M != 0 {
		Fail("op: propagate: %d channels in order, weights %v, lagged weights %v, exposure %v, do %v, held %v",
			len(order), w.Shape(), lagged.Shape(), x.Shape(), do.Shape(), held.Shape())
	}
	K := lagged.Shape()[0] / M
	moved := make([]F, R*T*M) // Δz
	before := make([]bool, M*M)
	for n, parent := range order {
		for _, child := range order[n+1:] {
			before[parent*M+child] = true
		}
	}
	forward := func(out []F, in [][]F) {
		x, w, lagged, do, held := in[0], in[1], in[2], in[3], in[4]
		if !anyHeld(held) {
			copy(out, x)
			return
		}
		cores.Share(R, 1, func(lo, hi int) {
			for row := lo * T; row < hi*T; row++ {
				week := row % T
				dz, past := moved[row*M:(row+1)*M], min(K, week)
				for _, j := range order {
					i, at := row*M+j, week*M+j
					if held[at] == 1 {
						out[i] = do[at] * x[i]
						dz[j] = F(by.held(float64(x[i]), float64(out[i])))
						continue
					}
					sum := F(0)
					for parent, d := range dz {
						if before[parent*M+j] {
							sum += w[parent*M+j] * d
						}
					}
					for k := 1; k <= past; k++ {
						before := moved[(row-k)*M : (row-k+1)*M]
						for parent, d := range before {
							sum += lagged[((k-1)*M+parent)*M+j] * d
						}
					}
					dz[j], out[i] = 0, x[i]
					if sum != 0 {
						y, change := by.moved(float64(x[i]), float64(sum))
						out[i], dz[j] = F(y), F(change)
					}
				}
			}
		})
	}
	return apply(kernel[F]{
		name: fmt.Sprintf("propagate %v by %s", order, by), shape: x.Shape(), run: forward, constants: []int{4},
		diff: func(in Nodes, out, grad *Node) Nodes {
			back := travelBack[F]{by: by, order: order, before: before, R: R, T: T, M: M, K: K, moved: moved, adjoint: make([]F, T*M)}
			return append(gradients("propagate", in[:4], back.run, in[0], in[1], in[2], in[3], in[4], out, grad), nil)
		},
	}, x, w, lagged, do, held)
}

func anyHeld[F Float](held []F) bool {
	for _, h := range held {
		if h == 1 {
			return true
		}
	}
	return false
}

// travelBack is the adjoint of Propagate: from the last week to the first and from children to parents.
type travelBack[F Float] struct {
	by         Move
	order      []int
	before     []bool // [M, M]: the row's channel precedes the column's
	R, T, M, K int
	moved      []F
	adjoint    []F // [T, M] of Δz, in one region
}

func (b *travelBack[F]) run(outs, in [][]F) {
	dx, dw, dlagged, ddo := outs[0], outs[1], outs[2], outs[3]
	x, w, lagged, do, held, y, g := in[0], in[1], in[2], in[3], in[4], in[5], in[6]
	clear(dw)
	clear(dlagged)
	clear(ddo)
	if !anyHeld(held) {
		copy(dx, g)
		return
	}
	M := b.M
	for r := range b.R {
		clear(b.adjoint)
		for t := b.T - 1; t >= 0; t-- {
			row := r*b.T + t
			for n := len(b.order) - 1; n >= 0; n-- {
				j := b.order[n]
				i := row*M + j
				a := b.adjoint[t*M+j] // from the children
				if at := t*M + j; held[at] == 1 {
					byX, byDo := b.by.heldSlopes(float64(x[i]), float64(do[at]))
					dx[i] = g[i]*do[at] + a*F(byX)
					ddo[at] += g[i]*x[i] + a*F(byDo)
					continue
				}
				own, sum := b.by.movedBack(float64(x[i]), float64(y[i]), float64(g[i]), float64(a))
				dx[i], a = F(own), F(sum)
				for parent := range M {
					if b.before[parent*M+j] {
						dw[parent*M+j] += a * b.moved[row*M+parent]
						b.adjoint[t*M+parent] += a * w[parent*M+j]
					}
				}
				for k := 1; k <= min(b.K, t); k++ {
					for parent := range M {
						at := ((k-1)*M+parent)*M + j
						dlagged[at] += a * b.moved[(row-k)*M+parent]
						b.adjoint[(t-k)*M+parent] += a * lagged[at]
					}
				}
			}
		}
	}
}
