package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Activation is what Dense applies to its sums.
type Activation string

// The activations, each with a slope that can be told from its value, so that Dense need not keep its sums.
const (
	Logistic Activation = "sigmoid"
	Tanh     Activation = "tanh"
	ReLU     Activation = "relu"
)

// Dense is a fully connected layer on the last axis: y = act(x·Wᵀ + b), with x [R, T, in], W [out, in], b [out] and
// y [R, T, out].
func Dense(x, weight, bias *gorgonia.Node, act Activation) (*gorgonia.Node, error) {
	return pick(x, denseLayer[float32], denseLayer[float64])(x, weight, bias, act)
}

func denseLayer[F Float](x, weight, bias *gorgonia.Node, act Activation) (*gorgonia.Node, error) {
	if x.Dims() != 3 || weight.Dims() != 2 || weight.Shape()[1] != x.Shape()[2] ||
		!bias.Shape().Eq(tensor.Shape{weight.Shape()[0]}) {
		return nil, fmt.Errorf("op: dense: x %v, weight %v and bias %v do not fit",
			x.Shape(), weight.Shape(), bias.Shape())
	}
	rows, in, out := x.Shape()[0]*x.Shape()[1], x.Shape()[2], weight.Shape()[0]
	forward := func(y []F, inputs [][]F) {
		x, w, b := inputs[0], inputs[1], inputs[2]
		gemm(asIs, dense(x, rows, in), transposed, dense(w, out, in), 0, dense(y, rows, out))
		parallel(rows, max(1, elementGrain/out), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				row := y[i*out : (i+1)*out]
				for j, bias := range b {
					row[j] += bias
				}
				activate(act, row)
			}
		})
	}
	dsum := []F(nil) // the gradient of the sums
	backward := func(outs, inputs [][]F) {
		x, w, y, g := inputs[0], inputs[1], inputs[2], inputs[3]
		if dsum == nil {
			dsum = make([]F, rows*out)
		}
		parallel(len(y), elementGrain, func(lo, hi int) { slope(act, dsum[lo:hi], y[lo:hi], g[lo:hi]) })
		d := dense(dsum, rows, out)
		gemm(asIs, d, asIs, dense(w, out, in), 0, dense(outs[0], rows, in))
		gemm(transposed, d, asIs, dense(x, rows, in), 0, dense(outs[1], out, in))
		columnSums(outs[2], d)
	}
	return apply(kernel[F]{
		name: "dense " + string(act), shape: tensor.Shape{x.Shape()[0], x.Shape()[1], out}, run: forward,
		diff: func(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
			return gradients("dense "+string(act), in, backward, in[0], in[1], out, grad)
		},
	}, x, weight, bias)
}

func activate[F Float](act Activation, y []F) {
	switch act {
	case Logistic:
		logistic(y)
	case Tanh:
		hyperbolic(y)
	case ReLU:
		for i, v := range y {
			y[i] = max(v, 0)
		}
	}
}

// slope sets d = g ∘ act′, with act′ told from y = act(·).
func slope[F Float](act Activation, d, y, g []F) {
	switch act {
	case Logistic:
		for i, v := range y {
			d[i] = g[i] * v * (1 - v)
		}
	case Tanh:
		for i, v := range y {
			d[i] = g[i] * (1 - v*v)
		}
	case ReLU:
		for i, v := range y {
			d[i] = 0
			if v > 0 {
				d[i] = g[i]
			}
		}
	}
}
