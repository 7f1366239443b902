package train

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/internal/blas"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/structural"
)

// StructuralDetails are what only the structural model tells: nil in the details of another.
type StructuralDetails struct {
	Effects    []Effect           `json:"effects"`                     // of each channel and kind
	Paths      []Path             `json:"paths"`                       // along which channels act through others, strongest first
	Choice     *structural.Choice `json:"choice"`                      // how the shape was chosen
	Sigma      float64            `json:"sigma"`                       // the noise, in multiples of a region's average week
	Design     float64            `json:"design"`                      // the design effect: how many region-weeks tell as much as one would with independent noise
	Iterations int                `json:"iterations"`                  // of the fit
	Converged  bool               `json:"converged"`                   // or it ran out of iterations
	Ensemble   int                `json:"ensemble"`                    // how many resamples the intervals are of; 0: there are none
	LeftOut    []string           `json:"ensemble_left_out,omitempty"` // resamples that are in no interval, and why
	Frequency  [][]float64        `json:"frequency"`                   // of each edge in the resamples, [M, M]; null without
	Unrecorded int                `json:"unrecorded"`                  // region-weeks without a target, which count in no figure
	Equations  []Equation         `json:"equations"`                   // the graph's edges, lag by lag
	KPI        float64            `json:"kpi"`                         // predicted, over all regions and weeks
	TotalLow   []float64          `json:"total_low"`                   // where the week's sum over the regions may lie, [T]; null without an ensemble
	TotalHigh  []float64          `json:"total_high"`
}

// Effect is what a channel did over all regions and weeks, in the target's units and as a share of what is predicted.
// Low and High bound the value with a probability of 80 %; nil without an ensemble.
type Effect struct {
	Channel string     `json:"channel"`
	Kind    EffectKind `json:"kind"`
	Value   float64    `json:"value"`
	Share   float64    `json:"share"`
	Low     *float64   `json:"low"`
	High    *float64   `json:"high"`
}

// EffectKind says by which way a channel acts.
type EffectKind string

// The kinds of effects: a channel's own, that through the channels that it moves, and both.
const (
	Direct   EffectKind = "direct"
	Indirect EffectKind = "indirect"
	Total    EffectKind = "total"
)

// Path is an indirect effect, from the cause to the channel that sells.
type Path struct {
	Channels []string `json:"channels"`
	Value    float64  `json:"value"`
	Share    float64  `json:"share"`
}

// Equation is a term of a structural equation: by how much (in log points) the child moves when the parent moved by one,
// some weeks before.
type Equation struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Lag    int     `json:"lag"`
	Weight float64 `json:"weight"`
}

// structuralFit is what a result of the structural model is written from besides.
type structuralFit struct {
	fit     *structural.Fit
	effects *structural.Effects
	steps   []structural.Step
	ranges  []structural.Interval // of the predictions, [R, T]; nil without an ensemble
}

func (t *structuralTrainer) result(fit *structural.Fit, choice *structural.Choice, effects *structural.Effects, members []structural.Member) (*Result, error) {
	r := &Result{
		Config: t.config, Panel: t.panel, Params: fit.Model.Params, Details: describePanel(t.panel, t.train.To, true),
		structural: &structuralFit{fit: fit, effects: effects, steps: t.steps},
	}
	if err := fit.Model.Evaluate(); err != nil {
		return nil, err
	}
	spans := []namedSpan{{"train", t.train}}
	if whole := len(t.panel.Weeks); t.train.To < whole {
		spans = append(spans, namedSpan{"holdout", panel.Span{From: t.train.To, To: whole}})
	}
	r.Parts = partsOf(fit.Model, t.panel, spans)
	g := fit.Graph
	if t.config.HasDAG() {
		r.Graph = Graph{Adjacency: g.All, Pruned: g.All, Removed: g.Cut}
		r.Metrics.Graph = r.Graph.figures(t.panel.Channels)
	} else {
		r.Metrics.Graph.IsDAG = true
	}
	r.describe(fit.Model)
	r.Details.Structural = t.details(fit, choice, effects, members)
	if len(members) > 0 {
		r.structural.ranges = predictionRanges(r.Parts, len(t.panel.Weeks), members)
	}
	r.Metrics.BLAS = blas.Used()
	seconds := t.clock.elapsed().Seconds()
	r.Metrics.Timing = Timing{
		SecondsPerEpoch: seconds / math.Max(1, float64(len(t.steps))), Epochs: len(t.steps), TotalSeconds: seconds, PeakRSSMB: peakRSSMB(),
	}
	r.measure()
	return r, nil
}

