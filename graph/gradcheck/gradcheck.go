// Package gradcheck compares the symbolic gradient of a layer or an op with central differences. Build the layer on
// named inputs and call Check; it works for anything made of Gorgonia nodes, in float64 graphs.
package gradcheck

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Input is a named tensor that the layer under test is differentiated by.
type Input struct {
	Name   string
	Shape  []int
	Values []float64 // row-major
}

// Normal draws an input from N(mean, sd²).
func Normal(rng *rand.Rand, name string, mean, sd float64, shape ...int) Input {
	in := Input{Name: name, Shape: shape, Values: make([]float64, tensor.Shape(shape).TotalSize())}
	for i := range in.Values {
		in.Values[i] = mean + sd*rng.NormFloat64()
	}
	return in
}

// Uniform draws an input from [lo, hi).
func Uniform(rng *rand.Rand, name string, lo, hi float64, shape ...int) Input {
	in := Input{Name: name, Shape: shape, Values: make([]float64, tensor.Shape(shape).TotalSize())}
	for i := range in.Values {
		in.Values[i] = lo + (hi-lo)*rng.Float64()
	}
	return in
}

// Build makes the layer under test: from a node per input, in their order, to the node of its result, of any shape.
type Build func(inputs ...*gorgonia.Node) (*gorgonia.Node, error)

const tolerance = 1e-6 // relative, absolute below 1

// steps of the central difference: its error is ~ step², its rounding ~ 1e-16/step. The second is for an element that
// happens to lie within the first of a kink (of relu, a clip, an absolute value); a wrong gradient fails at both.
var steps = [...]float64{1e-5, 1e-7}

// MismatchError is a gradient that does not agree with finite differences.
type MismatchError struct {
	Input             string
	Index             int
	Symbolic, Numeric float64
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("gradcheck: ∂/∂%s[%d]: symbolic %.10g, finite differences %.10g",
		e.Input, e.Index, e.Symbolic, e.Numeric)
}

// Check differentiates a fixed random weighting of the layer's result by every element of every input and compares with
// central differences. It returns a *MismatchError for the first element that differs by more than 1e-6, relative or
// absolute below 1.
func Check(build Build, inputs ...Input) error {
	g := gorgonia.NewGraph()
	nodes := make([]*gorgonia.Node, len(inputs))
	values := make([][]float64, len(inputs))
	for i, in := range inputs {
		values[i] = append([]float64(nil), in.Values...)
		nodes[i] = bound(g, in.Name, values[i], in.Shape)
	}
	out, err := build(nodes...)
	if err != nil {
		return err
	}
	cost, err := weigh(out)
	if err != nil {
		return err
	}
	grads, err := gorgonia.Grad(cost, nodes...)
	if err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	symbolic := graph.NewMachine(gorgonia.Nodes{cost}, grads)
	for range 2 { // twice: an op that keeps its value must not feed on it
		if err := symbolic.Run(); err != nil {
			return err
		}
	}
	forward := graph.NewMachine(gorgonia.Nodes{cost})
	at := func() (float64, error) {
		err := forward.Run()
		return forward.Scalar(cost), err
	}
	for i, in := range inputs {
		got := symbolic.Floats(grads[i])
		for j := range values[i] {
			if err := compare(in.Name, j, got[j], &values[i][j], at); err != nil {
				return err
			}
		}
	}
	return nil
}

// bound adds an input whose tensor is backed by values: changing them changes the input.
func bound(g *gorgonia.ExprGraph, name string, values []float64, shape []int) *gorgonia.Node {
	t := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
	return gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithName(name), gorgonia.WithValue(t))
}

func compare(name string, index int, got float64, x *float64, at func() (float64, error)) error {
	var want float64
	for _, step := range steps {
		var err error
		if want, err = centralDifference(x, step, at); err != nil {
			return err
		}
		if math.Abs(got-want) <= tolerance*max(1, math.Abs(want)) {
			return nil
		}
	}
	return &MismatchError{name, index, got, want}
}

func centralDifference(x *float64, step float64, at func() (float64, error)) (float64, error) {
	old := *x
	defer func() { *x = old }()
	*x = old + step
	up, err := at()
	if err != nil {
		return 0, err
	}
	*x = old - step
	down, err := at()
	return (up - down) / (2 * step), err
}

// weigh sums the elements of n, each with a weight of its own, so that errors in different elements cannot cancel.
func weigh(n *gorgonia.Node) (*gorgonia.Node, error) {
	if n.IsScalar() {
		return n, nil
	}
	rng := rand.New(rand.NewPCG(1, 2))
	w := Uniform(rng, "weights of the sum", 0.5, 1.5, n.Shape()...)
	weighted, err := op.Mul(n, bound(n.Graph(), w.Name, w.Values, w.Shape))
	if err != nil {
		return nil, err
	}
	return op.Reduce(0, weighted, weighted.Dims())
}

// Layer checks a layer by its input and by every parameter that it declares. Parameters are drawn from N(0, 1), so
// that none starts at a special value.
func Layer(rng *rand.Rand, x Input, build func(s *graph.Scope) graph.Layer) error {
	params := graph.NewParams(tensor.Float64, 0)
	declared := graph.NewScope(gorgonia.NewGraph(), params)
	build(declared)
	inputs := []Input{x}
	for _, p := range params.All() {
		inputs = append(inputs, Normal(rng, p.Name, 0, 1, p.Value.Shape()...))
	}
	return Check(func(nodes ...*gorgonia.Node) (*gorgonia.Node, error) {
		return build(graph.ScopeOf(nodes[0].Graph(), nodes[1:]...)).Forward(nodes[0])
	}, inputs...)
}
