package report

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

// drawEdges draws the edges of an acyclic graph, strongest first.
func drawEdges(t *rapid.T) (edges []dag.Edge, names []string) {
	n := rapid.IntRange(2, 12).Draw(t, "channels")
	order := rapid.Permutation(seq(n)).Draw(t, "order")
	for i := range n {
		names = append(names, fmt.Sprintf("channel %c", 'a'+i))
		for j := i + 1; j < n; j++ {
			if rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
				edges = append(edges, dag.Edge{From: order[i], To: order[j], Weight: rapid.Float64Range(0.01, 1).Draw(t, "weight")})
			}
		}
	}
	slices.SortStableFunc(edges, func(a, b dag.Edge) int { return cmp.Compare(b.Weight, a.Weight) })
	return edges, names
}

func seq(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Parents are to the left of their children, no box touches another, and all are inside the picture.
func TestNetworkIsLayered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		edges, names := drawEdges(t)
		n := newNetwork(edges, names)
		if len(edges) == 0 {
			require.Nil(t, n)
			return
		}
		at := map[int]node{}
		for _, node := range n.Nodes {
			at[node.at] = node
			require.GreaterOrEqual(t, node.X, 0.0)
			require.GreaterOrEqual(t, node.Y, 0.0)
			require.LessOrEqual(t, node.X+node.Width, n.Width)
			require.LessOrEqual(t, node.Y+node.Height, n.Height+1e-9)
			for _, other := range n.Nodes {
				apart := node.X+node.Width < other.X || other.X+other.Width < node.X ||
					node.Y+node.Height < other.Y || other.Y+other.Height < node.Y
				require.True(t, apart || node.at == other.at, "%s covers %s", node.Label, other.Label)
			}
		}
		require.Len(t, n.Links, len(edges))
		for i, e := range edges {
			require.Less(t, at[e.From].X+at[e.From].Width, at[e.To].X, "%v runs to the right", e)
			require.Equal(t, e, n.Links[i].edge)
			require.LessOrEqual(t, n.Links[i].Thick, thickest)
		}
	})
}
