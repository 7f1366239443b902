package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// Propagate lets decisions on some channels travel to their descendants, along structural equations that are linear in
// z = ln(1 + x), where channels move each other by shares, or in z = x, where they do by amounts:
//
//	z_t = z_t·W + Σ_k z_{t−k}·A_k + ε_t
//
// x [R, T, M] is exposure as it happened, W [M, M] the weights of the same week (rows are parents), lagged [K·M, M] those
// of 1 … K weeks before, stacked, and order the channels with parents before children; weights of the same week against
// the order are ignored. set [R, T, M] is what the exposure is set to. If held [T, M] is 1, the channel has it in that week,
// independently of its parents (do(), Pearl 2009); otherwise it is the exposure that the channel's planners would lead to
// with the parents as they were, and the changes of its parents add to it:
//
//	Δz_t = z(set) − z(x) + C_t,  C_t = Δz_t·W + Σ_k Δz_{t−k}·A_k,  x′ = max(e^{z(set) + C} − 1, 0) or max(z(set) + C, 0)
//
// A channel's own lags, on the diagonals of the A_k, carry on what moved it, C, or the whole Δz where it was held: planners decide on
// each week. By amounts, a channel whose exposure would fall below 0 moves its own children by no more than its exposure. If set
// is x everywhere the result is x to the last bit. held is a constant to differentiation.
func Propagate(order []int, by Move, x, set, held, w, lagged *Node) *Node {
	return pick(x, propagate[float32], propagate[float64])(order, by, x, set, held, w, lagged)
}

// Move is the scale z of exposure in structural equations.
type Move string

const (
	ByShares  Move = "shares"  // z = ln(1 + x)
	ByAmounts Move = "amounts" // z = x
)

// change is z(set) − z(x).
func (by Move) change(x, set float64) float64 {
	if by == ByAmounts {
		return set - x
	}
	return math.Log1p(set) - math.Log1p(x)
}

// slope is the derivative of z by x.
func (by Move) slope(x float64) float64 {
	if by == ByAmounts {
		return 1
	}
	return 1 / (1 + x)
}

// moved is the exposure where the parents add sum to what it is set to, and whether it would be below 0.
func (by Move) moved(set, sum float64) (y float64, clipped bool) {
	switch {
	case sum == 0:
		return set, false
	case by == ByAmounts:
		y = set + sum
	default:
		y = math.Expm1(math.Log1p(set) + sum)
	}
	return max(y, 0), y < 0
}

// propagation is the equations with the changes of the last run.
type propagation[F Float] struct {
	by         Move
	order      []int
	before     []bool // [M, M]: the row's channel precedes the column's
	R, T, M, K int

	moved   []F    // [R, T, M]: Δz
	carried []F    // [R, T, M]: the part of it that the channel's own lags carry on
	clipped []bool // [R, T, M]: the exposure would be below 0
	parents [][]term[F]
}

// term is a weight other than 0 in a channel's equation: of a parent, lag weeks before.
type term[F Float] struct {
	parent, lag int
	weight      F
}

func propagate[F Float](order []int, by Move, x, set, held, w, lagged *Node) *Node {
	if x.Dims() != 3 {
		Fail("op: propagate: exposure %v is not [regions, weeks, channels]", x.Shape())
	}
	R, T, M := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	if !set.Shape().Eq(x.Shape()) || !held.Shape().Eq(tensor.Shape{T, M}) || len(order) != M || !w.Shape().Eq(tensor.Shape{M, M}) ||
		lagged.Dims() != 2 || lagged.Shape()[1] != M || lagged.Shape()[0]%M != 0 {
		Fail("op: propagate: %d channels in order, weights %v, lagged weights %v, exposure %v, set %v, held %v",
			len(order), w.Shape(), lagged.Shape(), x.Shape(), set.Shape(), held.Shape())
	}
	p := &propagation[F]{
		by: by, order: order, before: make([]bool, M*M), R: R, T: T, M: M, K: lagged.Shape()[0] / M,
		moved: make([]F, R*T*M), carried: make([]F, R*T*M), clipped: make([]bool, R*T*M), parents: make([][]term[F], M),
	}
	for n, parent := range order {
		for _, child := range order[n+1:] {
			p.before[parent*M+child] = true
		}
	}
	return apply(kernel[F]{
		name: fmt.Sprintf("propagate %v by %s", order, by), shape: x.Shape(), run: p.forward, constants: []int{2},
		diff: func(in Nodes, out, grad *Node) Nodes {
			cells := gradients("propagate", Nodes{x, set, out}, p.backward, in[0], in[1], in[2], in[3], in[4], out, grad)
			weights := gradients("weights of propagate", Nodes{w, lagged}, p.weights, cells[2])
			return Nodes{cells[0], cells[1], nil, weights[0], weights[1]}
		},
	}, x, set, held, w, lagged)
}

func (p *propagation[F]) forward(out []F, in [][]F) {
	x, set, held, w, lagged := in[0], in[1], in[2], in[3], in[4]
	p.list(w, lagged)
	cores.Share(p.R, 1, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			p.region(r, out, x, set, held)
		}
	})
}

