package structural

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// Shape is what of the model is chosen: sizes, and how strongly its parts are shrunk. Choose finds it.
type Shape struct {
	Knots        int     `json:"knots"`         // of the trend, over the training weeks
	RegionTrend  float64 `json:"region_trend"`  // standard deviation of a region's own step from knot to knot
	Harmonics    int     `json:"harmonics"`     // of the yearly season; 0: none
	Control      float64 `json:"control"`       // standard deviation of a control's effect; 0: none
	Media        float64 `json:"media"`         // what all channels are expected to add when saturated, in multiples of the level
	RegionEffect float64 `json:"region_effect"` // standard deviation of the regions' log effects; 0: all are alike
	Units        int     `json:"units"`         // of the GRU behind the coefficients' deviations; 0: none
}

// String says a shape in words.
func (s Shape) String() string {
	parts := []string{fmt.Sprintf("trend of %d knots (regions' own steps %g)", s.Knots, s.RegionTrend)}
	if s.Harmonics > 0 {
		parts = append(parts, fmt.Sprintf("season of %d harmonics", s.Harmonics))
	} else {
		parts = append(parts, "no season")
	}
	if s.Control > 0 {
		parts = append(parts, fmt.Sprintf("controls' prior %g", s.Control))
	} else {
		parts = append(parts, "no controls")
	}
	parts = append(parts, fmt.Sprintf("media's prior %g", s.Media))
	if s.RegionEffect > 0 {
		parts = append(parts, fmt.Sprintf("effects differ by region (prior %g)", s.RegionEffect))
	} else {
		parts = append(parts, "effects alike in all regions")
	}
	if s.Units > 0 {
		parts = append(parts, fmt.Sprintf("coefficients that vary (GRU of %d units)", s.Units))
	} else {
		parts = append(parts, "coefficients that do not vary")
	}
	return strings.Join(parts, ", ")
}

// The standard deviations that are not chosen.
const (
	nationalTrend = 0.1  // of what the national trend moves by in calmWeeks
	seasonSize    = 0.1  // of a wave
	deviationSize = 0.15 // of a coefficient's deviation from its mean, cell by cell
)

// nationalStep is the standard deviation of a national step between two of so many knots: that of a random walk, which grows
// with the root of the time between them, so that more knots do not make the trend expect more.
func nationalStep(train, knots int) float64 {
	return nationalTrend * math.Sqrt(float64(train)/float64(knots)/calmWeeks)
}

// Outputs are the nodes of the forward pass, relative to the region's average week: [R, T], with a last axis for channels
// or controls. Level, trend, season, controls and media add up to the prediction.
type Outputs struct {
	Exposure             *gorgonia.Node // as happened, or as an intervention leads to
	Level, Trend, Season *gorgonia.Node
	Controls             *gorgonia.Node // [R, T, C]; nil without
	Media                *gorgonia.Node // [R, T, M]
	Carried              *gorgonia.Node // [R, T, M]
	Strength             *gorgonia.Node // [R, M]: what a channel adds where it is saturated
	Deviation            *gorgonia.Node // [R, T, M]: a factor of the strength; nil without a GRU
	Prediction           *gorgonia.Node
}

// Loss is what is minimised, and its parts.
type Loss struct {
	Total     *gorgonia.Node
	Fit       *gorgonia.Node // mean Huber loss over what counts, in units of the noise's variance
	Prior     *gorgonia.Node // all penalties, divided by how many cells count
	Structure *gorgonia.Node // weighted score of the structural equations; nil without edges
}

// Model is the expression graph on one panel. A Model is not safe for concurrent use.
type Model struct {
	Data  *Data
	Shape Shape
	Graph *gorgonia.ExprGraph
	Outputs
	Loss       Loss
	Parameters []*graph.Param
	Params     *graph.Params

	effect    *layers.Effect
	equations *layers.Equations
	controls  *gorgonia.Node // the controls' coefficients [1, C]
	weight    *gorgonia.Node
	precision *gorgonia.Node // 1/(σ²·design effect)
	delta     *gorgonia.Node
	do, held  *gorgonia.Node
	gradients gorgonia.Nodes
	machine   *graph.Machine
	options   Options
	penalties gorgonia.Nodes
}

// Options of a model besides its shape.
type Options struct {
	StructureWeight float64 // of the structural equations' score. Default 1.
	Priors          []SharePrior
	Anchors         []float64 // see layers.EffectPriors
	Seed            uint64    // of the GRU's starts
}

// AllMedia stands for all channels together in a SharePrior.
const AllMedia = -1

// SharePrior is what an experiment, or another study, says of a channel: its direct share of the KPI over the training weeks.
type SharePrior struct {
	Channel int // or AllMedia
	Share   float64
	SD      float64
}

// huberWidth is from how many standard deviations of the noise on an error counts by its size, not by its square.
const huberWidth = 2

