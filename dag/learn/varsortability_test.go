package learn_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
)

func TestVarsortabilityByHand(t *testing.T) {
	chain := edges(3, [2]int{0, 1}, [2]int{1, 2}) // three paths: two edges and both
	fork := edges(3, [2]int{0, 1}, [2]int{0, 2})
	shortcut := edges(3, [2]int{0, 1}, [2]int{1, 2}, [2]int{0, 2}) // 0 to 2 in one step and in two
	for _, c := range []struct {
		graph     *mat.Dense
		variances []float64
		want      float64
	}{
		{chain, []float64{1, 2, 3}, 1},
		{chain, []float64{3, 2, 1}, 0},
		{chain, []float64{2, 2, 2}, 0.5},
		{chain, []float64{1, 3, 2}, 2.0 / 3},
		{chain, []float64{1, 1, 2}, 2.5 / 3},
		{fork, []float64{1, 2, 0.5}, 0.5},
		{fork, []float64{1, 2, 3}, 1},
		{shortcut, []float64{1, 3, 2}, 3.0 / 4},
		{shortcut, []float64{2, 1, 3}, 3.0 / 4},
		{edges(4, [2]int{0, 1}, [2]int{0, 2}, [2]int{1, 3}, [2]int{2, 3}), []float64{1, 3, 4, 2}, 3.0 / 5},
		{edges(3), []float64{1, 2, 3}, 0.5},
	} {
		require.InDelta(t, c.want, learn.Varsortability(graphOf(c.graph), c.variances), 1e-15, "%v %v", c.graph, c.variances)
	}
}

func TestVarsortabilityIsAShareAndFollowsARelabelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawLinear(seeded(rapid.Uint64().Draw(t, "seed")), rapid.IntRange(2, 12).Draw(t, "nodes"))
		w, order := m.w, m.order
		variances, moved, opposite := make([]float64, len(order)), make([]float64, len(order)), make([]float64, len(order))
		permutation := drawOrder(t, len(order))
		for i := range variances {
			variances[i] = float64(rapid.IntRange(1, 5).Draw(t, "variance"))
			moved[permutation[i]], opposite[i] = variances[i], -variances[i]
		}
		v := learn.Varsortability(graphOf(w), variances)
		require.GreaterOrEqual(t, v, 0.0)
		require.LessOrEqual(t, v, 1.0)
		require.InDelta(t, v, learn.Varsortability(graphOf(relabel(w, permutation)), moved), 1e-12)
		require.InDelta(t, 1-v, learn.Varsortability(graphOf(w), opposite), 1e-12, "the other way round")
	})
}

func graphOf(w mat.Matrix) *dag.Graph { return dag.NewAcyclic(0, nil, w) }
