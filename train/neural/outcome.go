package neural

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/dag"
	"deepcausalmmm/layers"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

func (t *Trainer) outcome() (*model.Outcome, error) {
	out := &model.Outcome{Fitted: t.fitted, History: t.table()}
	models := []*Model{t.model, t.holdout}
	for i, span := range t.task.Spans() {
		part, err := t.fitted.evaluate(models[i], t.task.Panel, span)
		if err != nil {
			return nil, err
		}
		out.Parts = append(out.Parts, part)
	}
	out.Graph = t.learnedGraph()
	out.Description = t.describe(models[:len(out.Parts)])
	seconds := slices.Sorted(slices.Values(t.seconds))
	n := len(seconds)
	out.Steps, out.PerStep, out.Seconds = n, panel.Median(seconds), t.clock.Elapsed().Seconds()
	return out, nil
}

// table is the history as history.csv has it.
func (t *Trainer) table() model.History {
	h := model.History{Columns: columns}
	for i := range t.history {
		row := []float64{float64(t.history[i].Epoch)}
		for _, v := range t.history[i].values() {
			row = append(row, *v)
		}
		h.Rows = append(h.Rows, row)
	}
	return h
}

func (t *Trainer) learnedGraph() model.Graph {
	g := model.Graph{Duals: *t.loop.duals}
	w := t.model.Adjacency()
	if w == nil {
		return g
	}
	g.Adjacency = w
	g.Pruned = dag.NewAcyclic(t.config.NotearsThreshold, nil, w)
	if t.loop.active {
		g.Stuck = t.loop.duals.Stuck(t.model.Acyclicity())
	}
	removed := g.Pruned.Removed()
	if n := len(removed); n > 0 {
		names, last := t.task.Panel.Channels, removed[n-1]
		var cycle []string
		for _, i := range append(slices.Clone(last.Cycle), last.Cycle[0]) {
			cycle = append(cycle, names[i])
		}
		t.task.Observer.Logf("pruning removed %d edges to break cycles; the strongest was %s → %s (%.3f), of the cycle %s "+
			"(metrics.json lists all)", n, names[last.From], names[last.To], last.Weight, strings.Join(cycle, " → "))
	}
	return g
}

// notes returns the sentences about the model for the dashboard.
func notes(every panel.Resolution) model.Notes {
	week, weeks := every.Noun(1), every.Noun(2)
	return model.Notes{
		Exposure:     fmt.Sprintf("its share of its region's media in a %s", week),
		ControlStep:  "median",
		Coefficients: fmt.Sprintf("In the holdout the model starts again, without memory of the %s before.", weeks),
		Scaling: []string{
			fmt.Sprintf("Media: each channel's share of its region's media in the %s.", week),
			fmt.Sprintf("Controls: distance from their median over regions and %s, divided by 1.349 times the distance of their quartiles, and clipped.", weeks),
			fmt.Sprintf("Target: divided by the region's mean over the %s fitted to.", weeks),
		},
	}
}

// describe reads from the models, evaluated on their windows, what each channel and control does.
func (t *Trainer) describe(models []*Model) model.Description {
	p := t.task.Panel
	d := model.Description{Coefficients: model.CoefficientPaths(p), Notes: notes(p.Resolution)}
	d.Notes.Prior = t.config.AttributionRegWeight > 0
	d.Notes.Scaling = append(d.Notes.Scaling, fmt.Sprintf("%d %s of zeros come before the %s fitted to, and before the "+
		"holdout. They count in no figure here.", t.config.BurnInWeeks, p.Resolution.RowNoun(t.config.BurnInWeeks), p.Resolution.Noun(2)))
	C := len(p.Channels)
	exposure := make([][]float64, C)
	for i, m := range models {
		burnIn := m.Dims.Weeks - t.task.Spans()[i].Len()
		for c := range C {
			exposure[c] = append(exposure[c], afterBurnIn(m, m.Floats(m.Outputs.Adstock), c, C, burnIn)...)
		}
		addQuartiles(d.Coefficients[:C], m, m.Floats(m.Outputs.MediaCoefficients), burnIn)
		if m.Outputs.ControlCoefficients != nil {
			addQuartiles(d.Coefficients[C:], m, m.Floats(m.Outputs.ControlCoefficients), burnIn)
		}
	}
	d.Responses = t.responses(models[0], exposure)
	return d
}

// followedWeeks and shownWeeks are how long carry-over is followed and listed.
const followedWeeks, shownWeeks = 104, 26

// responses describes the channels at a model's parameters, given their carried-over exposure; nil for layers that only fit the
// panel's shape.
func (t *Trainer) responses(m *Model, exposure [][]float64) []model.Response {
	var points [][]float64
	for _, carried := range exposure {
		points = append(points, model.CurveExposures(slices.Max(carried)))
	}
	every := t.task.Panel.Resolution
	probe, err := layers.NewProbe(m.Inputs.Media, m.carryOver, m.saturation, every.Rows(followedWeeks), points)
	if err != nil || probe.Run() != nil {
		return nil
	}
	weights, curves, M := probe.Weights(), probe.Curves(), len(points)
	coefficients, burnIn := m.Floats(m.Outputs.MediaCoefficients), m.Dims.Weeks-t.task.Train.Len()
	decay := layers.Decays(m.carryOver)
	half, slope := layers.Curves(m.saturation)
	all := make([]model.Response, M)
	for c, name := range t.task.Panel.Channels {
		r := model.Response{Channel: name}
		r.Carry(weights[c], every.Rows(shownWeeks))
		strength := m.PredictionScale() * stat.Mean(afterBurnIn(m, coefficients, c, M, burnIn), nil)
		for i, x := range points[c] {
			r.Curve = append(r.Curve, model.CurvePoint{Exposure: x, Effect: strength * curves[c][i]})
		}
		if decay != nil {
			r.Decay = &decay[c]
		}
		if half != nil {
			r.HalfSaturation, r.Slope = &half[c], &slope[c]
		}
		r.Exposure = model.RangeOf(exposure[c])
		all[c] = r
	}
	return all
}

// afterBurnIn is a column of x, [R, T, columns], without the burn-in rows.
func afterBurnIn(m *Model, x []float64, column, columns, burnIn int) []float64 {
	var values []float64
	for r := range m.Dims.Regions {
		for w := burnIn; w < m.Dims.Weeks; w++ {
			values = append(values, x[(r*m.Dims.Weeks+w)*columns+column])
		}
	}
	return values
}

// addQuartiles appends the weeks of coefficients [R, T, paths] to their paths.
func addQuartiles(paths []model.CoefficientPath, m *Model, coefficients []float64, burnIn int) {
	scale := m.PredictionScale()
	for c := range paths {
		paths[c].Append(m.Dims.Regions, m.Dims.Weeks-burnIn, func(region, week int) float64 {
			return scale * coefficients[(region*m.Dims.Weeks+burnIn+week)*len(paths)+c]
		})
	}
}
