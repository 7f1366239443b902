package op

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// Huber is the mean over all elements of the Huber loss of the error e = prediction − target (Huber 1964):
//
//	½e² if |e| ≤ δ, δ(|e| − ½δ) otherwise
//
// δ is a scalar node; at +Inf the result is half the mean squared error. The target is a constant to differentiation.
func Huber(prediction, target, delta *Node) *Node {
	return pick(prediction, huber[float32], huber[float64])(prediction, target, delta)
}

func huber[F Float](prediction, target, delta *Node) *Node {
	if !prediction.Shape().Eq(target.Shape()) {
		Fail("op: huber: prediction %v and target %v differ in shape",
			prediction.Shape(), target.Shape())
	}
	n := float64(prediction.Shape().TotalSize())
	return apply(kernel[F]{
		name: "mean huber", constants: []int{1, 2},
		run: func(out []F, in [][]F) {
			target, delta := in[1], float64(in[2][0])
			sum := 0.0
			for i, p := range in[0] {
				if e := math.Abs(float64(p - target[i])); e <= delta {
					sum += e * e / 2
				} else {
					sum += delta * (e - delta/2)
				}
			}
			out[0] = F(sum / n)
		},
		diff: func(in Nodes, _, grad *Node) Nodes {
			dp := apply(kernel[F]{
				name: "∂mean huber", shape: prediction.Shape(),
				run: func(out []F, in [][]F) {
					prediction, target, delta, g := in[0], in[1], in[2][0], in[3][0]
					for i, p := range prediction {
						out[i] = g * min(max(p-target[i], -delta), delta) / F(n)
					}
				},
			}, in[0], in[1], in[2], grad)
			return Nodes{dp, nil, nil}
		},
	}, prediction, target, delta)
}

// WeightedHuber is the weighted mean Huber loss of the error e = prediction − target: Σ w·ρ(e) / Σ w with a weight w ≥ 0 for
// each element. The target of an element of weight 0 is ignored. All but the prediction are constants to differentiation.
func WeightedHuber(prediction, target, weight, delta *Node) *Node {
	return pick(prediction, weightedHuber[float32], weightedHuber[float64])(prediction, target, weight, delta)
}

func weightedHuber[F Float](prediction, target, weight, delta *Node) *Node {
	if !prediction.Shape().Eq(target.Shape()) || !prediction.Shape().Eq(weight.Shape()) {
		Fail("op: huber: prediction %v, target %v and weight %v differ in shape",
			prediction.Shape(), target.Shape(), weight.Shape())
	}
	total := 0.0
	return apply(kernel[F]{
		name: "weighted mean huber", constants: []int{1, 2, 3},
		run: func(out []F, in [][]F) {
			target, weight, delta := in[1], in[2], float64(in[3][0])
			sum := 0.0
			total = 0
			for i, p := range in[0] {
				w := float64(weight[i])
				if w == 0 {
					continue
				}
				total += w
				if e := math.Abs(float64(p - target[i])); e <= delta {
					sum += w * e * e / 2
				} else {
					sum += w * delta * (e - delta/2)
				}
			}
			out[0] = F(sum / total)
		},
		diff: func(in Nodes, out, grad *Node) Nodes {
			dp := apply(kernel[F]{
				name: "∂weighted mean huber", shape: prediction.Shape(),
				run: func(out []F, in [][]F) {
					prediction, target, weight, delta, g := in[0], in[1], in[2], in[3][0], in[5][0]
					for i, p := range prediction {
						out[i] = 0
						if w := weight[i]; w > 0 {
							out[i] = g * w * min(max(p-target[i], -delta), delta) / F(total)
						}
					}
				},
			}, in[0], in[1], in[2], in[3], out, grad) // after the forward op, because of out
			return Nodes{dp, nil, nil, nil}
		},
	}, prediction, target, weight, delta)
}

// AbsSum is Σ|x|, a scalar. Its gradient at 0 is 0.
func AbsSum(x *Node) *Node {
	return pick(x, sumOf(absolute[float32]()), sumOf(absolute[float64]()))(x)
}

// SquareSum is Σx², a scalar.
func SquareSum(x *Node) *Node {
	return pick(x, sumOf(square[float32]()), sumOf(square[float64]()))(x)
}

// StudentSum is ½(ν+1)·Σ ln(1 + x²/ν), a scalar: minus the log density of Student's t distribution with ν degrees of freedom, up to a
// constant.
func StudentSum(x *Node, dof float64) *Node {
	return pick(x, sumOf(student[float32](dof)), sumOf(student[float64](dof)))(x)
}

// summand is a function f that is summed over the elements of x.
type summand[F Float] struct {
	name  string
	sum   func(x []F) float64  // Σ f(x), in float64
	slope func(dx, x []F, g F) // dx ← g·f′(x)
}

