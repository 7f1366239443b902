package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Pull is the gradient of the weighted sum of outputs, of which one depends on another; a later stage continues a run.
func TestPullIsTheGradientOfAWeightedSum(t *testing.T) {
	s := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(gorgonia.Float64, 0))
	x, a, b := s.Constant("x", []float64{0.3, -1, 2}, 3), s.Input("a", 3), s.Input("b", 3)
	y := op.Exp(x)
	z := op.Mul(y, x)
	pulled := graph.Pull(graph.Nodes{y, z}, graph.Nodes{a, b}, x)
	want := graph.Grad(op.Add(op.Sum(op.Mul(y, a)), op.Sum(op.Mul(z, b))), x)
	m, direct := graph.NewMachine(graph.Nodes{y, z}, pulled), graph.NewMachine(want)
	for range 2 {
		require.NoError(t, m.RunTo(0))
		copy(a.Value().Data().([]float64), []float64{1, 2, -3})
		copy(b.Value().Data().([]float64), []float64{0.5, -1, 4})
		require.NoError(t, m.Continue(1))
		require.NoError(t, direct.Run())
		require.InDeltaSlice(t, direct.Floats(want[0]), m.Floats(pulled[0]), 1e-12)
		require.NotZero(t, m.Floats(pulled[0])[0])
	}
	_, err := graph.Build(func() graph.Nodes { return graph.Pull(graph.Nodes{y}, nil, x) })
	require.EqualError(t, err, "graph: 0 adjoints of 1 outputs")
	_, err = graph.Build(func() graph.Nodes { return graph.Pull(graph.Nodes{y}, graph.Nodes{s.Input("c", 2)}, x) })
	require.EqualError(t, err, "graph: the adjoint (2) of an output (3)")
}
