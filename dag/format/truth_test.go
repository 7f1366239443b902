package format_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/format"
	"deepcausalmmm/internal/bounded"
)

func TestReadTruth(t *testing.T) {
	names := []string{"tv", "search", "social"}
	want := edges(3, [2]int{0, 1}, [2]int{2, 1})
	for _, text := range []string{
		`{"edges": [[0, 1], [2, 1]], "seed": 7}`,
		`{"edges": [["tv", "search"], ["social", "search"]], "channels": ["tv"]}`,
		`{"nodes": ["search", "social", "tv"], "edges": [[2, 0], [1, 0], [1, 0]]}`, // in an order of its own
		`{"edges": [["tv", 1], [2, "search"]]}`,
	} {
		a, err := format.ReadTruth(strings.NewReader(text), "t.json", names)
		require.NoError(t, err)
		require.True(t, mat.Equal(want, a), text)
	}
	a, err := format.ReadTruth(strings.NewReader(`{"edges": []}`), "t.json", names)
	require.NoError(t, err)
	require.Empty(t, dag.Edges(a))
	_, err = format.ReadTruth(iotest.ErrReader(errors.New("gone")), "t.json", names)
	require.EqualError(t, err, "t.json: cannot read the truth: gone")
}

func TestReadTruthNamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		``:                             "t.json:1:1: unexpected end of JSON input",
		"{\"edges\":\n [[0, 1],]}":     "t.json:2:10: invalid character ']' looking for beginning of value",
		`{"edges": [[0, 1]]} []`:       "t.json:1:21: invalid character '[' after top-level value",
		`{}`:                           "t.json: edges: there are none; list them as [parent, child], or write []",
		`{"edges": [[0, 1], [0]]}`:     "t.json: edges[1]: 1 ends where an edge has two: [parent, child]",
		`{"edges": [[0, 1, 2]]}`:       "t.json: edges[0]: 3 ends where an edge has two: [parent, child]",
		`{"edges": [[0, 3]]}`:          "t.json: edges[0]: 3 is no node (they count from 0 to 2)",
		`{"edges": [[-1, 2]]}`:         "t.json: edges[0]: -1 is no node (they count from 0 to 2)",
		`{"edges": [[0, 1.5]]}`:        "t.json: edges[0]: 1.5 is no node (they count from 0 to 2)",
		`{"edges": [[0, 1e300]]}`:      "t.json: edges[0]: 1e+300 is no node (they count from 0 to 2)",
		`{"edges": [[0, null]]}`:       "t.json: edges[0]: an end is the number or the name of a node, nothing else",
		`{"edges": [["tv", "serch"]]}`: `t.json: edges[0]: there is no column "serch"; did you mean "search"?`,
		`{"edges": [["tv", "\n"]]}`:    `t.json: edges[0]: there is no column "\n"; take it out, or correct it`,
		`{"edges": [[1, 1]]}`:          "t.json: edges[0]: an edge of search to itself; take it out",
		`{"edges": [[0,1],[1,2],[2,0]]}`: "t.json: edges: a cycle is no truth: " +
			"tv → search → social → tv; take one of its edges out",
		`{"nodes": ["tv", "radio"], "edges": [[0, 1]]}`: `t.json: edges[0]: there is no column "radio"; ` +
			"take it out, or correct it",
	} {
		_, err := format.ReadTruth(strings.NewReader(text), "t.json", []string{"tv", "search", "social"})
		require.EqualError(t, err, want, text)
	}
	const form = `write {"nodes": [names], "edges": [[parent, child], ...]}`
	for text, want := range map[string]string{
		`[]`:                        "t.json:1:1: unexpected array; " + form,
		"{\n \"edges\": {}}":        "t.json:2:11: unexpected object; " + form,
		`{"edges": [[0, 1], 12]}`:   "t.json:1:21: unexpected number; " + form,
		`{"nodes": 3, "edges": []}`: "t.json:1:11: unexpected number; " + form,
	} {
		_, err := format.ReadTruth(strings.NewReader(text), "t.json", []string{"tv"})
		require.EqualError(t, err, want, text)
	}
}

func FuzzReadTruth(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		var a *mat.Dense
		var err error
		bounded.Memory(t, len(text), func() {
			a, err = format.ReadTruth(strings.NewReader(text), "t.json", []string{"tv", "search", "social"})
		})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.True(t, dag.IsDAG(a))
	})
}

// edges makes a graph of n nodes.
func edges(n int, pairs ...[2]int) *mat.Dense {
	w := mat.NewDense(n, n, nil)
	for _, e := range pairs {
		w.Set(e[0], e[1], 1)
	}
	return w
}
