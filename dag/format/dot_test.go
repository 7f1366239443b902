package format_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/encoding"
	"gonum.org/v1/gonum/graph/encoding/dot"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/format"
)

// parsed collects what gonum's DOT parser makes of a graph: names and labelled edges by the nodes' identifiers.
type parsed struct{ *simple.DirectedGraph }

type parsedNode struct {
	graph.Node
	attributes
	id string
}

type parsedEdge struct {
	graph.Edge
	attributes
}

type attributes map[string]string

func (a attributes) SetAttribute(to encoding.Attribute) error {
	a[to.Key] = to.Value
	return nil
}

func (n *parsedNode) SetDOTID(id string) { n.id = id }

func (g parsed) NewNode() graph.Node { return &parsedNode{g.DirectedGraph.NewNode(), attributes{}, ""} }

func (g parsed) NewEdge(from, to graph.Node) graph.Edge {
	return &parsedEdge{g.DirectedGraph.NewEdge(from, to), attributes{}}
}

func TestDOTReadsBackWhateverTheNames(t *testing.T) {
	n := len(hostile)
	w := ring(n, -0.5)
	w.Set(0, 1, 0.25)
	var text bytes.Buffer
	require.NoError(t, format.WriteDOT(&text, hostile, w))
	require.Contains(t, text.String(), "rankdir=LR")
	g := parsed{simple.NewDirectedGraph()}
	require.NoError(t, dot.Unmarshal(text.Bytes(), g), text.String())

	names := map[string]string{}
	for _, node := range graph.NodesOf(g.Nodes()) {
		node := node.(*parsedNode)
		label := node.attributes["label"] // which gonum unquotes, unless it would then read as HTML
		if strings.HasPrefix(label, `"<`) {
			label = strings.Trim(label, `"`)
		}
		names[node.id] = label
	}
	require.Equal(t, n, len(names))
	for i, name := range hostile {
		require.Equal(t, name, names["n"+string(rune('0'+i))])
	}

	require.Equal(t, n, g.Edges().Len())
	for _, edge := range graph.EdgesOf(g.Edges()) {
		edge := edge.(*parsedEdge)
		want := attributes{"label": "-0.50", "penwidth": "4.00"}
		if edge.From().(*parsedNode).id == "n0" {
			require.Equal(t, "n1", edge.To().(*parsedNode).id)
			want = attributes{"label": "0.25", "penwidth": "2.25"}
		}
		require.Equal(t, want, edge.attributes)
	}
}

func TestDOTOfAGraphWithoutEdges(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, format.WriteDOT(&text, []string{"tv", "search"}, mat.NewDense(2, 2, nil)))
	g := parsed{simple.NewDirectedGraph()}
	require.NoError(t, dot.Unmarshal(text.Bytes(), g))
	require.Equal(t, 2, g.Nodes().Len())
}
