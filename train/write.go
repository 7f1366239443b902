package train

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
)

// Write leaves the result's files in dir, which must exist (see Prepare): config.yaml, metrics.json, history.csv,
// model.safetensors, predictions.csv, contributions.csv, details.json and, where there is a DAG, dag_adjacency.csv,
// dag_pruned.csv and dag.dot; of the structural model also effects.csv, effects_by_week.csv if DetailEffects asked for it,
// and of an ensemble intervals.csv and dag_frequency.csv. All are written under temporary names before the first is renamed, so that a full disk
// leaves none half-written.
func (r *Result) Write(dir string) error {
	if err := files.Write(dir, r.outputs()...); err != nil {
		return err
	}
	return r.removeStale(dir)
}

// removeStale takes away what an earlier training left in dir and would pass for this one's: its picture, and its graph
// where this one has none. A checkpoint has nothing left to go on with.
func (r *Result) removeStale(dir string) error {
	stale := slices.Concat([]string{Dashboard, CheckpointFile}, graphFiles, structuralFiles)
	for _, f := range r.outputs() {
		stale = slices.DeleteFunc(stale, func(name string) bool { return name == f.Name })
	}
	return files.Remove(dir, stale...)
}

// Protect refuses a folder in which a result's files would replace what the training reads.
func Protect(dir string, inputs ...string) error {
	return files.Protect(dir, slices.Concat([]string{"config.yaml", "metrics.json", "history.csv", "model.safetensors",
		"predictions.csv", "contributions.csv", "details.json", Dashboard, CheckpointFile}, graphFiles, structuralFiles), inputs...)
}

// Prepare makes the output folder and tries to write to it, so that a training does not end at a folder that refuses
// its files.
func Prepare(dir string) error { return files.Prepare(dir) }

// Dashboard is the file that package report draws from the others.
const Dashboard = "dashboard.html"

// graphFiles are written only where there is a DAG.
var graphFiles = []string{"dag_adjacency.csv", "dag_pruned.csv", "dag.dot"}

func (r *Result) outputs() []files.File {
	names := r.Panel.Channels
	outputs := []files.File{
		files.As("config.yaml", r.writeConfig),
		files.As("metrics.json", r.writeMetrics),
		files.As("history.csv", r.writeHistory),
		files.As("model.safetensors", r.writeModel),
		files.As("predictions.csv", func(w io.Writer) error { return writePredictions(w, r.Panel, r.Parts) }),
		files.As("contributions.csv", func(w io.Writer) error { return writeContributions(w, r.Panel, r.Parts) }),
		files.As("details.json", r.writeDetails),
	}
	if r.structural != nil {
		outputs = append(outputs, r.structuralOutputs()...)
	}
	if r.Graph.Adjacency == nil {
		return outputs
	}
	return append(outputs,
		files.As("dag_adjacency.csv", func(w io.Writer) error { return dag.WriteCSV(w, names, r.Graph.Adjacency) }),
		files.As("dag_pruned.csv", func(w io.Writer) error { return dag.WriteCSV(w, names, r.Graph.Pruned) }),
		files.As("dag.dot", func(w io.Writer) error { return dag.WriteDOT(w, names, r.drawn()) }),
	)
}

// drawn is the pruned graph as far as a picture shows it: the strongest edges, none under the visualization's
// threshold.
func (r *Result) drawn() *mat.Dense {
	v := r.Config.Visualization
	n, _ := r.Graph.Pruned.Dims()
	shown := mat.NewDense(n, n, nil)
	edges := dag.Edges(r.Graph.Pruned)
	for _, e := range edges[:min(len(edges), v.DAGTopNEdges)] {
		if e.Weight >= v.CorrelationThreshold {
			shown.Set(e.From, e.To, e.Weight)
		}
	}
	return shown
}

// writeConfig names the panel by its absolute path, so that the file trains again from wherever it lies.
// writeConfig writes the keys that the model has a use for.
func (r *Result) writeConfig(w io.Writer) error {
	c := r.Config
	for _, f := range []*string{&c.Data.File, &c.DAGKnowledge} {
		if *f != "" {
			var err error
			if *f, err = filepath.Abs(*f); err != nil {
				return err
			}
		}
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	var keys yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &keys, yaml.UseOrderedMap()); err != nil {
		return err
	}
	keys = slices.DeleteFunc(keys, func(k yaml.MapItem) bool { return slices.Contains(c.Model.useless(), fmt.Sprint(k.Key)) })
	if text, err = yaml.Marshal(keys); err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (r *Result) writeMetrics(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r.Metrics)
}

func (r *Result) writeHistory(w io.Writer) error {
	if r.structural != nil {
		return r.writeSteps(w)
	}
	t := table{csv: csv.NewWriter(w)}
	t.row("epoch", "loss", "loss_fit", "loss_dag", "loss_sparsity", "loss_attribution", "loss_seasonal", "loss_l1",
		"loss_l2", "h", "rho", "alpha", "learning_rate", "train_rmse", "holdout_rmse")
	for i := range r.History {
		row := []string{strconv.Itoa(r.History[i].Epoch)}
		for _, v := range r.History[i].values() {
			row = append(row, number(*v))
		}
		t.row(row...)
	}
	return t.end()
}

func writePredictions(w io.Writer, p *panel.Panel, parts []Part) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "part", "actual", "predicted")
	for _, part := range parts {
		part.eachCell(p, func(i int, region, week string) {
			t.row(region, week, part.Name, number(part.Actual[i]), number(part.Predicted[i]))
		})
	}
	return t.end()
}

// writeContributions writes the components of each region-week in the order in which they add up to the prediction.
func writeContributions(w io.Writer, p *panel.Panel, parts []Part) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "component", "value")
	for _, part := range parts {
		part.eachCell(p, func(i int, region, week string) {
			for _, c := range part.Components {
				t.row(region, week, cell.Text(c.Name), number(c.Value[i]))
			}
		})
	}
	return t.end()
}

// eachCell visits the region-weeks of a part, i counting them row-major. The names are text for a CSV cell.
func (part Part) eachCell(p *panel.Panel, visit func(i int, region, week string)) {
	weeks := p.Weeks[part.Span.From:part.Span.To]
	for row, region := range p.Regions {
		for w, week := range weeks {
			visit(row*len(weeks)+w, cell.Text(region), cell.Text(week))
		}
	}
}

// table writes CSV and keeps the first error.
type table struct {
	csv *csv.Writer
	err error
}

func (t *table) row(cells ...string) {
	if t.err == nil {
		t.err = t.csv.Write(cells)
	}
}

func (t *table) end() error {
	t.csv.Flush()
	return errors.Join(t.err, t.csv.Error())
}

// number is the shortest text that reads back as x, and empty for NaN.
func number(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
