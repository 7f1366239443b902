package simulate

import (
	"errors"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
)

// maxPull leaves a part of every channel's activity to its own plan: otherwise a child could not be separated from its parents.
const maxPull = 0.8

// funnel is the graph of channels and mediators, which are column indices.
type funnel struct {
	mechanism Mechanism
	order     []int       // parents before children; in a random graph never the order of the columns
	parents   [][]int     // [nodes], ascending
	pull      [][]float64 // weight of each of those edges, see move
}

// newFunnel takes the graph from the config or draws one, and draws the weights.
func newFunnel(c Config, d draws) (*funnel, error) {
	nodes := len(c.nodes())
	f := &funnel{parents: make([][]int, nodes), pull: make([][]float64, nodes), mechanism: c.Mechanism}
	if c.Edges == nil && len(c.Mediators) > 0 {
		return nil, &ConfigError{"edges", "none", "edges that lead to the mediators"}
	}
	if c.Edges == nil {
		f.draw(d, c.EdgeProbability)
	} else if err := f.read(c); err != nil {
		return nil, err
	}
	f.weigh(d, c)
	return f, nil
}

// draw draws a causal order of the channels, and each edge along it with the given probability. The order of the columns is
// rejected: a learner restricted to upper triangular matrices would profit from it.
func (f *funnel) draw(d draws, probability float64) {
	rng := d.stream("graph")
	f.order = rng.Perm(len(f.parents))
	for len(f.order) > 1 && slices.IsSorted(f.order) {
		f.order = rng.Perm(len(f.parents))
	}
	for later, child := range f.order {
		for _, parent := range f.order[:later] {
			if rng.Float64() < probability {
				f.parents[child] = append(f.parents[child], parent)
			}
		}
		slices.Sort(f.parents[child])
	}
}

// read takes the edges of the config and sorts the channels topologically.
func (f *funnel) read(c Config) error {
	nodes := c.nodes()
	for _, edge := range c.Edges {
		parent, child := slices.Index(nodes, edge[0]), slices.Index(nodes, edge[1])
		if parent < 0 || child < 0 || parent == child || slices.Contains(f.parents[child], parent) {
			return &ConfigError{"edges", strings.Join(edge[:], " → "), "two channels of the panel, each edge once"}
		}
		f.parents[child] = append(f.parents[child], parent)
	}
	for child := range f.parents {
		slices.Sort(f.parents[child])
	}
	return f.sort(nodes)
}

// sort sets the causal order, or returns an error with the channels of a cycle.
func (f *funnel) sort(names []string) error {
	g := simple.NewDirectedGraph()
	for child := range f.parents {
		g.AddNode(simple.Node(child))
	}
	for child, parents := range f.parents {
		for _, parent := range parents {
			g.SetEdge(g.NewEdge(simple.Node(parent), simple.Node(child)))
		}
	}
	sorted, err := topo.SortStabilized(g, nil)
	var cyclic topo.Unorderable
	if errors.As(err, &cyclic) {
		cycle := strings.Join(named(cyclic[0], names), ", ")
		return &ConfigError{"edges", cycle, "no channel to feed itself through others"}
	}
	for _, node := range sorted {
		f.order = append(f.order, int(node.ID()))
	}
	return nil
}

func named(nodes []graph.Node, names []string) []string {
	var found []string
	for _, node := range nodes {
		found = append(found, names[node.ID()])
	}
	slices.Sort(found)
	return found
}

// mediated is the share of a mediator's activity that channels cause, on average.
const mediated = 0.7

// weigh draws the edge weights. Every channel's typical activity is 1, and the weights into a child are such that without its
// parents it would lose a share of its activity: pull on average, for any number of parents.
func (f *funnel) weigh(d draws, c Config) {
	for child, parents := range f.parents {
		rng, pull := d.stream("edges into", child), c.Pull
		if child >= len(c.Channels) {
			pull = mediated
		}
		caused, total := min(pull*between(rng, 0.75, 1.25), maxPull), 0.0
		weights := make([]float64, len(parents))
		for i := range weights {
			weights[i] = between(rng, 0.5, 1.5)
			total += weights[i]
		}
		if f.mechanism == Shares {
			caused = -math.Log2(1 - caused)
		}
		for i := range weights {
			weights[i] *= caused / total
		}
		f.pull[child] = weights
	}
}

// move changes a child's own activity by that of its parents, given their stock A. By amounts and by shares,
//
//	a = own + Σ_p w_p·A_p   and   ln a = ln own + Σ_p w_p·ln((1 + A_p)/2).
func (f *funnel) move(child int, activity []float64, stock func(parent int) []float64) {
	for i, parent := range f.parents[child] {
		w := f.pull[child][i]
		for t, s := range stock(parent) {
			if f.mechanism == Shares {
				activity[t] *= math.Pow((1+s)/2, w)
			} else {
				activity[t] += w * s
			}
		}
	}
}

// plan returns a channel's own activity in a typical week: 1 without parents.
func (f *funnel) plan(channel int) float64 {
	own := 1.0
	if f.mechanism == Shares {
		return own
	}
	for _, weight := range f.pull[channel] {
		own -= weight
	}
	return own
}

// weight returns the weight of the edge parent → child, 0 if there is none.
func (f *funnel) weight(parent, child int) float64 {
	if i, found := slices.BinarySearch(f.parents[child], parent); found {
		return f.pull[child][i]
	}
	return 0
}

// upstream returns the nodes that have children and no parents, ascending.
func (f *funnel) upstream() []int {
	var sources []int
	for channel, parents := range f.parents {
		if len(parents) == 0 && f.feeds(channel) {
			sources = append(sources, channel)
		}
	}
	return sources
}

// feeds reports whether the channel has children.
func (f *funnel) feeds(channel int) bool {
	return slices.ContainsFunc(f.parents, func(parents []int) bool { return slices.Contains(parents, channel) })
}
