package format_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/format"
)

func TestNodeLinkReadsBackWhateverTheNames(t *testing.T) {
	n := len(awkward)
	w := ring(n, -0.1)
	w.Set(0, 1, 1./3)
	var text bytes.Buffer
	require.NoError(t, format.WriteNodeLink(&text, awkward, w))
	var g struct {
		Directed, Multigraph *bool
		Graph                map[string]any
		Nodes                []struct{ ID string }
		Links                []struct {
			Source, Target string
			Weight         float64
		}
	}
	require.NoError(t, json.Unmarshal(text.Bytes(), &g))
	require.True(t, *g.Directed)
	require.False(t, *g.Multigraph)
	at := map[string]int{}
	for i, node := range g.Nodes {
		require.Equal(t, awkward[i], node.ID)
		at[node.ID] = i
	}
	again := mat.NewDense(n, n, nil)
	for _, e := range g.Links {
		again.Set(at[e.Source], at[e.Target], e.Weight)
	}
	require.True(t, mat.Equal(w, again), "to the last bit")
}

func TestNodeLinkOfAGraphWithoutEdges(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, format.WriteNodeLink(&text, []string{"tv", "search"}, mat.NewDense(2, 2, nil)))
	require.JSONEq(t, `{"directed": true, "multigraph": false, "graph": {},
		"nodes": [{"id": "tv"}, {"id": "search"}], "links": []}`, text.String())
}