// NewModel builds the graph. params is filled by the first model on it; another panel's model shares them if it has the same
// regions and channels, knots and harmonics. A model that does not train has no loss.
func NewModel(d *Data, g *dag.Graph, shape Shape, o Options, params *graph.Params, training bool) (_ *Model, err error) {
	defer op.Catch(&err)
	m := &Model{Data: d, Shape: shape, Graph: gorgonia.NewGraph(), Params: params, options: o}
	s := graph.NewScope(m.Graph, params)
	R, T, M := d.Regions, d.Weeks, d.Channels
	m.do, m.held = s.Constant("do", layers.Ones(T*M), T, M), s.Input("held", T, M)
	m.Exposure = s.Constant("exposure", d.Media, R, T, M)
	weights := g.Weights().RawMatrix().Data
	if m.equations, err = layers.NewEquations(s, g.Order(), weights[:M*M], weights[M*M:]); err != nil {
		return nil, err
	}
	m.Exposure = op.Must(m.equations.Travel(m.Exposure, m.do, m.held))
	if err := m.forward(s); err != nil {
		return nil, err
	}
	stages := []gorgonia.Nodes{m.outputs()}
	var nodes gorgonia.Nodes
	nodes, m.Parameters = s.Params()
	if training {
		if err := m.objective(s); err != nil {
			return nil, err
		}
		if m.gradients, err = gorgonia.Grad(m.Loss.Total, nodes...); err != nil {
			return nil, fmt.Errorf("causal: %w", err)
		}
		stages = append(stages, append(m.losses(), m.gradients...))
	}
	m.machine = graph.NewMachine(stages...)
	return m, nil
}

func (m *Model) forward(s *graph.Scope) (err error) {
	defer op.Catch(&err)
	d, c := m.Data, m.Shape
	R, T, M, C := d.Regions, d.Weeks, d.Channels, d.Controls
	var waves *gorgonia.Node
	if c.Harmonics > 0 {
		waves = s.Constant("waves", d.waves(c.Harmonics), 2*c.Harmonics, T)
	}
	base, err := layers.NewMovingBaseline(s, R, s.Constant("ramps", d.ramps(c.Knots), c.Knots, T), waves,
		layers.MovingPriors{Trend: nationalStep(d.Train, c.Knots), RegionTrend: c.RegionTrend, Season: seasonSize})
	if err != nil {
		return err
	}
	m.penalties = append(m.penalties, base.Shrunk)
	m.Level = base.Level
	m.Trend = op.Must(op.Combine([]float64{1, -1}, base.WithTrend, base.Level))
	m.Season = op.Must(op.Combine([]float64{1, -1}, base.All, base.WithTrend))
	parts := gorgonia.Nodes{base.All}

	priors := layers.DefaultEffectPriors(M)
	priors.Anchors = m.options.Anchors
	priors.Effect.Mean = math.Log(c.Media / float64(M))
	priors.Region = c.RegionEffect
	exposure := m.Exposure
	if d.Scaling.Share != nil {
		exposure = op.Must(op.ByRegion(exposure, s.Constant("shares", d.Scaling.Share, R, M)))
	}
	if m.effect, err = layers.NewEffect(s, exposure, base.LogLevel, priors); err != nil {
		return err
	}
	m.penalties = append(m.penalties, m.effect.Shrunk)
	m.Media, m.Carried, m.Strength = m.effect.Contributions, m.effect.Carried, m.effect.Strength

	var z *gorgonia.Node
	if C > 0 {
		z = s.Constant("controls", d.Control, R, T, C)
	}
	if c.Units > 0 {
		features := m.effect.Saturated
		if C > 0 {
			features = op.Must(op.Join(features, z))
		}
		deviation, err := layers.NewDeviation(s, features, c.Units, M, d.Train+d.Ahead, deviationSize)
		if err != nil {
			return err
		}
		m.penalties = append(m.penalties, deviation.Shrunk)
		m.Deviation = deviation.Factor
		m.Media = op.Must(op.Mul(m.Media, deviation.Factor))
	}
	parts = append(parts, op.Must(op.Reduce(0, m.Media, 1)))
	if C > 0 && c.Control > 0 {
		m.controls = s.Param("control.effect", graph.Coefficients, graph.Fill(0), C)
		m.penalties = append(m.penalties, op.Must(layers.Shrink(m.controls, 0, c.Control)))
		levels := op.Must(op.Expand(nil, op.Must(op.Exp(base.LogLevel)), []int{C}))
		m.Controls = op.Must(op.ByRegion(z, op.Must(op.Mul(levels, op.Must(op.Expand([]int{R}, m.controls, nil))))))
		parts = append(parts, op.Must(op.Reduce(0, m.Controls, 1)))
	}
	m.Prediction, err = op.Add(parts...)
	return err
}

