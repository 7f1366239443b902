package graph_test

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// A graph is built from parameters and ops, differentiated, and evaluated by a Machine.
func Example() {
	params := graph.NewParams(tensor.Float64, 42)
	s := graph.NewScope(gorgonia.NewGraph(), params)
	x := s.Constant("x", []float64{1, 2, 3}, 3)
	w := s.Param("w", graph.Coefficients, graph.Fill(0.5), 3)

	var loss *graph.Node
	gradients, err := graph.Build(func() graph.Nodes {
		loss = op.SquareSum(op.Sub(op.Mul(w, x), x)) // ‖w∘x − x‖²
		return graph.Grad(loss, w)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := graph.NewMachine(graph.Nodes{loss}, gradients)
	err = m.Run()
	fmt.Println(err, m.Scalar(loss), m.Floats(gradients[0]))
	// Output: <nil> 3.5 [-1 -4 -9]
}
