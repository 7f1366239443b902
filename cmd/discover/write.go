package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
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

// output is a file of the result and what writes it.
type output struct {
	name  string
	write func(w io.Writer) error
}

func (s *study) outputs() []output {
	graph := func(write func(io.Writer, []string, mat.Matrix) error, w *mat.Dense) func(io.Writer) error {
		return func(to io.Writer) error { return write(to, s.names, w) }
	}
	outputs := []output{
		{"result.json", func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			return e.Encode(s.result())
		}},
		{"adjacency.csv", graph(dag.WriteCSV, s.estimate.Weights)},
		{"graph.dot", graph(dag.WriteDOT, s.estimate.Weights)},
		{"graph.graphml", graph(dag.WriteGraphML, s.estimate.Weights)},
		{"graph.json", graph(dag.WriteNodeLink, s.estimate.Weights)},
	}
	if s.frequency != nil {
		outputs = append(outputs, output{"frequency.csv", graph(dag.WriteCSV, s.frequency)})
	}
	return outputs
}

// write leaves the files in dir. Each is made in memory and written under a temporary name first.
func (s *study) write(dir string) error {
	for _, o := range s.outputs() {
		var text bytes.Buffer
		if err := o.write(&text); err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
		if err := replace(filepath.Join(dir, o.name), text.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func replace(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("%s: cannot write: %w", name, cause(err))
	}
	_, err = f.Write(content)
	for _, then := range []func() error{func() error { return f.Chmod(0o644) }, f.Close} {
		err = errors.Join(err, then())
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: cannot write: %w", name, cause(err)), os.Remove(f.Name()))
	}
	return nil
}

// prepare makes the output folder if it is not there, and refuses one in which a result's file would replace what is read.
func prepare(dir string, inputs ...string) (made bool, err error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		made = true
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, fmt.Errorf("%s: cannot make the output folder: %w", dir, cause(err))
	}
	for _, name := range []string{"result.json", "adjacency.csv", "graph.dot", "graph.graphml", "graph.json", "frequency.csv"} {
		target, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			continue // there is nothing to replace
		}
		for _, input := range inputs {
			if read, err := os.Stat(input); input != "" && err == nil && os.SameFile(read, target) {
				return false, fmt.Errorf("%s: is read by this search and would be replaced (name another output folder)", input)
			}
		}
	}
	return made, nil
}

// truthNodes are the names in a truth file, which choose the columns where nothing else does.
func truthNodes(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (check the path)", file, cause(err))
	}
	var truth struct{ Nodes, Channels []string }
	_ = json.Unmarshal(text, &truth) // ReadTruth says what is wrong with it, and where
	return append(truth.Nodes, truth.Channels...), nil
}

// cause is what the system said, without the name that it said it of.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