func (t *structuralTrainer) details(fit *structural.Fit, choice *structural.Choice, e *structural.Effects, members []structural.Member) *StructuralDetails {
	d := &StructuralDetails{
		Choice: choice, Sigma: fit.Sigma, Design: fit.Design, Iterations: fit.Iterations, Converged: fit.Converged, Ensemble: len(members), KPI: e.KPI,
		Effects: []Effect{}, Paths: []Path{}, Equations: equations(fit.Graph, t.panel.Channels),
	}
	for c, name := range t.panel.Channels {
		for _, kind := range []EffectKind{Direct, Indirect, Total} {
			d.Effects = append(d.Effects, effectOf(name, kind, c, e, members))
		}
	}
	for _, p := range e.Paths {
		path := Path{Value: p.Value, Share: p.Value / e.KPI}
		for _, c := range p.Channels {
			path.Channels = append(path.Channels, t.panel.Channels[c])
		}
		d.Paths = append(d.Paths, path)
	}
	if len(members) > 0 {
		frequency := structural.Frequency(members)
		for c := range t.panel.Channels {
			d.Frequency = append(d.Frequency, mat.Row(nil, c, frequency))
		}
		d.totals(fit.Model, members)
	}
	for _, known := range fit.Model.Data.Known {
		if !known {
			d.Unrecorded++
		}
	}
	return d
}

// totals sets where the sums over the regions may lie.
func (d *StructuralDetails) totals(m *structural.Model, members []structural.Member) {
	T := m.Data.Weeks
	overRegions := func(x []float64, week int) float64 {
		total := 0.0
		for cell := week; cell < len(x); cell += T {
			total += x[cell]
		}
		return total
	}
	predicted := m.Floats(m.Prediction)
	for cell := range predicted {
		predicted[cell] *= m.Data.Scaling.Target[cell/T]
	}
	for week := range T {
		draws := make([]float64, len(members))
		for k, member := range members {
			draws[k] = overRegions(member.Predicted, week)
		}
		i := structural.IntervalOf(overRegions(predicted, week), draws)
		d.TotalLow, d.TotalHigh = append(d.TotalLow, i.Low), append(d.TotalHigh, i.High)
	}
}

// of picks a kind of a channel's effects.
func (k EffectKind) of(e structural.Effect) float64 {
	return map[EffectKind]float64{Direct: e.Direct, Indirect: e.Indirect, Total: e.Total}[k]
}

func effectOf(name string, kind EffectKind, c int, e *structural.Effects, members []structural.Member) Effect {
	value := kind.of(e.Channels[c])
	effect := Effect{Channel: name, Kind: kind, Value: value, Share: value / e.KPI}
	if len(members) > 0 {
		var draws []float64
		for _, m := range members {
			draws = append(draws, kind.of(m.Effects[c]))
		}
		i := structural.IntervalOf(value, draws)
		effect.Low, effect.High = &i.Low, &i.High
	}
	return effect
}

func equations(g *structural.Graph, channels []string) []Equation {
	terms := []Equation{}
	for lag, w := range append([]*mat.Dense{g.Same}, g.Lagged...) {
		for i, from := range channels {
			for j, to := range channels {
				if v := w.At(i, j); v != 0 {
					terms = append(terms, Equation{from, to, lag, v})
				}
			}
		}
	}
	return terms
}

// namedSpan is a part's name and weeks.
type namedSpan struct {
	name string
	span panel.Span
}

