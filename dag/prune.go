package dag

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Edge is a nonzero entry of an adjacency.
type Edge struct {
	From, To int
	Weight   float64
}

// Edges lists the edges of w, strongest (by absolute weight) first and in row-major order among equals.
func Edges(w mat.Matrix) []Edge {
	n := order(w)
	var edges []Edge
	for i := range n {
		for j := range n {
			if v := w.At(i, j); v != 0 {
				edges = append(edges, Edge{i, j, v})
			}
		}
	}
	slices.SortStableFunc(edges, func(a, b Edge) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return edges
}

// Threshold is w without the edges of an absolute weight up to eps or of weight NaN. As in the Python original, the result
// may have cycles.
func Threshold(w mat.Matrix, eps float64) *mat.Dense {
	kept := mat.DenseCopyOf(w)
	kept.Apply(func(_, _ int, v float64) float64 {
		if math.Abs(v) > eps {
			return v
		}
		return 0
	}, kept)
	return kept
}

// Removal is an edge that was removed to break a cycle, whose weakest edge it was.
type Removal struct {
	From, To int
	Weight   float64
	Cycle    []int // the cycle's nodes in order, beginning with the edge; the last has an edge to the first
}

// Prune is Threshold(w, eps) made acyclic, and the edges removed for that with their cycles. An acyclic graph is unchanged.
//
// From the weakest edge to the strongest, an edge is removed if it is on a cycle of the remaining graph. It is that cycle's
// weakest, since weaker edges are removed or on no cycle; and one pass suffices, since removals close no cycle. The result
// depends only on the weights, not on the order of the nodes, unless weights tie.
func Prune(w mat.Matrix, eps float64) (*mat.Dense, []Removal) {
	return pruneBut(Threshold(w, eps), nil)
}

// pruneBut makes kept acyclic in place without removing required edges. These form no cycle, so each cycle has another edge.
func pruneBut(kept *mat.Dense, c *Constraints) (*mat.Dense, []Removal) {
	var removed []Removal
	for _, e := range slices.Backward(Edges(kept)) {
		if c.Required(e.From, e.To) {
			continue
		}
		cycle := []int{e.From}
		if e.From != e.To {
			back := path(kept, e.To, e.From)
			if back == nil {
				continue
			}
			cycle = append(cycle, back[:len(back)-1]...)
		}
		kept.Set(e.From, e.To, 0)
		removed = append(removed, Removal{e.From, e.To, e.Weight, cycle})
	}
	return kept, removed
}

// IsDAG reports whether w has no cycle.
func IsDAG(w mat.Matrix) bool { return len(topological(w)) == order(w) }

// CausalOrder lists the nodes of w with parents before children: first all nodes without parents by number, then those whose
// last parent came first. It is nil if w has a cycle.
func CausalOrder(w mat.Matrix) []int {
	if nodes := topological(w); len(nodes) == order(w) {
		return nodes
	}
	return nil
}

// topological removes nodes without parents, one after another (Kahn 1962), and returns them in that order: all of them if
// w has no cycle. It runs in every evaluation of the acyclicity, for which gonum's topo.Sort would build a graph of maps; and
// topo orders depth first, not generation by generation.
func topological(w mat.Matrix) []int {
	n := order(w)
	dense := raw(w)
	row := func(i int) []float64 { return dense.Data[i*dense.Stride : i*dense.Stride+n] }
	parents := make([]int, n)
	for i := range n {
		for j, v := range row(i) {
			if v != 0 {
				parents[j]++
			}
		}
	}
	taken := make([]int, 0, n)
	for j, p := range parents {
		if p == 0 {
			taken = append(taken, j)
		}
	}
	for done := 0; done < len(taken); done++ {
		for j, v := range row(taken[done]) {
			if v == 0 {
				continue
			}
			if parents[j]--; parents[j] == 0 {
				taken = append(taken, j)
			}
		}
	}
	return taken
}

// Cycle returns the nodes of a shortest cycle of w in order, beginning with the smallest node on a cycle of that length; nil
// without cycles. An edge of a node to itself is a cycle of one.
func Cycle(w mat.Matrix) []int {
	var shortest []int
	for start := range order(w) {
		if round := path(w, start, start); round != nil && (shortest == nil || len(round) <= len(shortest)) {
			shortest = round[:len(round)-1]
		}
	}
	return shortest
}

// path returns the nodes of a shortest path of at least one edge, by breadth-first search; nil without one.
func path(w mat.Matrix, from, to int) []int {
	n := order(w)
	before := make([]int, n) // predecessor of each node on its path
	for i := range before {
		before[i] = -1
	}
	queue := []int{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for next := range n {
			if w.At(at, next) == 0 || before[next] >= 0 {
				continue
			}
			before[next] = at
			if next == to {
				steps := []int{to}
				for at := before[to]; at != from; at = before[at] {
					steps = append(steps, at)
				}
				steps = append(steps, from)
				slices.Reverse(steps)
				return steps
			}
			queue = append(queue, next)
		}
	}
	return nil
}
