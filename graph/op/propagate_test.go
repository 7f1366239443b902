package op_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// moves propagates an intervention on channel 0 of a chain 0 → 1 → 2 in one region.
func moves(t *testing.T, by op.Move, x, w, lagged, do []float64, weeks int) []float64 {
	s := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(gorgonia.Float64, 0))
	held := make([]float64, weeks*3)
	for week := range weeks {
		held[week*3] = 1
	}
	out := op.Propagate([]int{0, 1, 2}, by, s.Constant("x", x, 1, weeks, 3), s.Constant("w", w, 3, 3), s.Constant("lagged", lagged, 3, 3),
		s.Constant("do", do, weeks, 3), s.Constant("held", held, weeks, 3))
	m := graph.NewMachine(graph.Nodes{out})
	require.NoError(t, m.RunTo(0))
	return m.Floats(out)
}

// By amounts, a child loses its weight times what its parent lost, in the same week or later, and no more than it has.
func TestAmountsTravelAlongTheChain(t *testing.T) {
	w := []float64{0, 0.5, 0, 0, 0, 2, 0, 0, 0}
	lagged := []float64{0, 0, 0.25, 0, 0, 0, 0, 0, 0}
	none := []float64{0, 1, 1, 0, 1, 1}
	require.InDeltaSlice(t, []float64{0, 2, 3, 0, 1, 4 - 2 - 0.5}, moves(t, op.ByAmounts, []float64{2, 3, 5, 2, 2, 4}, w, lagged, none, 2), 1e-12)

	// Channel 1 has 0.5 of the 1 that it would lose, and passes on only that.
	require.InDeltaSlice(t, []float64{0, 0, 4}, moves(t, op.ByAmounts, []float64{2, 0.5, 5}, w, make([]float64, 9), none[:3], 1), 1e-12)

	// A factor scales every change.
	require.InDeltaSlice(t, []float64{3, 3.5, 6}, moves(t, op.ByAmounts, []float64{2, 3, 5}, w, make([]float64, 9), []float64{1.5, 1, 1}, 1), 1e-12)
}

// By shares, the child changes by a share of its own exposure: the more it has, the more it loses.
func TestSharesAreOfTheChildsOwn(t *testing.T) {
	w := []float64{0, 0.5, 0, 0, 0, 0, 0, 0, 0}
	few := moves(t, op.ByShares, []float64{3, 1, 1}, w, make([]float64, 9), []float64{0, 1, 1}, 1)
	many := moves(t, op.ByShares, []float64{3, 3, 1}, w, make([]float64, 9), []float64{0, 1, 1}, 1)
	require.InDelta(t, 2*0.5-1, few[1], 1e-12, "1 + x halves, as the parent's root")
	require.InDelta(t, 4*0.5-1, many[1], 1e-12)
}
