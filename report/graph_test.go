package report_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/format"
	"deepcausalmmm/train"
)

func TestGraphEqualsTheFiles(t *testing.T) {
	dir := trained(t, shop(2, 40, threeChannels, nil, nil), func(c *train.Config) {
		c.DAGMode, c.Visualization.DAGTopNEdges, c.NotearsThreshold = dag.Triangular, 2, 0.1
	})
	p := open(t, dir)
	read := func(name string) map[string]float64 {
		weights := map[string]float64{}
		f, err := os.Open(filepath.Join(dir, name))
		require.NoError(t, err)
		defer f.Close()
		names, w, err := format.ReadCSV(f)
		require.NoError(t, err)
		for _, e := range dag.Edges(w) {
			weights[names[e.From]+" → "+names[e.To]] = e.Weight
		}
		return weights
	}
	pruned, all := read("dag_pruned.csv"), read("dag_adjacency.csv")
	require.Len(t, pruned, 3)
	links := find(find(p.find("#network")[0], ".links")[0], "path")
	require.Len(t, links, 2, "the cap")
	thick := math.Inf(1)
	for _, link := range links {
		name, weight, _ := strings.Cut(textOf(link), ": ")
		require.InDelta(t, pruned[name], float(t, weight), 0.0005, name)
		width := float(t, attribute(link, "stroke-width"))
		require.LessOrEqual(t, width, thick, "strongest first")
		thick = width
	}
	cells := find(find(p.find("#heatmap")[0], "svg")[0], "rect")
	require.Len(t, cells, 9)
	for _, title := range find(p.find("#heatmap")[0], "title") {
		if name, weight, ok := strings.Cut(textOf(title), ": "); ok {
			require.InDelta(t, all[name], float(t, weight), 0.0005, name)
		}
	}
	rows := find(find(p.find("#graph")[0], "tbody")[0], "tr")
	require.Len(t, rows, 3, "the table has every edge")
}
