package dag

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Edge is an entry of an adjacency that is not 0.
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

// Threshold is w with the edges of an absolute weight up to eps removed, as in the Python original. What is left may
// have cycles.
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

// Removal is an edge that Prune took out: the weakest of a cycle.
type Removal struct {
	Edge
	Cycle []int // its nodes in order; the last has an edge to the first
}

// Prune is Threshold(w, eps) made acyclic: as long as there is a cycle, the weakest edge of a shortest one goes. It
// returns the removed edges with their cycles, in the order of removal. An acyclic graph stays as it is.
func Prune(w mat.Matrix, eps float64) (*mat.Dense, []Removal) {
	order(w)
	kept := Threshold(w, eps)
	var removed []Removal
	for cycle := Cycle(kept); cycle != nil; cycle = Cycle(kept) {
		weakest := Edge{Weight: math.Inf(1)}
		for k, from := range cycle {
			to := cycle[(k+1)%len(cycle)]
			if v := kept.At(from, to); math.Abs(v) < math.Abs(weakest.Weight) {
				weakest = Edge{from, to, v}
			}
		}
		kept.Set(weakest.From, weakest.To, 0)
		removed = append(removed, Removal{weakest, cycle})
	}
	return kept, removed
}

// IsDAG tells whether w has no cycle.
func IsDAG(w mat.Matrix) bool { return Cycle(w) == nil }

// Cycle returns the nodes of a shortest cycle of w, in order and starting at the smallest node that lies on one of
// that length; nil if there is none. An edge of a node to itself is a cycle of one.
func Cycle(w mat.Matrix) []int {
	n := order(w)
	var shortest []int
	for start := range n {
		if c := cycleThrough(w, start); c != nil && (shortest == nil || len(c) < len(shortest)) {
			shortest = c
		}
	}
	return shortest
}

// cycleThrough finds a shortest cycle through a node by breadth-first search.
func cycleThrough(w mat.Matrix, start int) []int {
	n := order(w)
	parent := make([]int, n)
	for i := range parent {
		parent[i] = -1
	}
	queue := []int{start}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for to := range n {
			if w.At(at, to) == 0 {
				continue
			}
			if to == start {
				var cycle []int
				for v := at; v != start; v = parent[v] {
					cycle = append(cycle, v)
				}
				cycle = append(cycle, start)
				slices.Reverse(cycle)
				return cycle
			}
			if parent[to] < 0 {
				parent[to] = at
				queue = append(queue, to)
			}
		}
	}
	return nil
}
