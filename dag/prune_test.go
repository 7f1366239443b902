package dag_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

// sparse draws a graph that has cycles more often than not.
func sparse(t *rapid.T) *mat.Dense {
	n := rapid.IntRange(1, 9).Draw(t, "nodes")
	w := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			if rapid.IntRange(0, 2).Draw(t, "edge") == 0 {
				w.Set(i, j, rapid.Float64Range(-1, 1).Draw(t, "weight"))
			}
		}
	}
	return w
}

// acyclic asks gonum.
func acyclic(w mat.Matrix) bool {
	n, _ := w.Dims()
	g := simple.NewDirectedGraph()
	for i := range n {
		if g.Node(int64(i)) == nil {
			g.AddNode(simple.Node(i))
		}
		if w.At(i, i) != 0 {
			return false
		}
	}
	for i := range n {
		for j := range n {
			if w.At(i, j) != 0 {
				g.SetEdge(simple.Edge{F: simple.Node(i), T: simple.Node(j)})
			}
		}
	}
	_, err := topo.Sort(g)
	return err == nil
}

func TestCycleIsFoundWhereverThereIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := sparse(t)
		cycle := dag.Cycle(w)
		require.Equal(t, acyclic(w), cycle == nil)
		require.Equal(t, acyclic(w), dag.IsDAG(w))
		for i, from := range cycle {
			require.NotZero(t, w.At(from, cycle[(i+1)%len(cycle)]), "%v is a cycle", cycle)
		}
	})
}

func TestPruneLeavesADAGAndSaysWhatItTook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := sparse(t)
		eps := rapid.Float64Range(0, 0.5).Draw(t, "eps")
		pruned, removed := dag.Prune(w, eps)
		require.True(t, acyclic(pruned))
		replay := dag.Threshold(w, eps)
		if acyclic(replay) {
			require.Empty(t, removed, "a DAG stays as it is")
		}
		for _, r := range removed {
			require.Equal(t, r.From, r.Cycle[0], "the cycle begins with the edge")
			require.Len(t, r.Cycle, len(distinct(r.Cycle)), "no node twice")
			weakest := math.Inf(1)
			onCycle := false
			for i, from := range r.Cycle {
				to := r.Cycle[(i+1)%len(r.Cycle)]
				require.NotZero(t, replay.At(from, to), "the cycle was there")
				weakest = min(weakest, math.Abs(replay.At(from, to)))
				onCycle = onCycle || from == r.From && to == r.To
			}
			require.True(t, onCycle)
			require.Equal(t, weakest, math.Abs(r.Weight), "it was the cycle's weakest")
			require.Equal(t, r.Weight, replay.At(r.From, r.To))
			replay.Set(r.From, r.To, 0)
		}
		require.True(t, mat.Equal(replay, pruned), "nothing else was touched")
	})
}

func distinct(nodes []int) map[int]bool {
	set := map[int]bool{}
	for _, v := range nodes {
		set[v] = true
	}
	return set
}

// Whatever is kept was not worth less than what its cycles lost: the strongest edge of all is never removed, but for a
// loop.
func TestPruneKeepsTheStrongestEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := sparse(t)
		edges := dag.Edges(w)
		if len(edges) == 0 || edges[0].From == edges[0].To {
			return
		}
		pruned, _ := dag.Prune(w, 0)
		for _, tie := range edges { // of equal weights another may be the one
			if math.Abs(tie.Weight) == math.Abs(edges[0].Weight) && pruned.At(tie.From, tie.To) != 0 {
				return
			}
		}
		require.Fail(t, "the strongest edge is gone", "%v", edges[0])
	})
}

// Required edges stay however weak they are; the rest goes as Prune takes it, an edge for each cycle.
func TestPruneButKeepsRequiredEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := sparse(t)
		n, _ := w.Dims()
		c := dag.NewConstraints(n)
		for _, e := range dag.Edges(w) {
			if rapid.Bool().Draw(t, "required") {
				_ = c.Require(e.From, e.To) // what closes a cycle is not
			}
		}
		pruned, removed := dag.PruneBut(mat.DenseCopyOf(w), c)
		require.True(t, acyclic(pruned))
		for _, e := range dag.Edges(w) {
			if c.Required(e.From, e.To) {
				require.Equal(t, e.Weight, pruned.At(e.From, e.To))
			}
		}
		replay := mat.DenseCopyOf(w)
		for _, r := range removed {
			require.False(t, c.Required(r.From, r.To))
			for i, from := range r.Cycle {
				to := r.Cycle[(i+1)%len(r.Cycle)]
				require.NotZero(t, replay.At(from, to), "the cycle was there")
				if !c.Required(from, to) {
					require.GreaterOrEqual(t, math.Abs(w.At(from, to)), math.Abs(r.Weight), "it was its weakest")
				}
			}
			replay.Set(r.From, r.To, 0)
		}
		require.True(t, mat.Equal(replay, pruned), "nothing else was touched")
	})
}

func TestThresholdKeepsWhatIsAbove(t *testing.T) {
	w := mat.NewDense(2, 2, []float64{0.3, 0.31, -0.31, -0.3})
	require.Equal(t, []float64{0, 0.31, -0.31, 0}, dag.Threshold(w, 0.3).RawMatrix().Data)
	require.Equal(t, 0.3, w.At(0, 0), "the caller's matrix stays")
	w.Set(0, 1, math.NaN())
	require.Equal(t, []float64{0, 0, -0.31, 0}, dag.Threshold(w, 0.3).RawMatrix().Data)
}

func TestEdgesStrongestFirst(t *testing.T) {
	w := mat.NewDense(2, 2, []float64{0, 0.5, -0.9, 0})
	require.Equal(t, []dag.Edge{{1, 0, -0.9}, {0, 1, 0.5}}, dag.Edges(w))
}

func ExamplePrune() {
	channels := []string{"tv", "search", "social"}
	w := mat.NewDense(3, 3, []float64{
		0, 0.8, 0.2,
		0, 0, 0.6,
		0.4, 0, 0,
	})
	pruned, removed := dag.Prune(w, 0.3)
	for _, r := range removed {
		fmt.Println("removed", channels[r.From], "→", channels[r.To], r.Weight, "of a cycle of", len(r.Cycle))
	}
	for _, e := range dag.Edges(pruned) {
		fmt.Println(channels[e.From], "→", channels[e.To], e.Weight)
	}
	// Output:
	// removed social → tv 0.4 of a cycle of 3
	// tv → search 0.8
	// search → social 0.6
}
