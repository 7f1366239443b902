package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/files"
)

// result is result.json.
type result struct {
	Method         dag.Method   `json:"method"`
	Nodes          []string     `json:"nodes"`
	Edges          []edge       `json:"edges"`
	IsDAG          bool         `json:"is_dag"`
	H              float64      `json:"h"`        // of the graph: 0
	SolverH        float64      `json:"solver_h"` // what the continuous solver left, before any cut
	Seconds        float64      `json:"seconds"`
	Removed        []removal    `json:"removed"`
	Varsortability float64      `json:"varsortability"`
	Path           []dag.Step   `json:"path,omitempty"`
	Metrics        *dag.Metrics `json:"metrics,omitempty"`
}

type edge struct {
	From      string    `json:"from"`
	To        string    `json:"to"`
	Weight    float64   `json:"weight"`
	Same      float64   `json:"same_time"`
	Lagged    []float64 `json:"lagged,omitempty"` // by lag, from 1 on
	Frequency *float64  `json:"frequency,omitempty"`
}

type removal struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Weight float64  `json:"weight"`
	Cycle  []string `json:"cycle"`
}

func (s *study) result() result {
	e := s.estimate
	r := result{
		Method: e.Method, Nodes: s.names, IsDAG: dag.IsDAG(e.Weights), H: dag.Acyclicity(e.Weights), SolverH: e.H,
		Seconds: s.seconds, Varsortability: s.sortable, Path: e.Path, Edges: []edge{}, Removed: []removal{},
	}
	for _, d := range dag.Edges(e.Weights) {
		out := edge{From: s.names[d.From], To: s.names[d.To], Weight: d.Weight, Same: e.Same.At(d.From, d.To)}
		for _, lag := range e.Lagged {
			out.Lagged = append(out.Lagged, lag.At(d.From, d.To))
		}
		if s.frequency != nil {
			f := s.frequency.At(d.From, d.To)
			out.Frequency = &f
		}
		r.Edges = append(r.Edges, out)
	}
	for _, d := range e.Removed {
		out := removal{From: s.names[d.From], To: s.names[d.To], Weight: d.Weight}
		for _, node := range d.Cycle {
			out.Cycle = append(out.Cycle, s.names[node])
		}
		r.Removed = append(r.Removed, out)
	}
	if s.truth != nil {
		m := dag.Compare(e.Weights, s.truth)
		r.Metrics = &m
	}
	return r
}

func (s *study) outputs() []files.File {
	graph := func(write func(io.Writer, []string, mat.Matrix) error, w *mat.Dense) func(io.Writer) error {
		return func(to io.Writer) error { return write(to, s.names, w) }
	}
	outputs := []files.File{
		files.As("result.json", func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			return e.Encode(s.result())
		}),
		files.As("adjacency.csv", graph(dag.WriteCSV, s.estimate.Weights)),
		files.As("graph.dot", graph(dag.WriteDOT, s.estimate.Weights)),
		files.As("graph.graphml", graph(dag.WriteGraphML, s.estimate.Weights)),
		files.As("graph.json", graph(dag.WriteNodeLink, s.estimate.Weights)),
	}
	if s.frequency != nil {
		outputs = append(outputs, files.As("frequency.csv", graph(dag.WriteCSV, s.frequency)))
	}
	return outputs
}

// prepare makes the output folder if it is not there, and refuses one in which a result's file would replace what is
// read.
func prepare(dir string, inputs ...string) (made bool, err error) {
	names := []string{"result.json", "adjacency.csv", "graph.dot", "graph.graphml", "graph.json", "frequency.csv"}
	if err := files.Protect(dir, names, inputs...); err != nil {
		return false, err
	}
	_, missing := os.Stat(dir)
	return errors.Is(missing, fs.ErrNotExist), files.Prepare(dir)
}

// truthNodes are the names in a truth file, which choose the columns where nothing else does.
func truthNodes(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (check the path)", file, files.Cause(err))
	}
	var truth struct{ Nodes, Channels []string }
	_ = json.Unmarshal(text, &truth) // ReadTruth says what is wrong with it, and where
	return append(truth.Nodes, truth.Channels...), nil
}
