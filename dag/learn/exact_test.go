package learn

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

// bestOfAll looks at every order that the constraints allow.
func bestOfAll(o *ordering) float64 {
	best := math.Inf(1)
	for _, order := range combin.Permutations(o.m.Variables, o.m.Variables) {
		allowed := true
		for at, j := range order {
			for _, i := range order[:at] {
				allowed = allowed && !o.constraints.Required(j, i)
			}
		}
		if allowed {
			best = min(best, o.score(o.placed(order)))
		}
	}
	return best
}

func TestNoOrderIsBetterThanTheExactOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, lags := rapid.IntRange(1, 5).Draw(t, "variables"), rapid.IntRange(0, 1).Draw(t, "lags")
		c := dag.NewConstraints(d)
		for range rapid.IntRange(0, 2).Draw(t, "required") {
			_ = c.Require(rapid.IntRange(0, d-1).Draw(t, "from"), rapid.IntRange(0, d-1).Draw(t, "to")) // unless it closes a cycle
		}
		o := newOrdering(momentsOf(t, lags, mixed(source(t), 60, d)), Options{Method: Exact, Constraints: c})
		start, err := refined(context.Background(), o, EqVarOrder(o.m, c))
		require.NoError(t, err)
		found, err := start.exact(context.Background())
		require.NoError(t, err)
		require.InDelta(t, bestOfAll(o), found.score(found.nodes), 1e-6)
		require.Equal(t, o.placed(found.order), found.nodes)
	})
}

// Single moves do not always lead to the best order.
func TestTheExactOrderIsSometimesBetterThanTheRefined(t *testing.T) {
	better := 0
	for seed := range uint64(40) {
		o := newOrdering(momentsOf(t, 0, mixed(rand.New(rand.NewPCG(seed, 0)), 60, 6)), Options{Method: Exact})
		start, err := refined(context.Background(), o, []int{5, 4, 3, 2, 1, 0})
		require.NoError(t, err)
		found, err := start.exact(context.Background())
		require.NoError(t, err)
		require.LessOrEqual(t, found.score(found.nodes), start.score(start.nodes))
		if !slices.Equal(found.order, start.order) {
			better++
		}
	}
	require.NotZero(t, better)
	require.Less(t, better, 40, "as good an order stays")
}

func TestTheExactSearchEndsWithItsContext(t *testing.T) {
	o := newOrdering(momentsOf(t, 0, mixed(rand1(), 60, 4)), Options{Method: Exact})
	start, err := refined(context.Background(), o, []int{0, 1, 2, 3})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = start.exact(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
