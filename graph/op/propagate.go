package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// Propagate lets an intervention on some channels travel to their descendants, along the structural equations of the
// log-exposures z = ln(1 + x):
//
//	z_t = z_t·W + Σ_k z_{t−k}·A_k + ε_t
//
// x [R, T, M] is exposure as it happened, W [M, M] the weights of the same week (rows are parents), lagged [K·M, M] those
// of 1 … K weeks before, stacked, and order the channels with parents before children; weights of the same week against
// the order are ignored. If held [T, M] is 1, the channel is set to do [T, M] times its exposure in that week, independently
// of its parents (Pearl 2009); any other channel changes by the changes of its parents:
//
//	Δz_t = Δz_t·W + Σ_k Δz_{t−k}·A_k,  x′ = max(e^{z + Δz} − 1, 0)
//
// If nothing is held the result is x to the last bit. held is a constant to differentiation.
func Propagate(order []int, x, w, lagged, do, held *Node) *Node {
	return pick(x, propagate[float32], propagate[float64])(order, x, w, lagged, do, held)
}

func propagate[F Float](order []int, x, w, lagged, do, held *Node) *Node {
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
					z := math.Log1p(float64(x[i]))
					if held[at] == 1 {
						out[i] = do[at] * x[i]
						dz[j] = F(math.Log1p(float64(out[i])) - z)
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
					dz[j] = sum
					out[i] = x[i]
					if sum != 0 {
						out[i] = F(max(math.Expm1(z+float64(sum)), 0))
					}
				}
			}
		})
	}
	return apply(kernel[F]{
		name: fmt.Sprintf("propagate %v", order), shape: x.Shape(), run: forward, constants: []int{4},
		diff: func(in Nodes, out, grad *Node) Nodes {
			back := travelBack[F]{order: order, before: before, R: R, T: T, M: M, K: K, moved: moved, adjoint: make([]F, T*M)}
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
					dx[i] = g[i]*do[at] + a*(do[at]/(1+do[at]*x[i])-1/(1+x[i]))
					ddo[at] += g[i]*x[i] + a*x[i]/(1+do[at]*x[i])
					continue
				}
				dx[i] = 0
				if y[i] > 0 {
					dx[i] = g[i] * (1 + y[i]) / (1 + x[i])
					a += g[i] * (1 + y[i])
				}
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