// objective is, with n cells that count and noise of variance σ²,
//
//	1/σ² · mean ρ(prediction − target) + 1/n · Σ penalties + structure_weight · ½/rows·‖ε‖²
func (m *Model) objective(s *graph.Scope) (err error) {
	defer op.Catch(&err)
	d := m.Data
	n := 0.0
	for _, w := range d.Weight {
		n += w
	}
	target := s.Constant("target", d.Target, d.Regions, d.Weeks)
	m.weight = s.Constant("weight", d.Weight, d.Regions, d.Weeks)
	m.precision, m.delta = s.Scalar("1/σ²", 1), s.Scalar("δ", 1)
	for _, p := range m.options.Priors {
		m.penalties = append(m.penalties, m.sharePenalty(s, p))
	}
	mean := op.Must(op.WeightedHuber(m.Prediction, target, m.weight, m.delta))
	m.Loss.Fit = op.Must(op.Mul(mean, m.precision))
	m.Loss.Prior = op.Must(op.Combine([]float64{1 / n}, op.Must(op.Add(m.penalties...))))
	score, err := m.score(s)
	if err != nil {
		return err
	}
	m.Loss.Structure = op.Must(op.Combine([]float64{m.options.StructureWeight}, score))
	m.Loss.Total, err = op.Add(m.Loss.Fit, m.Loss.Prior, m.Loss.Structure)
	return err
}

// score is that of the structural equations on the signals of the training weeks.
func (m *Model) score(s *graph.Scope) (*gorgonia.Node, error) {
	lags, M := m.equations.Lags(), m.Data.Channels
	signals, err := m.Data.signals(lags)
	if err != nil {
		return nil, err
	}
	all, err := dag.Stack(lags, signals...)
	if err != nil {
		return nil, err
	}
	rows := mat.NewDense(all.Rows, all.Cols, all.Data)
	columns := func(name string, from, to int) *gorgonia.Node {
		part := mat.DenseCopyOf(rows.Slice(0, all.Rows, from, to))
		return s.Constant(name, part.RawMatrix().Data, all.Rows, to-from)
	}
	return m.equations.Score(columns("signals", 0, M), columns("past signals", M, all.Cols))
}

// sharePenalty is ½((share − prior)/sd)², the share counted over the cells that count.
func (m *Model) sharePenalty(s *graph.Scope, p SharePrior) *gorgonia.Node {
	d := m.Data
	R, T, M := d.Regions, d.Weeks, d.Channels
	weights, total := make([]float64, R*T*M), 0.0
	for cell, w := range d.Weight {
		units := w * d.Scaling.Target[cell/T] // so that the share is one of the KPI
		total += units * d.Target[cell]
		for c := range M {
			if p.Channel == AllMedia || p.Channel == c {
				weights[cell*M+c] = units
			}
		}
	}
	for i := range weights {
		weights[i] /= total
	}
	name := fmt.Sprintf("cells of the share of %d", p.Channel)
	share := op.Must(op.Reduce(0, op.Must(op.Mul(m.Media, s.Constant(name, weights, R, T, M))), 3))
	return op.Must(layers.Shrink(share, p.Share, p.SD))
}

func (m *Model) outputs() gorgonia.Nodes {
	nodes := gorgonia.Nodes{m.Exposure, m.Level, m.Trend, m.Season, m.Media, m.Carried, m.Prediction, m.Strength}
	for _, n := range (gorgonia.Nodes{m.Controls, m.Deviation}) {
		if n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func (m *Model) losses() gorgonia.Nodes {
	return gorgonia.Nodes{m.Loss.Total, m.Loss.Fit, m.Loss.Prior, m.Loss.Structure}
}

// An Intervention sets channels to multiples of their exposure, by their position.
type Intervention map[int]float64

// Evaluate runs the forward pass as it happened.
func (m *Model) Evaluate() error { return m.Do(nil, 0) }

// Do runs the forward pass under an intervention in all weeks from one on; what it moves travels along the graph.
func (m *Model) Do(i Intervention, from int) error {
	T, M := m.Data.Weeks, m.Data.Channels
	do, held := layers.Ones(T*M), make([]float64, T*M)
	for c, factor := range i {
		for t := from; t < T; t++ {
			do[t*M+c], held[t*M+c] = factor, 1
		}
	}
	copy(m.do.Value().(*tensor.Dense).Float64s(), do)
	copy(m.held.Value().(*tensor.Dense).Float64s(), held)
	return m.machine.RunTo(0)
}

// Response is how a channel carries over and saturates; see layers.Effect.
type Response struct{ Decay, HalfSaturation, Slope float64 }

// Responses are the channels'.
func (m *Model) Responses() []Response {
	of := func(name string) []float64 { return m.Params.Get(name).Value.Float64s() }
	decay, half, slope := of("effect.decay"), of("effect.half"), of("effect.slope")
	responses := make([]Response, m.Data.Channels)
	for c := range responses {
		responses[c] = Response{1 / (1 + math.Exp(-decay[c])), math.Exp(half[c]), math.Exp(slope[c])}
	}
	return responses
}

// ControlEffects are what a control adds for each standard deviation, in multiples of a region's level; nil where they do
// not count.
func (m *Model) ControlEffects() []float64 {
	if m.controls == nil {
		return nil
	}
	return m.Params.Get("control.effect").Value.Float64s()
}

// Floats copies a node's value of the last run.
func (m *Model) Floats(n *gorgonia.Node) []float64 { return m.machine.Floats(n) }

// Scalar is the value of a scalar node of the last run.
func (m *Model) Scalar(n *gorgonia.Node) float64 {
	if n == nil {
		return 0
	}
	return m.machine.Scalar(n)
}
