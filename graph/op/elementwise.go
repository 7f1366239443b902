package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// Sigmoid is σ(x) = 1/(1 + e^−x), element by element.
//
// This and the ops below replace Gorgonia's own, which treat a shape of one element as a scalar, so that a model with one
// channel or one region does not build.
func Sigmoid(x *Node) *Node {
	return pick(x, unary[float32], unary[float64])(function{"sigmoid",
		func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		func(_, y float64) float64 { return y * (1 - y) },
	}, x)
}

// Exp is eˣ, element by element.
func Exp(x *Node) *Node {
	return pick(x, unary[float32], unary[float64])(function{"exp", math.Exp, func(_, y float64) float64 { return y }}, x)
}

// softplusLinear is the x above which softplus(x) = x to 2e-9; PyTorch switches there too.
const softplusLinear = 20

// Softplus is ln(1 + eˣ), element by element.
func Softplus(x *Node) *Node {
	return pick(x, unary[float32], unary[float64])(function{"softplus",
		func(x float64) float64 {
			if x > softplusLinear {
				return x
			}
			return math.Log1p(math.Exp(x))
		},
		func(x, _ float64) float64 {
			if x > softplusLinear {
				return 1
			}
			return 1 / (1 + math.Exp(-x))
		},
	}, x)
}

// Relu is max(x, 0), element by element.
func Relu(x *Node) *Node {
	return pick(x, unary[float32], unary[float64])(function{"relu",
		func(x float64) float64 { return max(x, 0) },
		func(x, _ float64) float64 {
			if x > 0 {
				return 1
			}
			return 0
		},
	}, x)
}

// Clip bounds x to [lo, hi], element by element. As in PyTorch, the gradient passes between the bounds and on them.
func Clip(x *Node, lo, hi float64) *Node {
	return pick(x, unary[float32], unary[float64])(function{fmt.Sprintf("clip to [%g, %g]", lo, hi),
		func(x float64) float64 { return min(max(x, lo), hi) },
		func(x, _ float64) float64 {
			if lo <= x && x <= hi {
				return 1
			}
			return 0
		},
	}, x)
}

// Affine is a·x + b, element by element, with constants a and b.
func Affine(a float64, x *Node, b float64) *Node {
	return pick(x, unary[float32], unary[float64])(function{fmt.Sprintf("%g·x %+g", a, b),
		func(x float64) float64 { return a*x + b },
		func(_, _ float64) float64 { return a },
	}, x)
}

// function is y = f(x) and its slope from x and y.
type function struct {
	name  string
	at    func(x float64) float64
	slope func(x, y float64) float64
}

// elementGrain is the number of elements of a cheap function that is worth a goroutine.
const elementGrain = 4096

func unary[F Float](f function, x *Node) *Node {
	return apply(kernel[F]{
		name: f.name, shape: x.Shape(), elementwise: true,
		run: func(out []F, in [][]F) {
			x := in[0]
			cores.Share(len(out), elementGrain, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					out[i] = F(f.at(float64(x[i])))
				}
			})
		},
		diff: func(in Nodes, out, grad *Node) Nodes {
			dx := apply(kernel[F]{
				name: "∂" + f.name, shape: x.Shape(), elementwise: true,
				run: func(out []F, in [][]F) {
					x, y, g := in[0], in[1], in[2]
					cores.Share(len(out), elementGrain, func(lo, hi int) {
						for i := lo; i < hi; i++ {
							out[i] = g[i] * F(f.slope(float64(x[i]), float64(y[i])))
						}
					})
				},
			}, in[0], out, grad)
			return Nodes{dx}
		},
	}, x)
}

// Mul is the elementwise product x ∘ y of two nodes of one shape.
func Mul(x, y *Node) *Node {
	return pick(x, mul[float32], mul[float64])(x, y)
}

func mul[F Float](x, y *Node) *Node {
	if !x.Shape().Eq(y.Shape()) {
		Fail("op: %v ∘ %v: shapes differ", x.Shape(), y.Shape())
	}
	return apply(kernel[F]{
		name: "∘", shape: x.Shape(), elementwise: true,
		run: func(out []F, in [][]F) {
			x, y := in[0], in[1]
			cores.Share(len(out), elementGrain, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					out[i] = x[i] * y[i]
				}
			})
		},
		diff: func(in Nodes, _, grad *Node) Nodes {
			return Nodes{mul[F](grad, in[1]), mul[F](grad, in[0])}
		},
	}, x, y)
}

// Combine is the linear combination Σ_i w_i·x_i of nodes of one shape with constant weights.
func Combine(weights []float64, xs ...*Node) *Node {
	return pick(xs[0], combine[float32], combine[float64])(weights, xs...)
}

// Add is Σ_i x_i.
func Add(xs ...*Node) *Node {
	ones := make([]float64, len(xs))
	for i := range ones {
		ones[i] = 1
	}
	return Combine(ones, xs...)
}

// Sub is x − y.
func Sub(x, y *Node) *Node { return Combine([]float64{1, -1}, x, y) }

func combine[F Float](weights []float64, xs ...*Node) *Node {
	for _, x := range xs {
		if !x.Shape().Eq(xs[0].Shape()) {
			Fail("op: %v + %v: shapes differ", xs[0].Shape(), x.Shape())
		}
	}
	if len(weights) != len(xs) {
		Fail("op: %d weights for %d terms", len(weights), len(xs))
	}
	return apply(kernel[F]{
		name: fmt.Sprintf("Σ %v·x", weights), shape: xs[0].Shape(), elementwise: true,
		run: func(out []F, in [][]F) {
			cores.Share(len(out), elementGrain, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					sum := F(0)
					for j, w := range weights {
						sum += F(w) * in[j][i]
					}
					out[i] = sum
				}
			})
		},
		diff: func(in Nodes, _, grad *Node) Nodes {
			grads := make(Nodes, len(in))
			for i, w := range weights {
				grads[i] = Affine(w, grad, 0)
			}
			return grads
		},
	}, xs...)
}

// InPlaceOf returns the kernel for a node whose op is Gorgonia's sum of two tensors, which adds up gradients: Gorgonia's
// own runs on one core and always allocates. It returns nil for any other op.
func InPlaceOf(n *Node, inputs ...*Node) Kernel {
	binary, ok := n.Op().(gorgonia.BinaryOp)
	if !ok || binary.String() != plus || n.Shape().Dims() == 0 ||
		!inputs[0].Shape().Eq(n.Shape()) || !inputs[1].Shape().Eq(n.Shape()) {
		return nil
	}
	switch n.Dtype() {
	case tensor.Float32:
		return sum[float32](n)
	case tensor.Float64:
		return sum[float64](n)
	}
	return nil
}

// plus is the string of Gorgonia's sum of two nodes, whose type is not exported.
const plus = "+ false"

func sum[F Float](n *Node) Kernel {
	return &kernel[F]{
		name: "+", shape: n.Shape(), elementwise: true,
		run: func(out []F, in [][]F) {
			cores.Share(len(out), elementGrain, func(lo, hi int) {
				x, y := in[0][lo:hi], in[1][lo:hi]
				for i, v := range x {
					out[lo+i] = v + y[i]
				}
			})
		},
	}
}