func absolute[F Float]() summand[F] {
	return summand[F]{"Σ|x|",
		func(x []F) float64 {
			sum := 0.0
			for _, v := range x {
				sum += math.Abs(float64(v))
			}
			return sum
		},
		func(dx, x []F, g F) {
			for i, v := range x {
				dx[i] = g * F(math.Copysign(1, float64(v)))
				if v == 0 {
					dx[i] = 0
				}
			}
		}}
}

func square[F Float]() summand[F] {
	return summand[F]{"Σx²",
		func(x []F) float64 {
			sum := 0.0
			for _, v := range x {
				sum += float64(v) * float64(v)
			}
			return sum
		},
		func(dx, x []F, g F) {
			for i, v := range x {
				dx[i] = 2 * g * v
			}
		}}
}

func student[F Float](dof float64) summand[F] {
	return summand[F]{fmt.Sprintf("Σ −ln t(%g)", dof),
		func(x []F) float64 {
			sum := 0.0
			for _, v := range x {
				sum += math.Log1p(float64(v) * float64(v) / dof)
			}
			return (dof + 1) / 2 * sum
		},
		func(dx, x []F, g F) {
			for i, v := range x {
				dx[i] = g * F(dof+1) * v / (F(dof) + v*v)
			}
		}}
}

func sumOf[F Float](f summand[F]) func(x *Node) *Node {
	return func(x *Node) *Node {
		return apply(kernel[F]{
			name: f.name,
			run: func(out []F, in [][]F) {
				x := in[0]
				out[0] = F(cores.Sum(len(x), func(lo, hi int) float64 { return f.sum(x[lo:hi]) }))
			},
			diff: func(in Nodes, _, grad *Node) Nodes {
				dx := apply(kernel[F]{
					name: "∂" + f.name, shape: x.Shape(),
					run: func(out []F, in [][]F) {
						x, g := in[0], in[1][0]
						cores.Share(len(x), elementGrain, func(lo, hi int) { f.slope(out[lo:hi], x[lo:hi], g) })
					},
				}, in[0], grad)
				return Nodes{dx}
			},
		}, x)
	}
}

// GroupNorm is Σ_j √(Σ_i W_ij² + eps) of a matrix W: the group lasso over its columns (Yuan and Lin 2006), a scalar.
func GroupNorm(w *Node, eps float64) *Node {
	return pick(w, groupNorm[float32], groupNorm[float64])(w, eps)
}

func groupNorm[F Float](w *Node, eps float64) *Node {
	if w.Dims() != 2 {
		Fail("op: group norm of %v, which is not a matrix", w.Shape())
	}
	cols := w.Shape()[1]
	norms := make([]float64, cols)
	setNorms := func(w []F) {
		clear(norms)
		for i, v := range w {
			norms[i%cols] += float64(v) * float64(v)
		}
		for j, n := range norms {
			norms[j] = math.Sqrt(n + eps)
		}
	}
	return apply(kernel[F]{
		name: fmt.Sprintf("group norm (eps %g)", eps),
		run: func(out []F, in [][]F) {
			setNorms(in[0])
			sum := 0.0
			for _, n := range norms {
				sum += n
			}
			out[0] = F(sum)
		},
		diff: func(in Nodes, _, grad *Node) Nodes {
			dw := apply(kernel[F]{
				name: fmt.Sprintf("∂group norm (eps %g)", eps), shape: w.Shape(),
				run: func(out []F, in [][]F) {
					setNorms(in[0])
					for i, v := range in[0] {
						out[i] = in[1][0] * v / F(norms[i%cols])
					}
				},
			}, in[0], grad)
			return Nodes{dw}
		},
	}, w)
}

// balanceFloor keeps Balance finite for a term of 0.
const balanceFloor = 1e-8

// Balance scales a loss term to the size of the fit: term · fit/(term + 1e-8), with the quotient a constant to
// differentiation.
func Balance(term, fit *Node) *Node {
	return pick(term, balance[float32], balance[float64])(term, fit)
}

func balance[F Float](term, fit *Node) *Node {
	scaled := func(out []F, in [][]F) { out[0] = in[0][0] * (in[2][0] / (in[1][0] + balanceFloor)) }
	return apply(kernel[F]{
		name: "balance", constants: []int{1},
		run: func(out []F, in [][]F) { scaled(out, [][]F{in[0], in[0], in[1]}) },
		diff: func(in Nodes, _, grad *Node) Nodes {
			return Nodes{apply(kernel[F]{name: "∂balance", shape: tensor.Shape{}, run: scaled}, grad, in[0], in[1]), nil}
		},
	}, term, fit)
}
