package dag_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

func TestNoConstraints(t *testing.T) {
	var none *dag.Constraints
	for _, c := range []*dag.Constraints{none, dag.NewConstraints(3)} {
		for i := range 3 {
			for j := range 3 {
				require.Equal(t, i != j, c.Allowed(i, j))
				require.False(t, c.Required(i, j))
			}
		}
	}
	require.Zero(t, none.Nodes())
	require.Equal(t, 3, dag.NewConstraints(3).Nodes())
}

// An edge is allowed if it is not forbidden and closes no cycle with the required edges, by IsDAG.
func TestConstraintsAreWhatWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "nodes")
		node := rapid.IntRange(0, n-1)
		c, forbidden, required := dag.NewConstraints(n), edges(n), edges(n)
		for range rapid.IntRange(0, 6).Draw(t, "forbidden") {
			from, to := node.Draw(t, "from"), node.Draw(t, "to")
			c.Forbid(from, to)
			forbidden.Set(from, to, 1)
		}
		for range rapid.IntRange(0, 6).Draw(t, "required") {
			from, to := node.Draw(t, "from"), node.Draw(t, "to")
			err := c.Require(from, to)
			with := mat.DenseCopyOf(required)
			with.Set(from, to, 1)
			require.Equal(t, forbidden.At(from, to) == 0 && dag.IsDAG(with), err == nil)
			if err == nil {
				required = with
			}
		}
		for i := range n {
			for j := range n {
				with := mat.DenseCopyOf(required)
				with.Set(i, j, 1)
				require.Equal(t, forbidden.At(i, j) == 0 && dag.IsDAG(with), c.Allowed(i, j), "%d → %d", i, j)
				require.Equal(t, required.At(i, j) != 0, c.Required(i, j))
			}
		}
	})
}

func TestARequiredCycleIsListed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "nodes")
		c, required := dag.NewConstraints(n), edges(n)
		for {
			from := rapid.IntRange(0, n-1).Draw(t, "from")
			to := (from + rapid.IntRange(1, n-1).Draw(t, "step")) % n
			required.Set(from, to, 1)
			err := c.Require(from, to)
			if err == nil {
				continue
			}
			var contradiction *dag.ContradictionError
			require.ErrorAs(t, err, &contradiction)
			cycle := contradiction.Cycle
			require.Len(t, distinct(cycle), len(cycle))
			require.Equal(t, []int{to, from}, []int{cycle[0], cycle[len(cycle)-1]}, "the last edge closed it")
			for i, node := range cycle {
				require.NotZero(t, required.At(node, cycle[(i+1)%len(cycle)]))
			}
			return
		}
	})
}

func TestTiersForbidTheWayBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "nodes")
		tiers := make([][]int, 3)
		tier := map[int]int{}
		for node := range n {
			if in := rapid.IntRange(-1, 2).Draw(t, "tier"); in >= 0 {
				tiers[in] = append(tiers[in], node)
				tier[node] = in
			}
		}
		c := dag.NewConstraints(n)
		require.NoError(t, c.Tier(tiers...))
		for i := range n {
			for j := range n {
				from, inTier := tier[i]
				to, alsoInTier := tier[j]
				require.Equal(t, i != j && !(inTier && alsoInTier && from > to), c.Allowed(i, j))
			}
		}
	})
}

func TestContradictionsInGo(t *testing.T) {
	c := dag.NewConstraints(4)
	c.Forbid(0, 3)
	require.NoError(t, c.Require(0, 1))
	require.NoError(t, c.Require(0, 1), "said twice")
	require.NoError(t, c.Require(1, 2))
	require.EqualError(t, c.Require(2, 0), "dag: required edges contradict each other: 0 → 1 → 2 → 0")
	require.EqualError(t, c.Require(2, 2), "dag: required edge 2 → 2 joins a node to itself")
	require.EqualError(t, c.Require(0, 3), "dag: required edge 0 → 3 is forbidden or against the tiers")
	require.EqualError(t, c.Tier([]int{1}, []int{0}), "dag: required edge 0 → 1 is against the tiers")
	require.EqualError(t, c.Tier([]int{3}, []int{2}, []int{2}), "dag: node 2 is in tier 3 and in one before")
	require.PanicsWithValue(t, "dag: forbidden edge 0 → 1 is required", func() { c.Forbid(0, 1) })
}
