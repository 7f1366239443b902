package graph_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
)

// start draws a parameter's start.
func start(seed uint64, name string, init graph.Init, shape ...int) []float64 {
	params := graph.NewParams(tensor.Float64, seed)
	graph.NewScope(gorgonia.NewGraph(), params).Param(name, graph.Structure, init, shape...)
	return graph.Floats(params.Get(name).Value)
}

func TestStartsHaveTheirDistribution(t *testing.T) {
	const out, in = 150, 250
	bound := 0.1 * math.Sqrt(6.0/(in+out))
	xavier := start(1, "w", graph.Xavier(0.1), out, in)
	require.LessOrEqual(t, floats.Norm(xavier, math.Inf(1)), bound)
	require.InDelta(t, bound/math.Sqrt(3), stat.StdDev(xavier, nil), 0.02*bound)
	uniform := start(1, "w", graph.Uniform(0.5), out, in)
	require.LessOrEqual(t, floats.Norm(uniform, math.Inf(1)), 0.5)
	require.InDelta(t, 0.5/math.Sqrt(3), stat.StdDev(uniform, nil), 0.005)
	normal := start(1, "w", graph.Normal(-0.1, 0.3), out, in)
	require.InDelta(t, -0.1, stat.Mean(normal, nil), 0.01)
	require.InDelta(t, 0.3, stat.StdDev(normal, nil), 0.01)
}

func TestStartsDifferByNameAndSeed(t *testing.T) {
	a := start(1, "a", graph.Normal(0, 1), 5)
	require.Equal(t, a, start(1, "a", graph.Normal(0, 1), 5))
	require.NotEqual(t, a, start(1, "b", graph.Normal(0, 1), 5))
	require.NotEqual(t, a, start(2, "a", graph.Normal(0, 1), 5))
}

func TestSetRefusesWhatDoesNotFit(t *testing.T) {
	params := graph.NewParams(tensor.Float32, 1)
	layers.NewHill(graph.NewScope(gorgonia.NewGraph(), params), 3)
	require.ErrorContains(t, params.Set("hill_x", []float64{1}), "no parameter hill_x")
	require.ErrorContains(t, params.Set("hill_a", []float64{1}), "3 elements, not 1")
	require.Panics(t, func() { layers.NewHill(graph.NewScope(gorgonia.NewGraph(), params), 4) })
}

// A parameter of single regions is marked, in every graph that declares it; the others are shared.
func TestParametersOfRegionsAreMarked(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	for range 2 {
		s := graph.NewScope(gorgonia.NewGraph(), params)
		require.Equal(t, tensor.Shape{3, 2}, s.PerRegion("own", graph.Structure, graph.Fill(4), 3, 2).Shape())
		s.Param("shared", graph.Structure, graph.Fill(0), 3)
	}
	require.True(t, params.Get("own").PerRegion)
	require.False(t, params.Get("shared").PerRegion)
	require.Equal(t, []*graph.Param{params.Get("own"), params.Get("shared")}, params.All())
	require.Equal(t, []float64{4, 4, 4, 4, 4, 4}, graph.Floats(params.Get("own").Value))
}
