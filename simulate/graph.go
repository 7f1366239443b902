package simulate

import (
	"errors"
	"slices"
	"strings"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
)

// maxPull leaves a part of every channel's activity to its own plan: otherwise a child could not be separated from its parents.
const maxPull = 0.8

// funnel is the channel graph. Channels are column indices.
type funnel struct {
	order   []int       // parents before children; in a random graph never the order of the columns
	parents [][]int     // [channels], ascending
	pull    [][]float64 // weight of each of those edges: child's activity per unit of the parent's adstocked activity
}

// newFunnel takes the graph from the config or draws one, and draws the weights.
func newFunnel(c Config, d draws) (*funnel, error) {
	f := &funnel{parents: make([][]int, len(c.Channels)), pull: make([][]float64, len(c.Channels))}
	if c.Edges == nil {
		f.draw(d, c.EdgeProbability)
	} else if err := f.read(c); err != nil {
		return nil, err
	}
	f.weigh(d, c.Pull)
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
	for _, edge := range c.Edges {
		parent, child := slices.Index(c.Channels, edge[0]), slices.Index(c.Channels, edge[1])
		if parent < 0 || child < 0 || parent == child || slices.Contains(f.parents[child], parent) {
			return &ConfigError{"edges", strings.Join(edge[:], " → "), "two channels of the panel, each edge once"}
		}
		f.parents[child] = append(f.parents[child], parent)
	}
	for child := range f.parents {
		slices.Sort(f.parents[child])
	}
	return f.sort(c.Channels)
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

// weigh draws the edge weights. Every channel's typical activity is 1, so the weights into a child add up to the share of its
// activity caused by the parents: pull on average, for any number of parents.
func (f *funnel) weigh(d draws, pull float64) {
	for child, parents := range f.parents {
		rng := d.stream("edges into", child)
		caused, total := pull*between(rng, 0.75, 1.25), 0.0
		weights := make([]float64, len(parents))
		for i := range weights {
			weights[i] = between(rng, 0.5, 1.5)
			total += weights[i]
		}
		for i := range weights {
			weights[i] *= min(caused, maxPull) / total
		}
		f.pull[child] = weights
	}
}

// plan returns the share of a channel's typical activity that is its own: 1 without parents.
func (f *funnel) plan(channel int) float64 {
	own := 1.0
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

// upstream returns the channels that have children and no parents, ascending.
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
