package dag_test

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
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

var hostile = []string{"=cmd()", `"; DROP`, `back\slash\n`, "two\nlines", "emoji 🙂", "<script>", strings.Repeat("x", 300), "a,b"}

func TestCSVReadsBackToTheLastBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, len(hostile)).Draw(t, "nodes")
		w := drawDense(t, n, 1)
		var text bytes.Buffer
		require.NoError(t, dag.WriteCSV(&text, hostile[:n], w))
		names, again, err := dag.ReadCSV(&text)
		require.NoError(t, err)
		require.Equal(t, hostile[:n], names)
		require.True(t, mat.Equal(w, again))
	})
}

func TestReadCSVNamesWhatIsWrong(t *testing.T) {
	for _, bad := range []struct{ text, want string }{
		{"", "empty"},
		{"\"\"\n", "no node"},
		{",a,b\na,0,1\n", "1 rows for 2 nodes"},
		{",a,b\na,0,1\nc,0,1\n", `line 3: row "c"`},
		{",a,b\na,0,x\nb,0,1\n", `line 2: column "b": "x" is not a finite number`},
		{",a,b\na,0,NaN\nb,0,1\n", `line 2: column "b"`},
		{",a,b\na,0\n", "line 2"},
		{",a\na,0\na,0\n", "line 3"},
	} {
		_, _, err := dag.ReadCSV(strings.NewReader(bad.text))
		require.ErrorContains(t, err, bad.want, "%q", bad.text)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add(",a,b\na,0,1\nb,0.5,0\n")
	f.Add("\"")
	f.Fuzz(func(t *testing.T, text string) {
		names, w, err := dag.ReadCSV(strings.NewReader(text))
		if err != nil {
			return
		}
		n, _ := w.Dims()
		require.Len(t, names, n)
	})
}

// parsed collects what gonum's DOT parser makes of a graph.
type parsed struct{ *simple.DirectedGraph }

type parsedNode struct {
	graph.Node
	attributes map[string]string
}

func (n *parsedNode) SetAttribute(a encoding.Attribute) error {
	n.attributes[a.Key] = a.Value
	return nil
}

func (g parsed) NewNode() graph.Node {
	return &parsedNode{g.DirectedGraph.NewNode(), map[string]string{}}
}

func TestDOTIsValidWhateverTheNames(t *testing.T) {
	n := len(hostile)
	w := ring(n, 0.5)
	w.Set(0, 1, 0.25)
	var text bytes.Buffer
	require.NoError(t, dag.WriteDOT(&text, hostile, w))
	g := parsed{simple.NewDirectedGraph()}
	require.NoError(t, dot.Unmarshal(text.Bytes(), g), text.String())
	require.Equal(t, n, g.Nodes().Len())
	require.Equal(t, n, g.Edges().Len())
	require.Contains(t, text.String(), `n0 -> n1 [label="0.25", penwidth=2.25]`)
	require.Contains(t, text.String(), `label="back\\slash\\n"`)
	require.Contains(t, text.String(), `label="two\nlines"`)
}

func TestNamesMustFitTheGraph(t *testing.T) {
	require.PanicsWithValue(t, "dag: 1 names for 2 nodes", func() {
		_ = dag.WriteCSV(&bytes.Buffer{}, []string{"a"}, mat.NewDense(2, 2, nil))
	})
}
