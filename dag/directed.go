package dag

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/mat"
)

// Directed is an adjacency as one of gonum's graphs, for its algorithms. A node's identifier is its row. As for gonum's
// shortest paths, a node is at distance 0 from itself, and nodes without an edge are at +Inf.
type Directed struct{ *simple.DirectedMatrix }

var _ graph.WeightedDirected = (*Directed)(nil)

// NewDirected copies an adjacency of at least one node. Like gonum's simple graphs it panics on an edge of a node to
// itself. Weights may be negative, which gonum's Bellman-Ford accepts and its Dijkstra does not.
func NewDirected(a mat.Matrix) *Directed {
	g := simple.NewDirectedMatrix(order(a), math.Inf(1), 0, math.Inf(1))
	for _, e := range Edges(a) {
		if e.From == e.To {
			panic(fmt.Sprintf("dag: node %d has an edge to itself, and gonum's simple graphs have none", e.From))
		}
		g.SetWeightedEdge(simple.WeightedEdge{F: simple.Node(e.From), T: simple.Node(e.To), W: e.Weight})
	}
	return &Directed{g}
}
