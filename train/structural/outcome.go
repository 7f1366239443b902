package structural

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// result is all that a training has found.
type result struct {
	average *Average
	members []Member // the heaviest first
	graph   *dag.Graph
	graphs  []*dag.Graph // of resamples, over which effects are averaged
	effects *Effects
	draws   []Draw
	leftOut []string
	sources []model.Source // of the channels' effects

	answers *answers // nil if a design's layers cannot be described
}

func (t *Trainer) outcome(r result) (*model.Outcome, error) {
	p, data := t.task.Panel, r.members[0].Fit.Model.Data
	for _, m := range r.members {
		if err := m.Fit.Model.Evaluate(); err != nil {
			return nil, err
		}
	}
	out := &model.Outcome{Fitted: t.fitted(r), Parts: meanParts(r.members, p, t.task.Spans()), History: table(t.steps), Steps: len(t.steps)}
	if t.keep {
		out.ByCell = r.effects.ByCell
	}
	if t.task.Shared.HasDAG() {
		out.Graph = model.Graph{Adjacency: r.graph.Strongest(), Pruned: r.graph}
	}
	out.Description = t.describe(r)
	out.Inference = r.inference(p)
	for _, known := range data.Known {
		if !known {
			out.Inference.Unrecorded++
		}
	}
	out.Intervals = intervals(out.Parts, len(p.Weeks), r.draws, 0.8)
	out.Intervals50, out.Intervals95 = intervals(out.Parts, len(p.Weeks), r.draws, 0.5), intervals(out.Parts, len(p.Weeks), r.draws, 0.95)
	out.Seconds = t.clock.Elapsed().Seconds()
	out.PerStep = out.Seconds / math.Max(1, float64(out.Steps))
	return out, nil
}

// fitted is what the model's file has.
func (t *Trainer) fitted(r result) *Fitted {
	p, data := t.task.Panel, r.members[0].Fit.Model.Data
	f := &Fitted{
		settings: t.settings, panel: p, train: t.task.Train, scaling: data.Scaling, graph: r.graph, graphs: r.graphs,
		draws: keep(r.draws, r.graphs), exposure: p.Exposure(data.Media, data.Scaling.exposure()),
	}
	for _, m := range r.members {
		f.forms = append(f.forms, weighted{Shape: m.Fit.Model.Shape, Weight: m.Weight, params: m.Fit.Model.Params})
	}
	return f
}

// table has a row for each step of the fit, with the columns of the original's history as far as they have a meaning: the graph
// is acyclic from the start, and steps have no rate.
func table(steps []Step) model.History {
	h := model.History{Columns: []string{
		"epoch", "loss", "loss_fit", "loss_prior", "h", "rho", "alpha", "learning_rate", "train_rmse", "holdout_rmse",
	}}
	nan := math.NaN()
	for _, s := range steps {
		h.Rows = append(h.Rows, []float64{float64(s.Iteration), s.Loss, s.Fit, s.Prior, 0, nan, nan, nan, s.TrainRMSE, s.HoldoutRMSE})
	}
	return h
}

func (r result) inference(p *panel.Panel) *model.Inference {
	fit, e := r.members[0].Fit, r.effects
	d := &model.Inference{
		Choice: r.average.described(), Sigma: fit.Sigma, Design: fit.Design, Iterations: fit.Iterations, Converged: true,
		Ensemble: len(r.draws), KPI: e.KPI, Effects: []model.Effect{}, Paths: []model.Path{}, Equations: edgesOf(r.graph, p.Channels),
		LeftOut: r.leftOut,
	}
	for _, m := range r.members {
		d.Converged = d.Converged && m.Fit.Converged
	}
	for c, name := range p.Channels {
		for _, kind := range []model.EffectKind{model.Direct, model.Indirect, model.Total} {
			d.Effects = append(d.Effects, r.effect(name, kind, c))
		}
		if r.sources[c] == model.Assumed {
			d.Assumed = append(d.Assumed, name)
		}
	}
	for _, found := range e.Paths {
		path := model.Path{Value: found.Value, Share: found.Value / e.KPI}
		for _, c := range found.Channels {
			path.Channels = append(path.Channels, p.Channels[c])
		}
		d.Paths = append(d.Paths, path)
	}
	frequency := dag.Frequency(r.graphs)
	for c := range p.Channels {
		d.Frequency = append(d.Frequency, mat.Row(nil, c, frequency))
	}
	d.TotalLow, d.TotalHigh = nationalIntervals(r.members, r.draws)
	return d
}

