package train

import (
	"encoding/csv"
	"io"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/train/structural"
)

// The files of the structural model alone.
const (
	effectsFile      = "effects.csv"
	weeklyFile       = "effects_by_week.csv"
	intervalsFile    = "intervals.csv"
	frequencyFile    = "dag_frequency.csv"
	interventionFile = "intervention.csv"
	validationFile   = "cv.csv"
)

var structuralFiles = []string{effectsFile, weeklyFile, intervalsFile, frequencyFile}

func (r *Result) structuralOutputs() []files.File {
	outputs := []files.File{files.As(effectsFile, r.writeEffects)}
	if r.DetailEffects {
		outputs = append(outputs, files.As(weeklyFile, r.writeWeeklyEffects))
	}
	if r.structural.ranges == nil {
		return outputs
	}
	outputs = append(outputs, files.As(intervalsFile, r.writeIntervals))
	if r.Graph.Adjacency == nil {
		return outputs
	}
	return append(outputs, files.As(frequencyFile, func(w io.Writer) error {
		M := len(r.Panel.Channels)
		frequency := mat.NewDense(M, M, nil)
		for i, row := range r.Details.Structural.Frequency {
			frequency.SetRow(i, row)
		}
		return dag.WriteCSV(w, r.Panel.Channels, frequency)
	}))
}

// writeSteps is the history of the structural model: a row for each step of the fit, the columns as the original's as far
// as they have a meaning. Its graph is acyclic from the start and its steps have no rate.
func (r *Result) writeSteps(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("epoch", "loss", "loss_fit", "loss_prior", "h", "rho", "alpha", "learning_rate", "train_rmse", "holdout_rmse")
	for _, s := range r.structural.steps {
		t.row(strconv.Itoa(s.Iteration), number(s.Loss), number(s.Fit), number(s.Prior), "0", "", "", "",
			number(s.TrainRMSE), number(s.HoldoutRMSE))
	}
	return t.end()
}

func (r *Result) writeEffects(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("channel", "kind", "value", "share", "low", "high")
	bound := func(v *float64) string {
		if v == nil {
			return ""
		}
		return number(*v)
	}
	for _, e := range r.Details.Structural.Effects {
		t.row(cell.Text(e.Channel), string(e.Kind), number(e.Value), number(e.Share), bound(e.Low), bound(e.High))
	}
	return t.end()
}

// writeWeeklyEffects writes each channel's effects in each region and week.
func (r *Result) writeWeeklyEffects(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "channel", "direct", "indirect", "total")
	weeks := len(r.Panel.Weeks)
	first := len(r.Parts[0].Components) - len(r.Panel.Channels) // the channels come last
	for _, part := range r.Parts {
		part.eachCell(r.Panel, func(i int, region, week string) {
			at := i/part.Span.Len()*weeks + part.Span.From + i%part.Span.Len()
			for c, name := range r.Panel.Channels {
				direct, total := part.Components[first+c].Value[i], r.structural.effects.ByCell[c][at]
				t.row(region, week, cell.Text(name), number(direct), number(total-direct), number(total))
			}
		})
	}
	return t.end()
}

// writeIntervals writes where an observation lies in each region and week, with a probability of 80 %.
func (r *Result) writeIntervals(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "part", "predicted", "low", "high")
	weeks := len(r.Panel.Weeks)
	for _, part := range r.Parts {
		part.eachCell(r.Panel, func(i int, region, week string) {
			at := i/part.Span.Len()*weeks + part.Span.From + i%part.Span.Len()
			between := r.structural.ranges[at]
			t.row(region, week, part.Name, number(part.Predicted[i]), number(between.Low), number(between.High))
		})
	}
	return t.end()
}

// The tensors of the structural model that are no parameters: which edges there are, and at what weights they began.
const (
	tensorSame   = "graph.same"
	tensorLagged = "graph.lagged"
)

// writeStructuralModel writes the model file of the structural model: every parameter under its name, the graph, and the
// panel's exposures and controls, which a prediction continues from. Exposure of region-weeks without a row is that which
// the model took it for.
func (r *Result) writeStructuralModel(w io.Writer) error {
	m := r.structural.fit.Model
	tensors := views{}
	for _, p := range r.Params.All() {
		tensors.add(p.Name, p.Value.Data(), p.Value.Shape()...)
	}
	R, T, M := len(r.Panel.Regions), len(r.Panel.Weeks), len(r.Panel.Channels)
	tensors.add(tensorMedia, m.Data.Exposure(r.Panel), R, T, M)
	if C := len(r.Panel.Controls); C > 0 {
		tensors.add(tensorControls, r.Panel.Control, R, T, C)
	}
	g := r.structural.fit.Graph
	tensors.add(tensorSame, structural.Flat(g.Same), M, M)
	tensors.add(tensorLagged, structural.Flat(g.Lagged...), len(g.Lagged)*M, M)
	metadata, err := metadataOf(map[string]any{
		"config": r.Config, "shape": m.Shape, "structural_scaling": m.Data.Scaling, "train": r.Parts[0].Span,
		"regions": r.Panel.Regions, "weeks": r.Panel.Weeks, "channels": r.Panel.Channels, "controls": r.Panel.Controls,
		"summary": map[string]any{"train": r.Metrics.Train, "holdout": r.Metrics.Holdout, "skill": r.Metrics.Skill},
	})
	if err != nil {
		return err
	}
	return serialize(tensors, metadata, w)
}
