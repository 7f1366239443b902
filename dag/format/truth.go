package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/jsonfile"
)

// Truth is the graph that data was simulated from, as a JSON file, which may hold other keys too.
type Truth struct {
	Nodes []string `json:"nodes"` // names for the numbers in Edges. Default the table's columns.
	Edges [][]any  `json:"edges"` // [parent, child], each by its number, from 0, or by its name
}

// ReadTruth reads a truth file into a matrix over the columns called names: 1 where an edge leads from row to column.
// file names the text in errors. A cycle, or an edge of an unknown column, is an error.
func ReadTruth(r io.Reader, file string, names []string) (*mat.Dense, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the truth: %w", file, err)
	}
	var t Truth
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, jsonError(file, text, err)
	}
	a, err := t.Adjacency(names)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return a, nil
}

// Adjacency is the truth's graph over the columns called names. Columns that the truth does not name have no edges.
func (t Truth) Adjacency(names []string) (*mat.Dense, error) {
	if t.Edges == nil {
		return nil, errors.New("edges: there are none; list them as [parent, child], or write []")
	}
	a := mat.NewDense(len(names), len(names), nil)
	for e, edge := range t.Edges {
		if len(edge) != 2 {
			return nil, fmt.Errorf("edges[%d]: %d ends where an edge has two: [parent, child]", e, len(edge))
		}
		var ends [2]int
		for i := range ends {
			var err error
			if ends[i], err = t.column(edge[i], names); err != nil {
				return nil, fmt.Errorf("edges[%d]: %w", e, err)
			}
		}
		if ends[0] == ends[1] {
			return nil, fmt.Errorf("edges[%d]: an edge of %s to itself; take it out", e, dag.Label(names[ends[0]]))
		}
		a.Set(ends[0], ends[1], 1)
	}
	cycle := dag.Cycle(a)
	if cycle == nil {
		return a, nil
	}
	around := make([]string, len(cycle))
	for i, node := range cycle {
		around[i] = names[node]
	}
	return nil, fmt.Errorf("edges: a cycle is no truth: %s; take one of its edges out", dag.CycleText(around))
}

// column returns the column of an end of an edge.
func (t Truth) column(end any, names []string) (int, error) {
	nodes := t.Nodes
	if len(nodes) == 0 {
		nodes = names
	}
	name, ok := end.(string)
	if number, isNumber := end.(float64); isNumber {
		if !(0 <= number && number < float64(len(nodes))) || number != float64(int(number)) {
			return 0, fmt.Errorf("%v is no node (they count from 0 to %d)", number, len(nodes)-1)
		}
		name = nodes[int(number)]
	} else if !ok {
		return 0, errors.New("an end is the number or the name of a node, nothing else")
	}
	if i := slices.Index(names, name); i >= 0 {
		return i, nil
	}
	return 0, errors.New(noColumn(name, names))
}

// jsonError says where decoding stopped, and why.
func jsonError(file string, text []byte, err error) error {
	var kind *json.UnmarshalTypeError
	problem := err.Error()
	if errors.As(err, &kind) {
		problem = fmt.Sprintf("unexpected %s; write {\"nodes\": [names], \"edges\": [[parent, child], ...]}", kind.Value)
	}
	line, column := jsonfile.Position(text, err)
	return fmt.Errorf("%s:%d:%d: %s", file, line, column, problem)
}