// described is the average in the form that every model shares.
func (a *Average) described() *model.Choice {
	members := a.Members()
	out := &model.Choice{Shape: members[0].Shape, Words: members[0].Shape.String(), Trials: []model.Trial{}, Origins: append([]model.Weeks{}, a.Origins...)}
	for _, c := range a.Candidates {
		out.Trials = append(out.Trials, model.Trial{What: c.What, Shape: c.Shape, WMAPE: c.WMAPE, Score: c.Score, Weight: c.Weight})
	}
	return out
}

// predicted is the prediction of a model's last run in KPI units, [R, T].
func (m *Model) predicted() []float64 {
	predicted := m.Floats(m.Prediction)
	for cell := range predicted {
		predicted[cell] *= m.Data.unit(cell)
	}
	return predicted
}

// meanPrediction is the mean prediction of the members' last runs in KPI units, [R, T].
func meanPrediction(members []Member) []float64 {
	var mean []float64
	for _, m := range members {
		predicted := m.Fit.Model.predicted()
		if mean == nil {
			mean = make([]float64, len(predicted))
		}
		floats.AddScaled(mean, m.Weight, predicted)
	}
	return mean
}

// nationalIntervals bound each week's sum over the regions.
func nationalIntervals(members []Member, of []Draw) (low, high []float64) {
	T := members[0].Fit.Model.Data.Weeks
	overRegions := func(x []float64, week int) float64 {
		total := 0.0
		for cell := week; cell < len(x); cell += T {
			total += x[cell]
		}
		return total
	}
	predicted := meanPrediction(members)
	for week := range T {
		draws := make([]float64, len(of))
		for k, d := range of {
			draws[k] = overRegions(d.Predicted, week)
		}
		i := IntervalOf(overRegions(predicted, week), draws, 0.8)
		low, high = append(low, i.Low), append(high, i.High)
	}
	return low, high
}

// intervals bound what may be observed in each region and week, [R, T], with a probability.
func intervals(parts []model.Part, weeks int, of []Draw, probability float64) []model.Interval {
	bounds := make([]model.Interval, len(of[0].Predicted))
	draws := make([]float64, len(of))
	for _, part := range parts {
		for i, predicted := range part.Predicted {
			cell := part.Cell(i, weeks)
			for k, d := range of {
				draws[k] = d.Predicted[cell]
			}
			bounds[cell] = IntervalOf(predicted, draws, probability)
		}
	}
	return bounds
}

// pick is one kind of a channel's effects.
func pick(kind model.EffectKind, e Effect) float64 {
	return map[model.EffectKind]float64{model.Direct: e.Direct, model.Indirect: e.Indirect, model.Total: e.Total}[kind]
}

// effect is one kind of a channel's effects, with its intervals.
func (r result) effect(name string, kind model.EffectKind, c int) model.Effect {
	value := pick(kind, r.effects.Channels[c])
	draws := make([]float64, len(r.draws))
	for k, d := range r.draws {
		draws[k] = pick(kind, d.Effects[c])
	}
	i, narrow, wide := IntervalOf(value, draws, 0.8), IntervalOf(value, draws, 0.5), IntervalOf(value, draws, 0.95)
	return model.Effect{
		Channel: name, Kind: kind, Value: value, Share: value / r.effects.KPI, Source: r.sources[c],
		Low: &i.Low, High: &i.High, Interval50: &narrow, Interval95: &wide,
	}
}

