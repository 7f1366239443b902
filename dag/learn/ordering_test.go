package learn

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

func rand1() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

// mixed correlates d variables, each of which has an error of its own that the others do not explain.
func mixed(rng *rand.Rand, n, d int) *mat.Dense {
	x, mix := normal(rng, n, d), normal(rng, d, d)
	mix.Apply(func(i, j int, v float64) float64 {
		switch {
		case i > j:
			return 0
		case i == j:
			return 1
		}
		return max(-2, min(2, v))
	}, mix)
	x.Mul(x, mix)
	return x
}

func orderings(t *rapid.T, equal bool) (*ordering, *mat.Dense, []int) {
	d := rapid.IntRange(1, 6).Draw(t, "variables")
	rng := source(t)
	x := mixed(rng, 60, d)
	order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5}[:d]).Draw(t, "order")
	return newOrdering(momentsOf(t, 0, x), Options{Standardise: !equal}), x, order
}

// placed fits every variable on its predecessors.
func (o *ordering) placed(order []int) []dag.Regression {
	nodes, before := make([]dag.Regression, len(order)), make([]bool, len(order))
	for _, j := range order {
		nodes[j] = o.fit(j, before)
		before[j] = true
	}
	return nodes
}

func TestAScoreIsTheLikelihoodAndThePenalty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		equal := rapid.Bool().Draw(t, "equal variances")
		o, x, order := orderings(t, equal)
		nodes := o.placed(order)
		n, d := 60.0, float64(len(order))
		sum, logs, parents := 0.0, 0.0, 0.0
		for j, r := range nodes {
			for _, i := range r.Parents {
				require.Less(t, slices.Index(order, i), slices.Index(order, j), "parents come before")
			}
			variance, _ := left(t, x, j, r.Parents)
			sum, logs, parents = sum+variance, logs+math.Log(variance), parents+float64(len(r.Parents))
		}
		want := n * logs
		if equal {
			want = n * d * math.Log(sum/d)
		}
		require.InDelta(t, want+parents*(math.Log(n)+2*math.Log(d)), o.score(nodes), 1e-5)
	})
}

// After refining, no move of a single variable to any place improves the score, and nodes are those of the order.
func TestRefinedOrdersHaveNoBetterNeighbour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, _, order := orderings(t, rapid.Bool().Draw(t, "equal variances"))
		given := slices.Clone(order)
		start := o.score(o.placed(order))
		found, err := refined(context.Background(), o, order)
		require.NoError(t, err)
		require.Equal(t, given, order, "the caller's order stays")
		require.ElementsMatch(t, order, found.order)
		best := found.score(found.nodes)
		require.LessOrEqual(t, best, start)
		require.Equal(t, o.placed(found.order), found.nodes)
		for from, v := range found.order {
			rest := slices.Delete(slices.Clone(found.order), from, from+1)
			for to := range found.order {
				moved := slices.Insert(slices.Clone(rest), to, v)
				require.GreaterOrEqual(t, o.score(o.placed(moved)), best-1e-8, "%v to %d of %v", v, to, found.order)
			}
		}
	})
}

// From the worst order there is a way to the true one.
func TestRefiningTurnsAChainAround(t *testing.T) {
	x := chainOf(t, 1000, 7)
	found, err := refined(context.Background(), newOrdering(momentsOf(t, 0, x), Options{}),
		[]int{6, 5, 4, 3, 2, 1, 0})
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6}, found.order)
	for i, edge := range dag.Edges(found.weights()[0]) {
		require.Less(t, i, 6)
		require.Equal(t, edge.From+1, edge.To)
		require.InDelta(t, 1.2, edge.Weight, 0.15)
	}
}

// Whatever the data want, required edges stay in order.
func TestRefiningKeepsRequiredEdges(t *testing.T) {
	x := chainOf(t, 500, 4)
	c := dag.NewConstraints(4)
	require.NoError(t, c.Require(3, 1))
	require.NoError(t, c.Require(2, 0))
	found, err := refined(context.Background(),
		newOrdering(momentsOf(t, 0, x), Options{Constraints: c}), []int{3, 2, 1, 0})
	require.NoError(t, err)
	require.Less(t, slices.Index(found.order, 3), slices.Index(found.order, 1))
	require.Less(t, slices.Index(found.order, 2), slices.Index(found.order, 0))
	require.NotZero(t, found.weights()[0].At(3, 1))
	require.NotZero(t, found.weights()[0].At(2, 0))
}
