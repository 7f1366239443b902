package dag_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/graph"
	paths "gonum.org/v1/gonum/graph/path"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/testgraph"
	"gonum.org/v1/gonum/graph/topo"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

// build makes a Directed of whatever gonum's own tests ask for, but loops and graphs without a node.
func build(nodes []graph.Node, edges []testgraph.WeightedLine, _, _ float64) (
	g graph.Graph, n []graph.Node, e []testgraph.Edge, self, absent float64, ok bool,
) {
	row := map[int64]int{}
	add := func(old graph.Node) {
		if _, ok := row[old.ID()]; !ok {
			row[old.ID()] = len(n)
			n = append(n, simple.Node(len(n)))
		}
	}
	for _, node := range nodes {
		add(node)
	}
	for _, line := range edges {
		add(line.From())
		add(line.To())
	}
	if len(n) == 0 {
		return nil, nil, nil, 0, 0, false
	}
	a := mat.NewDense(len(n), len(n), nil)
	for _, line := range edges {
		from, to := row[line.From().ID()], row[line.To().ID()]
		if from != to && line.Weight() != 0 && a.At(from, to) == 0 {
			a.Set(from, to, line.Weight())
			e = append(e, simple.WeightedEdge{F: n[from], T: n[to], W: line.Weight()})
		}
	}
	return dag.NewDirected(a), n, e, 0, math.Inf(1), true
}

func TestDirectedKeepsGonumsLaws(t *testing.T) {
	t.Run("all nodes", func(t *testing.T) { testgraph.ReturnAllNodes(t, build, true) })
	t.Run("node existence", func(t *testing.T) { testgraph.NodeExistence(t, build) })
	t.Run("all edges", func(t *testing.T) { testgraph.ReturnAllWeightedEdges(t, build, true) })
	t.Run("edge existence", func(t *testing.T) { testgraph.EdgeExistence(t, build, false) })
	t.Run("adjacent nodes", func(t *testing.T) { testgraph.ReturnAdjacentNodes(t, build, true, false) })
	t.Run("weight", func(t *testing.T) { testgraph.Weight(t, build) })
	t.Run("matrix", func(t *testing.T) { testgraph.AdjacencyMatrix(t, build) })
}

func TestDirectedIsTheAdjacency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, order := drawDAG(t, 5)
		g := dag.NewDirected(w)
		require.Equal(t, len(order), g.Nodes().Len())
		sorted, err := topo.Sort(g)
		require.NoError(t, err)
		place := map[int64]int{}
		for i, node := range sorted {
			place[node.ID()] = i
		}
		for i := range order {
			for j := range order {
				weight, ok := g.Weight(int64(i), int64(j))
				switch v := w.At(i, j); {
				case i == j:
					require.True(t, ok)
					require.Zero(t, weight)
				case v == 0:
					require.False(t, ok)
					require.Equal(t, math.Inf(1), weight)
				default:
					require.True(t, ok)
					require.Equal(t, v, weight)
					require.Less(t, place[int64(i)], place[int64(j)], "parents come first")
				}
			}
		}
	})
}

// Dijkstra's distances are those of Floyd and Warshall's three loops over the matrix.
func TestDirectedShortestPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := sparse(t)
		n, _ := w.Dims()
		distance := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				length := math.Abs(w.At(i, j))
				switch {
				case i == j:
					length = 0
					w.Set(i, i, 0)
				case length == 0:
					length = math.Inf(1)
				default:
					w.Set(i, j, length)
				}
				distance.Set(i, j, length)
			}
		}
		for k := range n {
			for i := range n {
				for j := range n {
					distance.Set(i, j, min(distance.At(i, j), distance.At(i, k)+distance.At(k, j)))
				}
			}
		}
		for i := range n {
			shortest := paths.DijkstraFrom(simple.Node(i), dag.NewDirected(w))
			for j := range n {
				want := distance.At(i, j)
				if math.IsInf(want, 1) {
					require.Equal(t, want, shortest.WeightTo(int64(j)))
				} else {
					require.InDelta(t, want, shortest.WeightTo(int64(j)), 1e-12)
				}
			}
		}
	})
}

func TestDirectedRefusesLoops(t *testing.T) {
	const message = "dag: node 1 has an edge to itself, and gonum's simple graphs have none"
	require.PanicsWithValue(t, message, func() { dag.NewDirected(mat.NewDense(2, 2, []float64{0, 1, 0, 1})) })
}