func edgesOf(g *dag.Graph, channels []string) []model.Equation {
	terms := []model.Equation{}
	for lag := range 1 + g.Lags() {
		w := g.Lag(lag)
		for i, from := range channels {
			for j, to := range channels {
				if v := w.At(i, j); v != 0 {
					terms = append(terms, model.Equation{From: from, To: to, Lag: lag, Weight: v})
				}
			}
		}
	}
	return terms
}

// meanParts averages the parts of the members' last runs.
func meanParts(members []Member, p *panel.Panel, spans []model.Span) []model.Part {
	var all [][]model.Part
	weights := make([]float64, len(members))
	for k, m := range members {
		all, weights[k] = append(all, parts(m.Fit.Model, p, spans)), m.Weight
	}
	return averaged(all, weights)
}

// averaged is the weighted mean of parts that differ in their values only. A component that some lack is 0 there.
func averaged(all [][]model.Part, weights []float64) []model.Part {
	var means []model.Part
	for i, part := range all[0] {
		mean := model.Part{Name: part.Name, Span: part.Span, Regions: part.Regions, Actual: part.Actual}
		for _, c := range longest(all, i) {
			value := make([]float64, len(part.Predicted))
			for k := range all {
				for _, theirs := range all[k][i].Components {
					if theirs.Name == c.Name && theirs.Kind == c.Kind {
						floats.AddScaled(value, weights[k], theirs.Value)
					}
				}
			}
			mean.Add(model.Component{Name: c.Name, Kind: c.Kind, Value: value})
		}
		means = append(means, mean)
	}
	return means
}

// approach takes the components of parts a step towards those of others of the same form. What is equal remains so, to the last bit:
// a mean over graphs differs from each only where they do.
func approach(mean, others []model.Part, step float64) {
	for i, part := range mean {
		for c, component := range part.Components {
			for j, v := range others[i].Components[c].Value {
				component.Value[j] += step * (v - component.Value[j])
			}
		}
	}
}

// longest lists the components that any of the parts has, in the order of the one that has most.
func longest(all [][]model.Part, i int) []model.Component {
	most := all[0][i].Components
	for _, parts := range all {
		if len(parts[i].Components) > len(most) {
			most = parts[i].Components
		}
	}
	return most
}

// parts brings the components of a model's last run to the target's units, span by span. Actuals that were not recorded are
// NaN.
func parts(m *Model, p *panel.Panel, spans []model.Span) []model.Part {
	all := components(m, p)
	weeks := len(p.Weeks)
	var parts []model.Part
	for _, s := range spans {
		part := model.Part{Name: s.Name, Span: s.Span, Regions: len(p.Regions)}
		for r := range p.Regions {
			for t := s.From; t < s.To; t++ {
				actual := math.NaN()
				if cell := r*weeks + t; m.Data.Known[cell] {
					actual = p.Target[cell]
				}
				part.Actual = append(part.Actual, actual)
			}
		}
		for _, c := range all {
			here := model.Component{Name: c.Name, Kind: c.Kind}
			for r := range p.Regions {
				here.Value = append(here.Value, c.Value[r*weeks+s.From:r*weeks+s.To]...)
			}
			part.Add(here)
		}
		parts = append(parts, part)
	}
	return parts
}

