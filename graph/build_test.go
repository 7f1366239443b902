package graph_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

func TestBuildReturnsOnlyBuildErrors(t *testing.T) {
	n, err := graph.Build(func() int { return 3 })
	require.NoError(t, err)
	require.Equal(t, 3, n)

	cause := errors.New("no such option")
	_, err = graph.Build(func() int { op.Fail("layer: %w", cause); return 0 })
	var misuse *graph.BuildError
	require.ErrorAs(t, err, &misuse)
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "layer: no such option")

	var none []int
	require.Panics(t, func() { _, _ = graph.Build(func() int { return none[0] }) }, "a bug is no misuse")
	require.PanicsWithError(t, "no such option", func() { _, _ = graph.Build(func() int { panic(cause) }) })
}

// Misuse of Gorgonia's own functions, a parameter of another shape, and a derivative that does not exist fail to build too.
func TestFailuresOfGorgoniaAreBuildErrors(t *testing.T) {
	s := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 1))
	x, y := s.Input("x", 2, 3), s.Input("y", 3, 2)
	s.Param("w", graph.Structure, graph.Fill(0), 3)
	for want, build := range map[string]func() *graph.Node{
		"graph: ": func() *graph.Node { return graph.From(gorgonia.HadamardProd(x, y)) },
		"parameter w is (3), but a layer declares it as [4]": func() *graph.Node {
			again := graph.NewParams(tensor.Float64, 1)
			graph.NewScope(gorgonia.NewGraph(), again).Param("w", graph.Structure, graph.Fill(0), 3)
			return graph.NewScope(gorgonia.NewGraph(), again).Param("w", graph.Structure, graph.Fill(0), 4)
		},
		"Non Differentiable": func() *graph.Node { return graph.Grad(op.Sum(x), y)[0] },
	} {
		_, err := graph.Build(build)
		var misuse *graph.BuildError
		require.ErrorAs(t, err, &misuse, want)
		require.ErrorContains(t, err, want)
	}
}
