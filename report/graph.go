package report

import (
	"fmt"
	"strings"

	"deepcausalmmm/dag"
	"deepcausalmmm/train/model"
)

// graphSection is the section on the channel network.
type graphSection struct {
	Network   *network // nil if there is no edge to draw
	Note      string
	Heatmap   *heatmap
	Edges     []edgeRow
	Duals     []*chart
	Removed   []removedRow
	Threshold float64
	NOTEARS   bool
	Resampled bool
	Hidden    bool // not all edges are drawn
}

// edgeRow is a row of the table of edges.
type edgeRow struct {
	From, To string
	Weight   float64
	Drawn    bool
	Often    float64 // share of the resamples that have it; NaN without resamples
}

type removedRow struct {
	From, To string
	Weight   float64
	Cycle    string
}

func (d *drawing) graph() *graphSection {
	if d.Graph.Pruned == nil {
		return nil
	}
	names := d.channels()
	edges := d.Graph.Pruned.Edges()
	v := d.Config.Visualization
	shown := d.Graph.Pruned.Drawn(v.CorrelationThreshold, v.DAGTopNEdges)
	g := &graphSection{
		Network: newNetwork(shown, names), Heatmap: newHeatmap(d.Graph.Adjacency, names), Threshold: d.Config.NotearsThreshold,
		NOTEARS: d.Config.DAGMode == dag.NOTEARS,
	}
	g.Note, g.Hidden = d.networkNote(edges, shown), len(shown) < len(edges)
	often := func(dag.Edge) float64 { return nan }
	if s := d.Inference; s != nil && s.Frequency != nil {
		g.Resampled = true
		often = func(e dag.Edge) float64 { return s.Frequency[e.From][e.To] }
	}
	for i, e := range edges {
		g.Edges = append(g.Edges, edgeRow{oneLine(names[e.From]), oneLine(names[e.To]), e.Weight, i < len(shown), often(e)})
	}
	for _, r := range d.Metrics.Graph.Removed {
		var cycle []string
		for _, name := range append(r.Cycle, r.From) {
			cycle = append(cycle, oneLine(name))
		}
		g.Removed = append(g.Removed, removedRow{oneLine(r.From), oneLine(r.To), r.Weight, strings.Join(cycle, " → ")})
	}
	if recorded(d.column("rho")) {
		g.Duals = []*chart{
			d.path("duals-h", "h: how far from acyclic", "h", "0 is a graph without any cycle.", false),
			d.path("duals-rho", "rho: weight of the penalty", "rho", "It grows when h does not fall fast enough.", true),
			d.path("duals-alpha", "alpha: multiplier", "alpha", "It accumulates rho times h.", false),
		}
	}
	return g
}

// networkNote says which edges and channels the picture leaves out.
func (d *drawing) networkNote(edges, shown []dag.Edge) string {
	if len(edges) == 0 {
		return fmt.Sprintf("No edge is left: none is stronger than notears_threshold, %g.", d.Config.NotearsThreshold)
	}
	v := d.Config.Visualization
	if len(shown) == 0 {
		return fmt.Sprintf("No edge is drawn: none of the %d is as strong as visualization.correlation_threshold, %g "+
			"(or dag_top_n_edges is 0).", len(edges), v.CorrelationThreshold)
	}
	note := fmt.Sprintf("All %s above %g.", plural(len(edges), "edge"), d.Config.NotearsThreshold)
	if len(shown) < len(edges) {
		note = fmt.Sprintf("The strongest %d of %s above %g; the table has all.", len(shown), plural(len(edges), "edge"),
			d.Config.NotearsThreshold)
	}
	linked := map[int]bool{}
	for _, e := range shown {
		linked[e.From], linked[e.To] = true, true
	}
	var unconnected []string
	for k, i := range d.ofKind(model.Media) {
		if !linked[k] {
			unconnected = append(unconnected, d.short[i])
		}
	}
	if len(unconnected) > 0 {
		note += " Without an edge here: " + strings.Join(unconnected, ", ") + "."
	}
	return note
}
