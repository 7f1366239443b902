package structural

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

func (t *Trainer) outcome(fit *Fit, choice *Choice, effects *Effects, members []Member) (*model.Outcome, error) {
	p, m := t.task.Panel, fit.Model
	if err := m.Evaluate(); err != nil {
		return nil, err
	}
	out := &model.Outcome{
		Fitted: &Fitted{
			settings: t.settings, panel: p, train: t.task.Train, shape: m.Shape, scaling: m.Data.Scaling, graph: fit.Graph, params: m.Params,
			exposure: p.Exposure(m.Data.Media, m.Data.Scaling.exposure()),
		},
		Parts: parts(m, p, t.task.Spans()), History: table(t.steps), Steps: len(t.steps),
	}
	if t.keep {
		out.ByCell = effects.ByCell
	}
	if t.task.Shared.HasDAG() {
		out.Graph = model.Graph{Adjacency: fit.Graph.Strongest(), Pruned: fit.Graph}
	}
	out.Description = t.describe(m)
	out.Inference = inference(fit, p.Channels, choice, effects, members)
	if len(members) > 0 {
		out.Intervals = intervals(out.Parts, len(p.Weeks), members)
	}
	out.Seconds = t.clock.Elapsed().Seconds()
	out.PerStep = out.Seconds / math.Max(1, float64(out.Steps))
	return out, nil
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

func inference(fit *Fit, channels []string, choice *Choice, e *Effects, members []Member) *model.Inference {
	d := &model.Inference{
		Choice: choice.described(), Sigma: fit.Sigma, Design: fit.Design, Iterations: fit.Iterations, Converged: fit.Converged,
		Ensemble: len(members), KPI: e.KPI, Effects: []model.Effect{}, Paths: []model.Path{}, Equations: equations(fit.Graph, channels),
	}
	for c, name := range channels {
		for _, kind := range []model.EffectKind{model.Direct, model.Indirect, model.Total} {
			d.Effects = append(d.Effects, effectOf(name, kind, c, e, members))
		}
	}
	for _, p := range e.Paths {
		path := model.Path{Value: p.Value, Share: p.Value / e.KPI}
		for _, c := range p.Channels {
			path.Channels = append(path.Channels, channels[c])
		}
		d.Paths = append(d.Paths, path)
	}
	if len(members) > 0 {
		var graphs []*dag.Graph
		for _, m := range members {
			graphs = append(graphs, m.Graph)
		}
		frequency := dag.Frequency(graphs)
		for c := range channels {
			d.Frequency = append(d.Frequency, mat.Row(nil, c, frequency))
		}
		d.TotalLow, d.TotalHigh = nationalIntervals(fit.Model, members)
	}
	for _, known := range fit.Model.Data.Known {
		if !known {
			d.Unrecorded++
		}
	}
	return d
}

// described is the choice in the form that every model shares.
func (c *Choice) described() *model.Choice {
	out := &model.Choice{Shape: c.Shape, Words: c.Shape.String(), Trials: []model.Trial{}, Origins: append([]model.Weeks{}, c.Origins...)}
	for _, t := range c.Trials {
		out.Trials = append(out.Trials, model.Trial{What: t.What, Shape: t.Shape, WMAPE: t.WMAPE, Taken: t.Taken})
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

// nationalIntervals bound each week's sum over the regions.
func nationalIntervals(m *Model, members []Member) (low, high []float64) {
	T := m.Data.Weeks
	overRegions := func(x []float64, week int) float64 {
		total := 0.0
		for cell := week; cell < len(x); cell += T {
			total += x[cell]
		}
		return total
	}
	predicted := m.predicted()
	for week := range T {
		draws := make([]float64, len(members))
		for k, member := range members {
			draws[k] = overRegions(member.Predicted, week)
		}
		i := IntervalOf(overRegions(predicted, week), draws)
		low, high = append(low, i.Low), append(high, i.High)
	}
	return low, high
}

// intervals bound what may be observed in each region and week, [R, T].
func intervals(parts []model.Part, weeks int, members []Member) []model.Interval {
	bounds := make([]model.Interval, len(members[0].Predicted))
	draws := make([]float64, len(members))
	for _, part := range parts {
		for i, predicted := range part.Predicted {
			cell := part.Cell(i, weeks)
			for k, m := range members {
				draws[k] = m.Predicted[cell]
			}
			bounds[cell] = IntervalOf(predicted, draws)
		}
	}
	return bounds
}

// pick is one kind of a channel's effects.
func pick(kind model.EffectKind, e Effect) float64 {
	return map[model.EffectKind]float64{model.Direct: e.Direct, model.Indirect: e.Indirect, model.Total: e.Total}[kind]
}

func effectOf(name string, kind model.EffectKind, c int, e *Effects, members []Member) model.Effect {
	value := pick(kind, e.Channels[c])
	effect := model.Effect{Channel: name, Kind: kind, Value: value, Share: value / e.KPI}
	if len(members) > 0 {
		var draws []float64
		for _, m := range members {
			draws = append(draws, pick(kind, m.Effects[c]))
		}
		i := IntervalOf(value, draws)
		effect.Low, effect.High = &i.Low, &i.High
	}
	return effect
}

func equations(g *dag.Graph, channels []string) []model.Equation {
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
func notes(every panel.Resolution) model.Notes {
	week, weeks := every.Noun(1), every.Noun(2)
	return model.Notes{
		Exposure:     fmt.Sprintf("in multiples of its average %s in the region", week),
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

// describe reads from a model, evaluated, what each channel and control does.
func (t *Trainer) describe(m *Model) model.Description {
	p := t.task.Panel
	d := model.Description{Coefficients: model.CoefficientPaths(p), Notes: notes(p.Resolution)}
	d.Notes.Scaling = append(d.Notes.Scaling, m.Data.Scaling.shifted(p.Channels, m.Data.Clipped)...)
	d.Notes.Scaling = append(d.Notes.Scaling, fmt.Sprintf("The first %d %s do not count in the fit: exposure of %s "+
		"before them may still have an effect. The holdout continues the %[3]s fitted to.",
		uncounted(t.task.Shared.BurnInWeeks, m.Data.Train, p.Resolution), p.Resolution.RowNoun(2), p.Resolution.Noun(2)))
	d.Notes.Prior = t.task.Shared.MediaContributionPrior > 0
	R, T, M, C := len(p.Regions), len(p.Weeks), len(p.Channels), len(p.Controls)
	carried, strength, level := m.Floats(m.Carried), m.Floats(m.Strength), m.Floats(m.Level)
	for c, response := range m.Responses() {
		var exposure []float64
		for i := c; i < len(carried); i += M {
			exposure = append(exposure, carried[i])
		}
		d.Responses = append(d.Responses, model.ResponseOf(p.Channels[c], response, exposure))
	}
	var deviation []float64
	if m.Deviation != nil {
		deviation = m.Floats(m.Deviation)
	}
	for c := range p.Channels {
		d.Coefficients[c].Append(R, T, func(region, week int) float64 {
			v := strength[region*M+c]
			if deviation != nil {
				v *= deviation[(region*T+week)*M+c]
			}
			return v
		})
	}
	effects := m.ControlEffects()
	for c := range C {
		d.Coefficients[M+c].Append(R, T, func(region, week int) float64 {
			if effects == nil {
				return 0
			}
			return effects[c] * level[region*T+week]
		})
	}
	return d
}