// components are a model's addends over all of its weeks.
func components(m *Model, p *panel.Panel) []model.Component {
	R, T := len(p.Regions), len(p.Weeks)
	inUnits := func(values []float64, column, columns int) []float64 {
		scaled := make([]float64, R*T)
		for cell := range scaled {
			if values != nil {
				scaled[cell] = values[cell*columns+column] * m.Data.unit(cell)
			}
		}
		return scaled
	}
	all := []model.Component{
		{Name: string(model.Baseline), Kind: model.Baseline, Value: inUnits(m.Floats(m.Level), 0, 1)},
		{Name: string(model.Trend), Kind: model.Trend, Value: inUnits(m.Floats(m.Trend), 0, 1)},
		{Name: string(model.Season), Kind: model.Season, Value: inUnits(m.Floats(m.Season), 0, 1)},
	}
	if m.Holidays != nil {
		all = append(all, model.Component{Name: string(model.Holidays), Kind: model.Holidays, Value: inUnits(m.Floats(m.Holidays), 0, 1)})
	}
	var controls []float64
	if m.Controls != nil {
		controls = m.Floats(m.Controls)
	}
	for c, name := range p.Controls {
		all = append(all, model.Component{Name: name, Kind: model.ControlKind(p, c), Value: inUnits(controls, c, len(p.Controls))})
	}
	media := m.Floats(m.Media)
	for c, name := range p.Channels {
		all = append(all, model.Component{Name: name, Kind: model.ChannelKind(p, c), Value: inUnits(media, c, len(p.Channels))})
	}
	return all
}

// notes returns the sentences about the model for the dashboard.
func (t *Trainer) notes() model.Notes {
	every := t.task.Panel.Resolution
	week, weeks := every.Noun(1), every.Noun(2)
	of := "its average " + week
	if t.settings.MediaScaling == Share {
		of = "an average channel's average " + week
	}
	return model.Notes{
		Exposure:     fmt.Sprintf("in multiples of %s in the region", of),
		ControlStep:  "region's mean",
		Coefficients: fmt.Sprintf("They vary over %s only if that improves the forecasts.", weeks),
		Scaling: []string{
			fmt.Sprintf("Media: divided by the region's mean over the %s fitted to.", weeks),
			"Controls: distance from their region's mean, in standard deviations within regions; logarithms of those that differ more between regions.",
			fmt.Sprintf("Target: divided by the region's mean over the %s fitted to.", weeks),
		},
		Loss: "It is minus the log density of a cell, below 0 where a density is above 1, and counts for less once the noise turns out to be correlated.",
	}
}

// describe reads from the members, evaluated, what each channel and control does: the mean over them.
func (t *Trainer) describe(r result) model.Description {
	p, data := t.task.Panel, r.members[0].Fit.Model.Data
	d := model.Description{Coefficients: model.CoefficientPaths(p), Notes: t.notes()}
	d.Notes.Scaling = append(d.Notes.Scaling, data.Scaling.shifted(p.Channels, data.Clipped)...)
	d.Notes.Scaling = append(d.Notes.Scaling, fmt.Sprintf("The first %d %s do not count in the fit: exposure of %s "+
		"before them may still have an effect. The holdout continues the %[3]s fitted to.",
		uncounted(t.task.Shared.BurnInWeeks, data.Train, p.Resolution), p.Resolution.RowNoun(2), p.Resolution.Noun(2)))
	d.Notes.Prior = t.task.Shared.MediaContributionPrior > 0
	d.Responses = r.answers.described(p.Channels, window(p.Resolution), r.draws)
	coefficients := meanCoefficients(r.members)
	R, T, K := len(p.Regions), len(p.Weeks), len(d.Coefficients)
	for k := range d.Coefficients {
		d.Coefficients[k].Append(R, T, func(region, week int) float64 { return coefficients[(region*T+week)*K+k] })
	}
	return d
}

// meanCoefficients are the coefficients of the channels, then of the controls, in the last runs of the members, [R, T, M + C]: the
// mean over the members.
func meanCoefficients(members []Member) []float64 {
	d := members[0].Fit.Model.Data
	R, T, M, C := d.Regions, d.Weeks, d.Channels, d.Controls
	mean := make([]float64, R*T*(M+C))
	for _, member := range members {
		m := member.Fit.Model
		strength, level, effects := m.strengths(), m.Floats(m.Level), m.ControlEffects()
		for r := range R {
			for t := range T {
				row := mean[(r*T+t)*(M+C):][:M+C]
				for c := range M {
					row[c] += member.Weight * strength(r, t, c)
				}
				for c, effect := range effects {
					row[M+c] += member.Weight * effect * level[r*T+t]
				}
			}
		}
	}
	return mean
}
