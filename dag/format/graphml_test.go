package format_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/format"
)

// awkward are names that break a careless writer of XML or JSON.
var awkward = append([]string{`a & b`, `"quoted" 'twice'`, "tab\t", "line\r\nend", "]]>", "é → ü"}, hostile...)

// failing takes a few bytes and then no more.
type failing struct{ room int }

func (w *failing) Write(p []byte) (int, error) {
	if w.room -= len(p); w.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestGraphMLReadsBackWhateverTheNames(t *testing.T) {
	n := len(awkward)
	w := ring(n, -0.1)
	w.Set(0, 1, 1./3)
	var text bytes.Buffer
	require.NoError(t, format.WriteGraphML(&text, awkward, w))
	var g struct {
		XMLName xml.Name `xml:"http://graphml.graphdrawing.org/xmlns graphml"`
		Key     struct {
			ID   string `xml:"id,attr"`
			For  string `xml:"for,attr"`
			Name string `xml:"attr.name,attr"`
			Type string `xml:"attr.type,attr"`
		} `xml:"key"`
		Graph struct {
			Default string `xml:"edgedefault,attr"`
			Nodes   []struct {
				ID string `xml:"id,attr"`
			} `xml:"node"`
			Edges []struct {
				Source string `xml:"source,attr"`
				Target string `xml:"target,attr"`
				Data   struct {
					Key   string  `xml:"key,attr"`
					Value float64 `xml:",chardata"`
				} `xml:"data"`
			} `xml:"edge"`
		} `xml:"graph"`
	}
	require.NoError(t, xml.Unmarshal(text.Bytes(), &g), text.String())
	require.Equal(t, "directed", g.Graph.Default)
	require.Equal(t, []string{"edge", "weight", "double"}, []string{g.Key.For, g.Key.Name, g.Key.Type})
	at := map[string]int{}
	for i, node := range g.Graph.Nodes {
		require.Equal(t, awkward[i], node.ID)
		at[node.ID] = i
	}
	again := mat.NewDense(n, n, nil)
	for _, e := range g.Graph.Edges {
		require.Equal(t, g.Key.ID, e.Data.Key)
		again.Set(at[e.Source], at[e.Target], e.Data.Value)
	}
	require.True(t, mat.Equal(w, again), "to the last bit")
}

func TestWritersThatNameNodesWantDistinctNames(t *testing.T) {
	const message = `dag: nodes 0 and 2 are both named "tv" (rename one)`
	twice := []string{"tv", "search", "tv"}
	require.EqualError(t, format.WriteGraphML(&bytes.Buffer{}, twice, mat.NewDense(3, 3, nil)), message)
	require.EqualError(t, format.WriteNodeLink(&bytes.Buffer{}, twice, mat.NewDense(3, 3, nil)), message)
	for _, room := range []int{0, 60, 200} {
		require.ErrorContains(t, format.WriteGraphML(&failing{room}, awkward, ring(len(awkward), 1)), "disk full")
		require.ErrorContains(t, format.WriteNodeLink(&failing{room}, awkward, ring(len(awkward), 1)), "disk full")
	}
	require.Error(t, format.WriteNodeLink(&bytes.Buffer{}, []string{"a", "b"}, ring(2, math.Inf(1))), "JSON has no infinity")
	const misuse = "dag: 3 names for 2 nodes"
	require.PanicsWithValue(t, misuse, func() { _ = format.WriteGraphML(&bytes.Buffer{}, twice, mat.NewDense(2, 2, nil)) })
	require.PanicsWithValue(t, misuse, func() { _ = format.WriteNodeLink(&bytes.Buffer{}, twice, mat.NewDense(2, 2, nil)) })
}
