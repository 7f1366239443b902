// Package op holds the custom Gorgonia ops of the marketing-mix models, each with its symbolic gradient. A constructor
// such as Adstock, Hill or GRU applies an op to nodes and returns the node of its result; if the nodes do not fit it
// panics with a BuildError, see graph.Build. An op is a kernel: Go loops over flat slices, in float32 and float64 graphs.
// Start reading at kernel, then at Adstock.
package op

import (
	"fmt"
	"hash"
	"hash/fnv"
	"slices"
	"unsafe"

	"github.com/chewxy/hm"
	_ "go4.org/unsafe/assume-no-moving-gc" // Gorgonia panics at its start on a current Go with an older version of it
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Float is the element type of a graph.
type Float interface{ float32 | float64 }

// kernel is a gorgonia.Op that computes one tensor (or scalar) from others.
//
// Gorgonia's own ops return a new value each time. A kernel writes into the value of its last run if the machine passes
// it (UsePreallocDo), so a training epoch allocates almost nothing.
type kernel[F Float] struct {
	name  string       // the op with its attributes: kernels with the same name and inputs are one node
	shape tensor.Shape // of the result; empty for a scalar

	// run computes out, row-major, from the inputs, row-major. It must write every element of out.
	run func(out []F, in [][]F)

	// diff returns the gradient of each input, from the op's inputs, its output and the gradient of the output. A kernel
	// without diff is not differentiable.
	diff func(in Nodes, out, grad *Node) Nodes

	// elementwise promises that out[i] depends only on the elements i of the inputs, which all have out's size: then out
	// may share the memory of an input that has no other use.
	elementwise bool

	// constants lists the inputs that are constants to differentiation; diff returns nil for them.
	constants []int

	in   []hm.Type
	args [][]F // of the last run
}

// Kernel is an op of this package, with what a machine must know to let values share memory.
type Kernel interface {
	gorgonia.Op
	gorgonia.UsePreallocDoer

	// Elementwise reports whether the result may be written over an input: its element i depends only on the inputs'
	// elements i.
	Elementwise() bool

	// View reports whether the result is a view of the first input, and the offset of its first element.
	View() (offset int, ok bool)
}

var (
	_ gorgonia.SDOp = (*kernel[float64])(nil)
	_ Kernel        = (*kernel[float64])(nil)
	_ Kernel        = (*partOp[float64])(nil)
)

// apply adds a kernel to the inputs' graph and returns the node of its result.
func apply[F Float](k kernel[F], inputs ...*Node) *Node {
	for i, n := range inputs {
		if n.Dtype() != dtype[F]() {
			Fail("op: %s: input %d (%s) is %v in a graph of %v", k.name, i, n.Name(), n.Dtype(), dtype[F]())
		}
		k.in = append(k.in, n.Type())
	}
	return checked(gorgonia.ApplyOp(&k, inputs...))
}

// pick returns the variant of an op for the node's dtype.
func pick[T any](n *Node, f32, f64 T) T {
	if n.Dtype() == tensor.Float32 {
		return f32
	}
	return f64
}

func dtype[F Float]() tensor.Dtype {
	if _, ok := any(F(0)).(float32); ok {
		return tensor.Float32
	}
	return tensor.Float64
}

func (k *kernel[F]) Arity() int { return len(k.in) }

// Type is exact, not generic: a kernel is made for its inputs.
func (k *kernel[F]) Type() hm.Type {
	var out hm.Type = dtype[F]()
	if k.shape.Dims() > 0 {
		out = gorgonia.TensorType{Dims: k.shape.Dims(), Of: dtype[F]()}
	}
	return hm.NewFnType(append(append([]hm.Type{}, k.in...), out)...)
}

func (k *kernel[F]) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return k.shape.Clone(), nil
}

func (k *kernel[F]) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return k.UsePreallocDo(nil, inputs...)
}

// UsePreallocDo runs the kernel into the value of an earlier run, or into a new one.
func (k *kernel[F]) UsePreallocDo(prealloc gorgonia.Value, inputs ...gorgonia.Value) (gorgonia.Value, error) {
	if k.args == nil {
		k.args = make([][]F, len(inputs))
	}
	in := k.args
	for i, v := range inputs {
		var err error
		if in[i], err = flat[F](v); err != nil {
			return nil, fmt.Errorf("op: %s: input %d: %w", k.name, i, err)
		}
	}
	if k.shape.Dims() == 0 {
		var out [1]F
		k.run(out[:], in)
		return scalar(out[0]), nil
	}
	dst, ok := prealloc.(*tensor.Dense)
	if !ok || dst == nil {
		dst = tensor.New(tensor.WithShape(k.shape...), tensor.Of(dtype[F]()))
	}
	k.run(elements[F](dst), in)
	return dst, nil
}

func (k *kernel[F]) DiffWRT(inputs int) []bool {
	wrt := make([]bool, inputs)
	for i := range wrt {
		wrt[i] = k.diff != nil && !slices.Contains(k.constants, i)
	}
	return wrt
}

func (k *kernel[F]) SymDiff(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	return k.diff(in, out, grad), nil
}

// Elementwise implements Kernel.
func (k *kernel[F]) Elementwise() bool { return k.elementwise }

// View implements Kernel.
func (k *kernel[F]) View() (offset int, ok bool) { return 0, false }

func (k *kernel[F]) ReturnsPtr() bool      { return true }
func (k *kernel[F]) CallsExtern() bool     { return false }
func (k *kernel[F]) OverwritesInput() int  { return -1 }
func (k *kernel[F]) String() string        { return k.name }
func (k *kernel[F]) WriteHash(h hash.Hash) { fmt.Fprintf(h, "%s %v %v", k.name, k.in, k.shape) }

func (k *kernel[F]) Hashcode() uint32 {
	h := fnv.New32a()
	k.WriteHash(h)
	return h.Sum32()
}

// flat returns the elements of a value, row-major. It copies only a strided view.
func flat[F Float](v gorgonia.Value) ([]F, error) {
	if v.Dtype() != dtype[F]() {
		return nil, fmt.Errorf("%T holds no %v", v.Data(), dtype[F]())
	}
	d, ok := v.(*tensor.Dense)
	if !ok {
		return []F{v.Data().(F)}, nil
	}
	if d.RequiresIterator() {
		d = d.Materialize().(*tensor.Dense)
	}
	return elements[F](d), nil
}

// elements returns the memory of a contiguous tensor, without the allocation of its Data.
func elements[F Float](d *tensor.Dense) []F {
	if d.Dtype() == tensor.Float32 {
		x := d.Float32s()
		return *(*[]F)(unsafe.Pointer(&x))
	}
	x := d.Float64s()
	return *(*[]F)(unsafe.Pointer(&x))
}

func scalar[F Float](x F) gorgonia.Value {
	if v, ok := any(x).(float32); ok {
		return gorgonia.NewF32(v)
	}
	return gorgonia.NewF64(float64(x))
}
