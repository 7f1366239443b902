package train

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/format"
	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// The names of the files of an output folder.
const (
	configFile        = "config.yaml"
	metricsFile       = "metrics.json"
	historyFile       = "history.csv"
	ModelFile         = "model.safetensors"
	predictionsFile   = "predictions.csv"
	contributionsFile = "contributions.csv"
	DetailsFile       = "details.json"   // everything that the dashboard shows; LoadResult reads it
	Dashboard         = "dashboard.html" // which package report draws

	adjacencyFile = "dag_adjacency.csv"
	prunedFile    = "dag_pruned.csv"
	dotFile       = "dag.dot"

	returnsFile       = "roi.csv"
	regionReturnsFile = "roi_by_region.csv"
	responseFile      = "response.csv"

	effectsFile      = "effects.csv"
	weeklyFile       = "effects_by_week.csv"
	intervalsFile    = "intervals.csv"
	frequencyFile    = "dag_frequency.csv"
	interventionFile = "intervention.csv"
	validationFile   = "cv.csv"
)

// always are the files that every training leaves; sometimes those that it leaves if there is something to write.
var (
	always    = []string{configFile, metricsFile, historyFile, ModelFile, predictionsFile, contributionsFile, DetailsFile}
	sometimes = []string{Dashboard, CheckpointFile, adjacencyFile, prunedFile, dotFile, effectsFile, weeklyFile, intervalsFile, frequencyFile,
		returnsFile, regionReturnsFile, responseFile, PlanFile, PlanPage}
)

// Write leaves the result's files in dir, which must exist (see Prepare); docs/files.md says what each holds. All are written
// under temporary names before the first is renamed, so that a full disk leaves none half-written. Then it removes what an
// earlier training left in dir and would pass for this one's.
func (r *Result) Write(dir string) error {
	outputs := r.outputs()
	r.Warnings = nil
	if err := files.Write(dir, outputs...); err != nil {
		return err
	}
	stale := slices.DeleteFunc(slices.Clone(sometimes), func(name string) bool {
		return slices.ContainsFunc(outputs, func(f files.File) bool { return f.Name == name })
	})
	return files.Remove(dir, stale...)
}

// Protect refuses a folder in which a result's files would replace what the training reads.
func Protect(dir string, inputs ...string) error {
	return files.Protect(dir, slices.Concat(always, sometimes), inputs...)
}

// Prepare makes the output folder and tries to write to it, so that a training does not end at a folder that refuses
// its files.
func Prepare(dir string) error { return files.Prepare(dir) }

func (r *Result) outputs() []files.File {
	outputs := []files.File{
		files.As(configFile, r.writeConfig),
		files.As(metricsFile, r.writeMetrics),
		files.As(historyFile, r.writeHistory),
		files.As(ModelFile, r.writeModel),
		files.As(predictionsFile, func(w io.Writer) error { return writePredictions(w, r.Panel, r.Parts) }),
		files.As(contributionsFile, func(w io.Writer) error { return writeContributions(w, r.Panel, r.Parts) }),
		files.As(DetailsFile, r.writeDetails),
	}
	if names := r.Panel.Channels; r.Graph.Adjacency != nil {
		outputs = append(outputs,
			files.As(adjacencyFile, func(w io.Writer) error { return format.WriteCSV(w, names, r.Graph.Adjacency) }),
			files.As(prunedFile, func(w io.Writer) error { return format.WriteCSV(w, names, r.Graph.Pruned.Strongest()) }),
			files.As(dotFile, func(w io.Writer) error { return format.WriteDOT(w, names, r.drawn()) }),
		)
	}
	return slices.Concat(outputs, r.effectOutputs(), r.moneyOutputs())
}

// drawn is the pruned graph as far as a picture shows it.
func (r *Result) drawn() *mat.Dense {
	v, n := r.Config.Visualization, r.Graph.Pruned.Nodes()
	shown := mat.NewDense(n, n, nil)
	for _, e := range r.Graph.Pruned.Drawn(v.CorrelationThreshold, v.DAGTopNEdges) {
		shown.Set(e.From, e.To, e.Weight)
	}
	return shown
}

func (r *Result) writeConfig(w io.Writer) error {
	text, err := r.Config.Text()
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	return err
}

func (r *Result) writeMetrics(w io.Writer) error {
	return r.encode(w, metricsFile, r.Metrics, "  ")
}

func (r *Result) writeHistory(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row(r.History.Columns...)
	for _, values := range r.History.Rows {
		row := []string{strconv.Itoa(int(values[0]))}
		for _, v := range values[1:] {
			row = append(row, number(v))
		}
		t.row(row...)
	}
	return t.end()
}

func writePredictions(w io.Writer, p *panel.Panel, parts []model.Part) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "part", "actual", "predicted")
	for _, part := range parts {
		eachCell(part, p, func(i int, region, week string) {
			t.row(region, week, part.Name, number(part.Actual[i]), number(part.Predicted[i]))
		})
	}
	return t.end()
}

// writeContributions writes the components of each region-week in the order in which they add up to the prediction.
func writeContributions(w io.Writer, p *panel.Panel, parts []model.Part) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "component", "value")
	for _, part := range parts {
		eachCell(part, p, func(i int, region, week string) {
			for _, c := range part.Components {
				t.row(region, week, cell.Text(c.Name), number(c.Value[i]))
			}
		})
	}
	return t.end()
}

// eachCell visits the region-weeks of a part, i counting them row-major. The names are text for a CSV cell.
func eachCell(part model.Part, p *panel.Panel, visit func(i int, region, week string)) {
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