// partsOf brings the components of a model's last run to the target's units, span by span. The prediction is their sum.
// Actuals that were not recorded are NaN.
func partsOf(m *structural.Model, p *panel.Panel, spans []namedSpan) []Part {
	all := components(m, p)
	weeks := len(p.Weeks)
	var parts []Part
	for _, s := range spans {
		part := Part{Name: s.name, Span: s.span, Regions: len(p.Regions)}
		for r := range p.Regions {
			for t := s.span.From; t < s.span.To; t++ {
				actual := nan
				if cell := r*weeks + t; m.Data.Known[cell] {
					actual = p.Target[cell]
				}
				part.Actual = append(part.Actual, actual)
			}
		}
		part.Predicted = make([]float64, len(part.Actual))
		for _, c := range all {
			here := Component{Name: c.Name, Kind: c.Kind}
			for r := range p.Regions {
				here.Value = append(here.Value, c.Value[r*weeks+s.span.From:r*weeks+s.span.To]...)
			}
			for i, v := range here.Value {
				part.Predicted[i] += v
			}
			part.Components = append(part.Components, here)
		}
		parts = append(parts, part)
	}
	return parts
}

// components are a model's addends over all of its weeks.
func components(m *structural.Model, p *panel.Panel) []Component {
	R, T := len(p.Regions), len(p.Weeks)
	inUnits := func(values []float64, column, columns int) []float64 {
		scaled := make([]float64, R*T)
		for cell := range scaled {
			if values != nil {
				scaled[cell] = values[cell*columns+column] * m.Data.Scaling.Target[cell/T]
			}
		}
		return scaled
	}
	all := []Component{
		{componentBaseline, Baseline, inUnits(m.Floats(m.Level), 0, 1)},
		{componentTrend, Trend, inUnits(m.Floats(m.Trend), 0, 1)},
		{componentSeason, Season, inUnits(m.Floats(m.Season), 0, 1)},
	}
	var controls []float64
	if m.Controls != nil {
		controls = m.Floats(m.Controls)
	}
	for c, name := range p.Controls {
		all = append(all, Component{name, Control, inUnits(controls, c, len(p.Controls))})
	}
	media := m.Floats(m.Media)
	for c, name := range p.Channels {
		all = append(all, Component{name, Media, inUnits(media, c, len(p.Channels))})
	}
	return all
}

// predictionRanges are the intervals of what may be observed in each region and week.
func predictionRanges(parts []Part, weeks int, members []structural.Member) []structural.Interval {
	ranges := make([]structural.Interval, len(members[0].Predicted))
	draws := make([]float64, len(members))
	for _, part := range parts {
		for i, predicted := range part.Predicted {
			cell := i/part.Span.Len()*weeks + part.Span.From + i%part.Span.Len()
			for k, m := range members {
				draws[k] = m.Predicted[cell]
			}
			ranges[cell] = structural.IntervalOf(predicted, draws)
		}
	}
	return ranges
}

// describe adds what a model, evaluated, holds of each channel and control.
func (r *Result) describe(m *structural.Model) {
	d, p := &r.Details, r.Panel
	R, T, M, C := len(p.Regions), len(p.Weeks), len(p.Channels), len(p.Controls)
	carried, strength, level := m.Floats(m.Carried), m.Floats(m.Strength), m.Floats(m.Level)
	for c, response := range m.Responses() {
		var exposure []float64
		for i := c; i < len(carried); i += M {
			exposure = append(exposure, carried[i])
		}
		slices.Sort(exposure)
		at := func(q float64) float64 { return panel.Quantile(exposure, q) }
		d.Responses = append(d.Responses, Response{
			Channel: p.Channels[c], Decay: response.Decay, HalfSaturation: response.HalfSaturation, Slope: response.Slope,
			Exposure: Range{at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)},
		})
	}
	var deviation []float64
	if m.Deviation != nil {
		deviation = m.Floats(m.Deviation)
	}
	for c := range p.Channels {
		d.Coefficients[c].quartiles(R, T, func(region, week int) float64 {
			v := strength[region*M+c]
			if deviation != nil {
				v *= deviation[(region*T+week)*M+c]
			}
			return v
		})
	}
	effects := m.ControlEffects()
	for c := range C {
		d.Coefficients[M+c].quartiles(R, T, func(region, week int) float64 {
			if effects == nil {
				return 0
			}
			return effects[c] * level[region*T+week]
		})
	}
}
