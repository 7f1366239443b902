package gradcheck_test

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/graph/op"
)

// Check takes a function of nodes. The gradient of Balance is not the derivative of its value, by design.
func ExampleCheck() {
	x := gradcheck.Input{Name: "x", Shape: []int{2}, Values: []float64{1, 2}}
	fmt.Println(gradcheck.Check(func(in ...*graph.Node) *graph.Node { return op.Exp(in[0]) }, x))
	err := gradcheck.Check(func(in ...*graph.Node) *graph.Node {
		term := op.SquareSum(in[0])
		return op.Balance(term, op.Affine(0, term, 1))
	}, x)
	var mismatch *gradcheck.MismatchError
	if errors.As(err, &mismatch) {
		fmt.Printf("∂/∂%s[%d]: symbolic %.3f, numeric %.3f\n", mismatch.Input, mismatch.Index, mismatch.Symbolic, mismatch.Numeric)
	}
	// Output:
	// <nil>
	// ∂/∂x[0]: symbolic 0.400, numeric 0.000
}

// Layer checks every parameter that a layer declares besides its inputs.
func ExampleLayer() {
	rng := rand.New(rand.NewPCG(1, 1))
	err := gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
		bias := s.Param("bias", graph.Structure, graph.Fill(0), 3)
		return op.Sigmoid(op.Add(in[0], bias))
	}, gradcheck.Normal(rng, "x", 0, 1, 3))
	fmt.Println(err)
	// Output: <nil>
}