// list collects the weights other than 0.
func (p *propagation[F]) list(w, lagged []F) {
	for child := range p.M {
		terms := p.parents[child][:0]
		for parent := range p.M {
			if v := w[parent*p.M+child]; v != 0 && p.before[parent*p.M+child] {
				terms = append(terms, term[F]{parent, 0, v})
			}
		}
		for row := range p.K * p.M {
			if v := lagged[row*p.M+child]; v != 0 {
				terms = append(terms, term[F]{row % p.M, 1 + row/p.M, v})
			}
		}
		p.parents[child] = terms
	}
}

// region evaluates the equations of region r, from the first cell on whose exposure is set to another.
func (p *propagation[F]) region(r int, out, x, set, held []F) {
	M, from, to := p.M, r*p.T*p.M, (r+1)*p.T*p.M
	copy(out[from:to], x[from:to])
	clear(p.moved[from:to])
	clear(p.carried[from:to])
	clear(p.clipped[from:to])
	first := from
	for first < to && set[first] == x[first] {
		first++
	}
	for t := (first - from) / M; t < p.T; t++ {
		row := from + t*M
		for _, j := range p.order {
			i := row + j
			own := F(0)
			if set[i] != x[i] {
				own = F(p.by.change(float64(x[i]), float64(set[i])))
			}
			if held[t*M+j] == 1 {
				out[i], p.moved[i], p.carried[i] = set[i], own, own
				continue
			}
			sum := F(0)
			for _, term := range p.parents[j] {
				if term.lag > t {
					break // by ascending lags
				}
				at := i - term.lag*M
				if term.parent == j {
					sum += term.weight * p.carried[at]
				} else {
					sum += term.weight * p.moved[at-j+term.parent]
				}
			}
			y, clipped := p.by.moved(float64(set[i]), float64(sum))
			out[i], p.clipped[i] = F(y), clipped
			if p.by == ByAmounts {
				p.moved[i], p.carried[i] = out[i]-x[i], out[i]-set[i]
			} else {
				p.moved[i], p.carried[i] = own+sum, sum
			}
		}
	}
}

// backward is the adjoint of forward: from the last week to the first and from children to parents. Besides the gradients of x and
// set it returns those of the sums C, of which weights makes those of the weights.
func (p *propagation[F]) backward(outs, in [][]F) {
	dx, dset, dsum := outs[0], outs[1], outs[2]
	x, set, held, y, g := in[0], in[1], in[2], in[5], in[6]
	M := p.M
	cores.Share(p.R, 1, func(lo, hi int) {
		// Until a cell's turn comes, dx and dsum hold what its children add to the adjoints of Δz and of its carried part.
		clear(dx[lo*p.T*M : hi*p.T*M])
		clear(dsum[lo*p.T*M : hi*p.T*M])
		for row := hi*p.T - 1; row >= lo*p.T; row-- {
			t := row % p.T
			for n := M - 1; n >= 0; n-- {
				j := p.order[n]
				i := row*M + j
				moved, carried := dx[i], dsum[i]
				before, after := F(p.by.slope(float64(x[i]))), F(p.by.slope(float64(set[i])))
				if held[t*M+j] == 1 {
					dx[i], dset[i], dsum[i] = -(moved+carried)*before, g[i]+(moved+carried)*after, 0
					continue
				}
				dx[i] = -moved * before
				switch {
				case p.by == ByAmounts && p.clipped[i]:
					dset[i], dsum[i] = -carried, 0
				case p.by == ByAmounts:
					dset[i], dsum[i] = g[i]+moved, g[i]+moved+carried
				case p.clipped[i]:
					dset[i], dsum[i] = moved*after, moved+carried
				default:
					dset[i], dsum[i] = (g[i]*(1+y[i])+moved)*after, g[i]*(1+y[i])+moved+carried
				}
				for _, term := range p.parents[j] {
					if term.lag > t {
						break
					}
					at := i - term.lag*M
					if term.parent == j {
						dsum[at] += dsum[i] * term.weight
					} else {
						dx[at-j+term.parent] += dsum[i] * term.weight
					}
				}
			}
		}
	})
}

// weights are the gradients of the weights, from those of the sums C.
func (p *propagation[F]) weights(outs, in [][]F) {
	dw, dlagged := outs[0], outs[1]
	dsum, M := in[0], p.M
	clear(dw)
	clear(dlagged)
	for row := range p.R * p.T {
		for j, d := range dsum[row*M : (row+1)*M] {
			for parent := range M {
				if p.before[parent*M+j] {
					dw[parent*M+j] += d * p.moved[row*M+parent]
				}
			}
			for k := 1; k <= min(p.K, row%p.T); k++ {
				for parent := range M {
					add := p.moved[(row-k)*M+parent]
					if parent == j {
						add = p.carried[(row-k)*M+j]
					}
					dlagged[((k-1)*M+parent)*M+j] += d * add
				}
			}
		}
	}
}
