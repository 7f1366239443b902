package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// decided propagates what the channels of a graph 0 → 1 → 2 are set to in one region; held [weeks, 3] may be nil.
func decided(t *testing.T, by op.Move, x, set, held, w, lagged []float64) []float64 {
	s := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(gorgonia.Float64, 0))
	weeks := len(x) / 3
	if held == nil {
		held = make([]float64, len(x))
	}
	out := op.Propagate([]int{0, 1, 2}, by, s.Constant("x", x, 1, weeks, 3), s.Constant("set", set, 1, weeks, 3),
		s.Constant("held", held, weeks, 3), s.Constant("w", w, 3, 3), s.Constant("lagged", lagged, 3, 3))
	m := graph.NewMachine(graph.Nodes{out})
	require.NoError(t, m.RunTo(0))
	return m.Floats(out)
}

// moves propagates an intervention that holds channel 0 at multiples of its exposure.
func moves(t *testing.T, by op.Move, x, w, lagged, do []float64, weeks int) []float64 {
	held, set := make([]float64, weeks*3), slices.Clone(x)
	for week := range weeks {
		held[week*3] = 1
		set[week*3] = do[week*3] * x[week*3]
	}
	return decided(t, by, x, set, held, w, lagged)
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

// Without parents, what planners decide is what happens, held or not, whatever a channel's own lags. What moves a child adds to what its
// own planners decide, and its own lags carry that on, not their decision.
func TestDecisionsAndWhatParentsMoveAddUp(t *testing.T) {
	lagged := []float64{0.5, 0, 0, 0, 0.25, 0, 0, 0, 0} // of the channels' own
	x, set := []float64{2, 3, 5, 2, 2, 4}, []float64{3, 1, 5, 1, 2, 0}
	held := []float64{1, 1, 1, 1, 1, 1}
	for _, by := range []op.Move{op.ByShares, op.ByAmounts} {
		require.Equal(t, x, decided(t, by, x, x, nil, make([]float64, 9), lagged))
		require.Equal(t, set, decided(t, by, x, set, nil, make([]float64, 9), lagged))
		require.Equal(t, set, decided(t, by, x, set, held, []float64{0, 0.5, 0, 0, 0, 1, 0, 0, 0}, lagged))
	}
	w := []float64{0, 0.5, 0, 0, 0, 0, 0, 0, 0} // channel 0 moves channel 1
	require.InDeltaSlice(t, []float64{3, 1 + 0.5, 5, 1, 2 - 0.5 + 0.25*0.5, 0}, decided(t, op.ByAmounts, x, set, nil, w, lagged), 1e-12)

	first := 0.5 * math.Log(4./3)
	want := []float64{3, 2*math.Exp(first) - 1, 5, 1, 3*math.Exp(0.5*math.Log(2./3)+0.25*first) - 1, 0}
	require.InDeltaSlice(t, want, decided(t, op.ByShares, x, set, nil, w, lagged), 1e-12)
}

// A channel that is held for one week only follows its own past afterwards, as the structural equation says.
func TestOwnLagsCarryAnInterventionOn(t *testing.T) {
	x, lagged := []float64{2, 0, 0, 2, 0, 0}, []float64{0.5, 0, 0, 0, 0, 0, 0, 0, 0}
	got := decided(t, op.ByAmounts, x, []float64{4, 0, 0, 2, 0, 0}, []float64{1, 0, 0, 0, 0, 0}, make([]float64, 9), lagged)
	require.InDeltaSlice(t, []float64{4, 0, 0, 3, 0, 0}, got, 1e-12)
}
