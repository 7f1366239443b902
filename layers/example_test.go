package layers_test

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/graph/op"
)

// delayed carries exposure over in three equal stages: the weights of l weeks are those of Pascal's distribution,
//
//	(l + 1)(l + 2)/2 · a^l · (1 − a)³
//
// which peak some weeks after the exposure (Solow 1960). The decay is a = σ(delayed.decay), per channel.
type delayed struct {
	Logit *graph.Node // of the decay, [channels]; starts at 0.4, a decay of 0.6
}

func newDelayed(s *graph.Scope, channels int) graph.Layer {
	return &delayed{s.Param("delayed.decay", graph.Structure, graph.Fill(0.4), channels)}
}

// Forward maps exposure [regions, weeks, channels] to carried-over exposure of the same shape.
func (l *delayed) Forward(x *graph.Node) *graph.Node {
	a := op.Sigmoid(l.Logit)
	return op.Carryover(op.Carryover(op.Carryover(x, a), a), a)
}

// A layer declares its parameters in a scope and is its equation in Forward: a carry-over whose effect is delayed, its
// gradient checked by finite differences, and the weights of one week's exposure.
func Example() {
	rng := rand.New(rand.NewPCG(1, 1))
	err := gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
		return newDelayed(s, 2).Forward(in[0])
	}, gradcheck.Uniform(rng, "x", 0, 2, 3, 5, 2))
	fmt.Println("gradient:", err)

	s := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 42))
	once := s.Constant("x", []float64{0, 1, 0, 0, 0, 0}, 1, 6, 1)
	carried, err := graph.Build(func() *graph.Node { return newDelayed(s, 1).Forward(once) })
	if err != nil {
		fmt.Println(err)
		return
	}
	m := graph.NewMachine(graph.Nodes{carried})
	fmt.Println("run:", m.Run())
	fmt.Printf("%.3f\n", m.Floats(carried))
	// Output:
	// gradient: <nil>
	// run: <nil>
	// [0.000 0.065 0.116 0.139 0.139 0.125]
}
