// Package gradcheck compares symbolic gradients with central differences, in float64 graphs. Check is for an op or any
// function of Gorgonia nodes, Layer for a layer with its parameters.
package gradcheck

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Input is a named tensor to differentiate by.
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

// Build builds the function under test: from one node for each input, in their order, to its result, of any shape.
type Build func(inputs ...*graph.Node) *graph.Node

const tolerance = 1e-6 // relative, absolute below 1

// steps of the central difference: its error is ~ step², its rounding ~ 1e-16/step. The second is for an element within
// the first step of a kink (of relu, a clip, an absolute value); a wrong gradient fails at both.
var steps = [...]float64{1e-5, 1e-7}

// MismatchError is a gradient that differs from finite differences.
type MismatchError struct {
	Input             string
	Index             int
	Symbolic, Numeric float64
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("gradcheck: ∂/∂%s[%d]: symbolic %.10g, finite differences %.10g",
		e.Input, e.Index, e.Symbolic, e.Numeric)
}

// Check differentiates a fixed weighted sum of the result by every element of every input and compares with central
// differences. It returns a *MismatchError for the first element that differs by more than 1e-6 (relative, absolute below
// 1), and a *graph.BuildError if the function does not build.
func Check(build Build, inputs ...Input) error {
	g := gorgonia.NewGraph()
	nodes := make([]*graph.Node, len(inputs))
	values := make([][]float64, len(inputs))
	for i, in := range inputs {
		values[i] = append([]float64(nil), in.Values...)
		nodes[i] = bound(g, in.Name, values[i], in.Shape)
	}
	var cost *graph.Node
	grads, err := graph.Build(func() graph.Nodes {
		cost = weigh(build(nodes...))
		return graph.Grad(cost, nodes...)
	})
	if err != nil {
		return err
	}
	symbolic := graph.NewMachine(graph.Nodes{cost}, grads)
	for range 2 { // twice: an op must not depend on the value of its last run
		if err := symbolic.Run(); err != nil {
			return err
		}
	}
	forward := graph.NewMachine(graph.Nodes{cost})
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
func bound(g *gorgonia.ExprGraph, name string, values []float64, shape []int) *graph.Node {
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

// weigh is a weighted sum of the elements of n. The weights differ, so errors in different elements do not cancel.
func weigh(n *graph.Node) *graph.Node {
	if n.IsScalar() {
		return n
	}
	rng := rand.New(rand.NewPCG(1, 2))
	w := Uniform(rng, "weights of the sum", 0.5, 1.5, n.Shape()...)
	return op.Sum(op.Mul(n, bound(n.Graph(), w.Name, w.Values, w.Shape)))
}

// Layer checks a layer by its inputs and by every parameter that it declares in the scope. Parameters are drawn from
// N(0, 1), so that none has a special value.
func Layer(rng *rand.Rand, build func(s *graph.Scope, inputs ...*graph.Node) *graph.Node, inputs ...Input) error {
	params := graph.NewParams(tensor.Float64, 0)
	declared := graph.NewScope(gorgonia.NewGraph(), params)
	_, err := graph.Build(func() *graph.Node {
		var nodes graph.Nodes
		for _, in := range inputs {
			nodes = append(nodes, declared.Input(in.Name, in.Shape...))
		}
		return build(declared, nodes...)
	})
	if err != nil {
		return err
	}
	all := slices.Clone(inputs)
	for _, p := range params.All() {
		all = append(all, Normal(rng, p.Name, 0, 1, p.Value.Shape()...))
	}
	return Check(func(nodes ...*graph.Node) *graph.Node {
		n := len(inputs)
		return build(graph.ScopeOf(nodes[0].Graph(), nodes[n:]...), nodes[:n]...)
	}, all...)
}
