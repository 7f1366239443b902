package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/format"
	"deepcausalmmm/dag/learn"
	"deepcausalmmm/internal/files"
)

// result is result.json.
type result struct {
	Method         learn.Method  `json:"method"`
	Nodes          []string      `json:"nodes"`
	Mechanism      dag.Mechanism `json:"mechanism,omitempty"` // by which a panel's channels move each other
	Edges          []edge        `json:"edges"`
	IsDAG          bool          `json:"is_dag"`
	H              number        `json:"h"`        // of the graph: 0
	SolverH        number        `json:"solver_h"` // of the solver's weights, before the threshold
	Seconds        float64       `json:"seconds"`
	Removed        []removal     `json:"removed"`
	Cut            []cutEdge     `json:"cut"` // by the threshold, strongest first
	Varsortability number        `json:"varsortability"`
	Path           []step        `json:"path,omitempty"`
	Metrics        *dag.Metrics  `json:"metrics,omitempty"`
}

type edge struct {
	From      string    `json:"from"`
	To        string    `json:"to"`
	Weight    float64   `json:"weight"`
	Same      float64   `json:"same_time"`
	Lagged    []float64 `json:"lagged,omitempty"` // by lag, from 1 on
	Frequency *float64  `json:"frequency,omitempty"`
}

type cutEdge struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Weight float64 `json:"weight"`
}

type removal struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Weight float64  `json:"weight"`
	Cycle  []string `json:"cycle"`
}

// step is a learn.Step.
type step struct {
	Round, Iterations        int
	Score, H, Rho, Alpha, Mu number
}

// number is null in JSON, which has no infinity, if it is not finite.
type number float64

func (n number) finite() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes the number as encoding/json does, or null.
func (n number) MarshalJSON() ([]byte, error) {
	if !n.finite() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func (s *study) result() result {
	e, all := s.estimate, s.estimate.Graph.Strongest()
	r := result{
		Method: e.Method, Nodes: s.names, Mechanism: e.Graph.Mechanism, IsDAG: dag.IsDAG(all), H: number(dag.Acyclicity(all)), SolverH: number(e.H),
		Seconds: s.seconds, Varsortability: number(s.sortable), Edges: []edge{}, Removed: []removal{},
		Cut: []cutEdge{},
	}
	for _, p := range e.Path {
		r.Path = append(r.Path, step{
			p.Round, p.Iterations, number(p.Score), number(p.H), number(p.Rho), number(p.Alpha), number(p.Mu),
		})
	}
	for _, d := range e.Graph.Edges() {
		out := edge{From: s.names[d.From], To: s.names[d.To], Weight: d.Weight, Same: e.Graph.Same().At(d.From, d.To)}
		for _, lag := range e.Graph.Lagged() {
			out.Lagged = append(out.Lagged, lag.At(d.From, d.To))
		}
		if s.frequency != nil {
			f := s.frequency.At(d.From, d.To)
			out.Frequency = &f
		}
		r.Edges = append(r.Edges, out)
	}
	for _, d := range e.Graph.Removed() {
		out := removal{From: s.names[d.From], To: s.names[d.To], Weight: d.Weight}
		for _, node := range d.Cycle {
			out.Cycle = append(out.Cycle, s.names[node])
		}
		r.Removed = append(r.Removed, out)
	}
	for _, c := range e.Cut {
		r.Cut = append(r.Cut, cutEdge{s.names[c.From], s.names[c.To], c.Weight})
	}
	if s.truth != nil {
		m := dag.Compare(all, s.truth)
		r.Metrics = &m
	}
	return r
}

// notFinite names the numbers that JSON writes as null.
func (r result) notFinite() (names []string) {
	if !r.SolverH.finite() {
		names = append(names, "solver_h")
	}
	for i, p := range r.Path {
		if !p.Score.finite() || !p.H.finite() {
			names = append(names, fmt.Sprintf("path[%d]", i))
		}
	}
	return names
}

// outputs are the files that a study is written to. They can be listed before the graph is learned.
func (s *study) outputs() []files.File {
	graph := func(write func(io.Writer, []string, mat.Matrix) error) func(io.Writer) error {
		return func(to io.Writer) error { return write(to, s.names, s.estimate.Graph.Strongest()) }
	}
	outputs := []files.File{
		files.As("result.json", func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			return e.Encode(s.result())
		}),
		files.As("adjacency.csv", graph(format.WriteCSV)),
		files.As("graph.dot", graph(format.WriteDOT)),
		files.As("graph.graphml", graph(format.WriteGraphML)),
		files.As("graph.json", graph(format.WriteNodeLink)),
	}
	if s.resamples > 0 {
		outputs = append(outputs, files.As("frequency.csv", func(to io.Writer) error {
			return format.WriteCSV(to, s.names, s.frequency)
		}))
	}
	return outputs
}

// prepare makes the output folder if it does not exist, and refuses one in which an output would replace an input.
func (s *study) prepare(dir string, inputs ...string) (made bool, err error) {
	var names []string
	for _, file := range s.outputs() {
		names = append(names, file.Name)
	}
	if err := files.Protect(dir, names, inputs...); err != nil {
		return false, err
	}
	_, missing := os.Stat(dir)
	return errors.Is(missing, fs.ErrNotExist), files.Prepare(dir)
}

// truthNodes are the names in a truth file, the default choice of columns.
func truthNodes(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (check the path)", file, files.Cause(err))
	}
	var truth struct{ Nodes, Channels []string }
	_ = json.Unmarshal(text, &truth) // ReadTruth reports its errors
	return append(truth.Nodes, truth.Channels...), nil
}
