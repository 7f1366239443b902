package op

import (
	"slices"

	"gorgonia.org/tensor"

	multiply "deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/internal/simd"
)

// Activation is the activation function of a Connected layer.
type Activation string

// The activations. The slope of each is a function of its value, so Dense need not keep its sums.
const (
	Logistic Activation = "sigmoid"
	Tanh     Activation = "tanh"
	ReLU     Activation = "relu"
)

// Connected is a fully connected layer on the last axis: act(x·Wᵀ + b), with weight W [out, in] and bias b [out].
type Connected struct {
	Weight, Bias *Node
	Act          Activation
}

// Dense maps x [R, T, in] through a stack of fully connected layers to [R, T, out].
//
// The stack is one op, not one op per layer: its rows pass through all layers while they are in the cache, and gradients
// between two layers are never stored as a whole.
func Dense(x *Node, layers ...Connected) *Node {
	return pick(x, stack[float32], stack[float64])(x, layers)
}

func stack[F Float](x *Node, layers []Connected) *Node {
	if x.Dims() != 3 || len(layers) == 0 {
		Fail("op: dense: %d layers on %v", len(layers), x.Shape())
	}
	s := &dense[F]{rows: x.Shape()[0] * x.Shape()[1], in: x.Shape()[2]}
	inputs := Nodes{x}
	name, in := "dense", s.in
	for _, l := range layers {
		if l.Weight.Dims() != 2 || l.Weight.Shape()[1] != in || !l.Bias.Shape().Eq(tensor.Shape{l.Weight.Shape()[0]}) {
			Fail("op: dense: input of %d, weight %v and bias %v do not fit",
				in, l.Weight.Shape(), l.Bias.Shape())
		}
		if !slices.Contains([]Activation{Logistic, Tanh, ReLU}, l.Act) {
			Fail("op: dense: no activation %q", l.Act)
		}
		out := l.Weight.Shape()[0]
		s.layers = append(s.layers, denseLayer[F]{in: in, out: out, act: l.Act})
		inputs = append(inputs, l.Weight, l.Bias)
		name, in = name+" "+string(l.Act), out
	}
	return apply(kernel[F]{
		name: name, shape: tensor.Shape{x.Shape()[0], x.Shape()[1], in}, run: s.forward,
		diff: func(in Nodes, out, grad *Node) Nodes {
			return gradients(name, in, s.backward, append(append(Nodes{}, in...), out, grad)...)
		},
	}, inputs...)
}

// dense is a stack of layers with its scratch memory. The backward run reads the values of the hidden layers from the
// forward run.
type dense[F Float] struct {
	rows, in int
	layers   []denseLayer[F]
	pending  bool
}

type denseLayer[F Float] struct {
	in, out int
	act     Activation

	weightT []F // Wᵀ [in, out], which multiplies faster
	value   []F // [rows, out]; the last layer's is the op's result
	grad    []F // [backwardRows, out]: of the sums
}

// The numbers of rows that pass through all layers at once: forward on one core, so that they stay in its cache, and
// backward on all cores. Both are multiples of the rows of one step of a matrix product.
const (
	forwardRows  = 240
	backwardRows = 3840
)

func (s *dense[F]) forward(y []F, inputs [][]F) {
	last := len(s.layers) - 1
	for i := range s.layers {
		l := &s.layers[i]
		if l.weightT == nil {
			l.weightT = make([]F, l.in*l.out)
			if i < last {
				l.value = make([]F, s.rows*l.out)
			}
		}
		transpose(l.weightT, inputs[1+2*i], l.out, l.in)
	}
	s.layers[last].value = y
	multiply.ShareRows(s.rows, 12, func(from, to int) {
		for lo := from; lo < to; lo += forwardRows {
			hi := min(to, lo+forwardRows)
			x := inputs[0][lo*s.in : hi*s.in]
			for i := range s.layers {
				l := &s.layers[i]
				y := l.value[lo*l.out : hi*l.out]
				whole(asIs, full(x, hi-lo, l.in), asIs, full(l.weightT, l.in, l.out), 0, full(y, hi-lo, l.out))
				l.activate(y, inputs[2+2*i])
				x = y
			}
		}
	})
	s.pending = true
}

// backward has inputs x, the layers' weights and biases, y and the gradient of y; outs are the gradients of the first.
func (s *dense[F]) backward(outs, inputs [][]F) {
	if !s.pending {
		panic("op: dense: the backward op ran without a forward run before it")
	}
	s.pending = false
	last := len(s.layers) - 1
	s.layers[last].value = inputs[len(inputs)-2]
	for i := range s.layers {
		l := &s.layers[i]
		if l.grad == nil {
			l.grad = make([]F, min(backwardRows, s.rows)*l.out)
		}
		clear(outs[1+2*i])
		clear(outs[2+2*i])
	}
	for lo := 0; lo < s.rows; lo += backwardRows {
		hi := min(s.rows, lo+backwardRows)
		n := hi - lo
		copy(s.layers[last].grad, inputs[len(inputs)-1][lo*s.layers[last].out:hi*s.layers[last].out])
		for i := last; i >= 0; i-- {
			l := &s.layers[i]
			d := full(l.grad, n, l.out)
			value := l.value[lo*l.out : hi*l.out]
			cores.Share(n*l.out, elementGrain, func(from, to int) { slope(l.act, l.grad[from:to], value[from:to]) })
			var x, dx []F
			if i > 0 {
				x, dx = s.layers[i-1].value[lo*l.in:hi*l.in], s.layers[i-1].grad
			} else {
				x, dx = inputs[0][lo*l.in:hi*l.in], outs[0][lo*l.in:hi*l.in]
			}
			gemm(transposed, d, asIs, full(x, n, l.in), 1, full(outs[1+2*i], l.out, l.in))
			addColumns(outs[2+2*i], d)
			gemm(asIs, d, asIs, full(inputs[1+2*i], l.out, l.in), 0, full(dx, n, l.in))
		}
	}
}

// activate adds the bias to each row's sums and applies the activation.
func (l *denseLayer[F]) activate(y, bias []F) {
	for ; len(y) > 0; y = y[l.out:] {
		row := y[:l.out]
		switch l.act {
		case ReLU:
			simd.AddReLU(row, bias)
		case Logistic:
			simd.Add(row, bias)
			simd.Logistic(row)
		case Tanh:
			simd.Add(row, bias)
			simd.Tanh(row)
		}
	}
}

// slope multiplies d by act′, as a function of y = act(·).
func slope[F Float](act Activation, d, y []F) {
	switch act {
	case Logistic:
		for i, v := range y {
			d[i] *= v * (1 - v)
		}
	case Tanh:
		for i, v := range y {
			d[i] *= 1 - v*v
		}
	case ReLU:
		simd.KeepPositive(d, y)
	}
}
