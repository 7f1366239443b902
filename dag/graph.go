package dag

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Graph is a directed acyclic graph with the weights of the linear structural equations of d variables z and K lags,
//
//	z_t = z_t·W + Σ_k z_{t−k}·A_k + e_t
//
// where rows are parents and columns children. A plain graph has K = 0. An edge counts once over all lags, and the edges
// of all lags together form no cycle. A variable's weight on its own past, the diagonal of an A_k, is no edge.
type Graph struct {
	// Mechanism is the scale of z if the variables are channels.
	Mechanism Mechanism

	weights *mat.Dense // [(1+K)·d, d]: W above A_1 … A_K
	order   []int
	removed []Removal
}

// NewGraph copies W [d, d] and the weights of each lag. A cycle, over all lags, is an error that lists its nodes.
func NewGraph(same mat.Matrix, lagged ...mat.Matrix) (*Graph, error) {
	g := stacked(same, lagged)
	if g.order = CausalOrder(g.Strongest()); g.order == nil {
		return nil, fmt.Errorf("dag: the graph has the cycle %v over its lags", Cycle(g.Strongest()))
	}
	return g, nil
}

// NewAcyclic copies weights without those up to eps, and breaks cycles by the rule of Prune; see Removed. It keeps
// required edges, however weak; c may be nil.
func NewAcyclic(eps float64, c *Constraints, same mat.Matrix, lagged ...mat.Matrix) *Graph {
	g := stacked(same, lagged)
	for k := range 1 + g.Lags() {
		w := g.Lag(k)
		w.Apply(func(i, j int, v float64) float64 {
			if math.Abs(v) > eps || k == 0 && c.Required(i, j) {
				return v
			}
			return 0
		}, w)
	}
	kept, removed := pruneBut(g.Strongest(), c)
	g.keep(kept)
	g.order, g.removed = CausalOrder(kept), removed
	return g
}

// NewEmpty has no edges.
func NewEmpty(nodes, lags int) *Graph {
	g, _ := NewGraph(mat.NewDense(nodes, nodes, nil))
	g.weights = mat.NewDense((1+lags)*nodes, nodes, nil)
	return g
}

func stacked(same mat.Matrix, lagged []mat.Matrix) *Graph {
	d := order(same)
	g := &Graph{weights: mat.NewDense((1+len(lagged))*d, d, nil)}
	for k, w := range append([]mat.Matrix{same}, lagged...) {
		if order(w) != d {
			panic(fmt.Sprintf("dag: weights of lag %d of %d nodes in a graph of %d", k, order(w), d))
		}
		g.Lag(k).Copy(w)
	}
	return g
}

// Clone copies the graph.
func (g *Graph) Clone() *Graph {
	clone := *g
	clone.weights = mat.DenseCopyOf(g.weights)
	return &clone
}

// Nodes returns d.
func (g *Graph) Nodes() int { return g.weights.RawMatrix().Cols }

// Lags returns K.
func (g *Graph) Lags() int { return g.weights.RawMatrix().Rows/g.Nodes() - 1 }

// Weights is the graph's own memory [(1+K)·d, d]: W above A_1 … A_K. A weight other than 0 may change, which changes no
// edge; one that is 0 must stay so.
func (g *Graph) Weights() *mat.Dense { return g.weights }

// Same is W [d, d], a view of Weights.
func (g *Graph) Same() *mat.Dense { return g.Lag(0) }

// Lag is A_k [d, d], or W for k = 0, a view of Weights.
func (g *Graph) Lag(k int) *mat.Dense {
	d := g.Nodes()
	return g.weights.Slice(k*d, (k+1)*d, 0, d).(*mat.Dense)
}

// Lagged lists A_1 … A_K.
func (g *Graph) Lagged() []*mat.Dense {
	lagged := make([]*mat.Dense, g.Lags())
	for k := range lagged {
		lagged[k] = g.Lag(k + 1)
	}
	return lagged
}

// Strongest is the adjacency [d, d] over all lags: of each edge the weight that is largest by absolute value, the shorter
// lag's among equals.
func (g *Graph) Strongest() *mat.Dense {
	d := g.Nodes()
	all := mat.NewDense(d, d, nil)
	for k := range 1 + g.Lags() {
		w := g.Lag(k)
		all.Apply(func(i, j int, strongest float64) float64 {
			if v := w.At(i, j); (i != j || k == 0) && math.Abs(v) > math.Abs(strongest) {
				return v
			}
			return strongest
		}, all)
	}
	return all
}

// Order lists the nodes with parents before children.
func (g *Graph) Order() []int { return g.order }

// Removed lists the edges that were removed to break cycles.
func (g *Graph) Removed() []Removal { return g.removed }

// Edges lists the edges with their strongest weights, as Edges does.
func (g *Graph) Edges() []Edge { return Edges(g.Strongest()) }

// Drawn lists the edges that a picture shows: the n strongest without those of an absolute weight below the threshold.
func (g *Graph) Drawn(threshold float64, n int) []Edge {
	var shown []Edge
	for i, e := range g.Edges() {
		if i < n && math.Abs(e.Weight) >= threshold {
			shown = append(shown, e)
		}
	}
	return shown
}

// Prune is the graph without the edges whose strongest weight is at most eps. It keeps required edges; c may be nil.
func (g *Graph) Prune(eps float64, c *Constraints) *Graph {
	pruned, strongest := g.Clone(), g.Strongest()
	kept := Threshold(strongest, eps)
	kept.Apply(func(i, j int, v float64) float64 {
		if c.Required(i, j) {
			return strongest.At(i, j)
		}
		return v
	}, kept)
	pruned.keep(kept)
	pruned.order = CausalOrder(kept)
	return pruned
}

// keep removes the edges, of all lags, that another adjacency does not have.
func (g *Graph) keep(edges mat.Matrix) {
	d := g.Nodes()
	g.weights.Apply(func(row, j int, v float64) float64 {
		if i := row % d; i == j && row >= d || edges.At(i, j) != 0 {
			return v
		}
		return 0
	}, g.weights)
}

// Refit sets the weights to the least squares of each variable on its parents, given the moments of the variables and
// their lags. It adds no edge.
func (g *Graph) Refit(m *Moments) {
	for child := range g.Nodes() {
		var parents []int
		for row := range g.weights.RawMatrix().Rows {
			if g.weights.At(row, child) != 0 {
				parents = append(parents, row)
			}
		}
		r, _ := m.Regress(child, parents)
		for a, row := range parents {
			g.weights.Set(row, child, r.Weights[a])
		}
	}
}

// Frequency is the share of graphs that have each edge [d, d].
func Frequency(graphs []*Graph) *mat.Dense {
	d := graphs[0].Nodes()
	frequency := mat.NewDense(d, d, nil)
	for _, g := range graphs {
		for _, e := range g.Edges() {
			frequency.Set(e.From, e.To, frequency.At(e.From, e.To)+1)
		}
	}
	n := float64(len(graphs))
	frequency.Apply(func(_, _ int, count float64) float64 { return count / n }, frequency)
	return frequency
}
