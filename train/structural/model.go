package structural

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
	"deepcausalmmm/panel"
)

// Shape are the choices of a model: sizes, and the widths of priors. Choose selects them by validation.
type Shape struct {
	Knots        int     `json:"knots"`              // of the trend over the training weeks
	Trend        float64 `json:"trend,omitempty"`    // standard deviation of the change of the national trend in calmWeeks
	RegionTrend  float64 `json:"region_trend"`       // standard deviation of a region's own step from knot to knot
	Harmonics    int     `json:"harmonics"`          // of the yearly season; 0: none
	Weekdays     bool    `json:"weekdays,omitempty"` // a weekly season, of a panel of days
	Holidays     float64 `json:"holidays,omitempty"` // scale of a holiday's effect, whose prior has heavy tails; 0: none
	Control      float64 `json:"control"`            // scale of a control's effect, whose prior has heavy tails; 0: none
	Media        float64 `json:"media"`              // what all channels together are expected to add in an average week, in multiples of the level
	RegionEffect float64 `json:"region_effect"`      // standard deviation of the regions' log effects; 0: the same effect in all regions
	Units        int     `json:"units"`              // of the recurrence that coefficients vary by; 0: constant coefficients

	CarryOver  CarryOver  `json:"carry_over,omitempty"` // "": geometric, as in earlier versions
	Saturation Saturation `json:"saturation,omitempty"` // "": hill, as in earlier versions
	Signed     bool       `json:"signed,omitempty"`     // effects may be negative
	Shifts     Shifts     `json:"shifts,omitzero"`      // rows in which the national level shifts
}

// String describes a shape in words.
func (s Shape) String() string {
	parts := []string{fmt.Sprintf("trend of %d knots (regions' own steps %g)", s.Knots, s.RegionTrend)}
	if s.Shifts != (Shifts{}) {
		parts = append(parts, fmt.Sprintf("level shifts in rows %s", s.Shifts))
	}
	if s.Harmonics > 0 {
		parts = append(parts, fmt.Sprintf("season of %d harmonics", s.Harmonics))
	} else {
		parts = append(parts, "no season")
	}
	if s.Weekdays {
		parts = append(parts, "days of the week")
	}
	if s.Holidays > 0 {
		parts = append(parts, fmt.Sprintf("holidays' prior %g", s.Holidays))
	}
	if s.Control > 0 {
		parts = append(parts, fmt.Sprintf("controls' prior %g", s.Control))
	} else {
		parts = append(parts, "no controls")
	}
	parts = append(parts, fmt.Sprintf("media's prior %g", s.Media), s.CarryOver.form().words, s.Saturation.form().words)
	if s.Signed {
		parts = append(parts, "effects of either sign")
	}
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

// The standard deviations of priors that are fixed.
const (
	holidaySize   = 0.05 // of a holiday's effect, if it has one: a scale
	seasonSize    = 0.1  // of a wave
	shiftSize     = 0.15 // of a shift of the national level, in logarithms
	deviationSize = 0.15 // of a coefficient's deviation from its mean, cell by cell
)

// nationalStep is the prior standard deviation of a national step between two knots. It grows with the
// root of the time between them, as in a random walk, so more knots do not widen the prior of the trend.
func (s Shape) nationalStep(train int, every panel.Resolution) float64 {
	return s.Trend * math.Sqrt(float64(train)/float64(s.Knots)/float64(every.Rows(calmWeeks)))
}

// Outputs are the nodes of the forward pass, relative to the region's average week: [R, T], with a last axis for channels
// or controls. Level, trend, season, holidays, controls and media add up to the prediction.
type Outputs struct {
	Exposure             *graph.Node // as it happened, or under an intervention
	Level, Trend, Season *graph.Node
	Holidays             *graph.Node // nil without
	Controls             *graph.Node // [R, T, C]; nil without
	Media                *graph.Node // [R, T, M]
	Carried              *graph.Node // [R, T, M]
	Saturated            *graph.Node // [R, T, M]: in multiples of what an average week does
	Strength             *graph.Node // [R, M]: the contribution of an average week
	Deviation            *graph.Node // [R, T, M]: a factor of the strength; nil without a recurrence
	Prediction           *graph.Node
}

// Loss is the objective and its parts.
type Loss struct {
	Total *graph.Node
	Fit   *graph.Node // minus the mean log density of a cell, divided by the design effect
	Prior *graph.Node // all penalties, and the integral over the parameters, divided by the total weight of the cells
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

	carryOver, saturation graph.Layer
	recurrence            graph.Layer // nil without
	deviation             *layers.Deviation
	baseline              Baseline
	controls              *graph.Node // the controls' coefficients [C]
	noise                 *layers.Noise
	information           *graph.Node // 1/design effect: the independent cells in one
	integrated            *graph.Node // effective parameters in a cell, see effectiveParameters
	observed              *graph.Node // the controls, [R, T, C]; treatments as the intervention has them
	gradients             graph.Nodes
	machine               *graph.Machine
	options               Options
	penalties             graph.Nodes
	tested                *tested // what the experiments compare with; nil without
}

// Options of a model besides its shape.
type Options struct {
	Priors []SharePrior
	Graph  *dag.Graph // along which the channels of an experiment move others; needed only with Lifts
	Lifts  []Lift     // experiments; a model does not use those that end after the weeks it is fitted to
	Seed   uint64     // of the random starts of a recurrence
	Design Design
}

// AllMedia selects all channels together in a SharePrior.
const AllMedia = -1

// SharePrior is a channel's direct share of the KPI over the training weeks as known from an experiment or another study.
type SharePrior struct {
	Channel int // or AllMedia
	Share   float64
	SD      float64
}

// NewModel builds the graph. The first model on params fills them; the model of another panel shares them if it has the
// same regions and channels, knots and harmonics. A model that is not for training has no loss. A part of the design that
// does not fit is an error.
func NewModel(d *Data, shape Shape, o Options, params *graph.Params, training bool) (*Model, error) {
	m := &Model{Data: d, Shape: shape, Graph: gorgonia.NewGraph(), Params: params, options: o}
	if training {
		var err error
		if m.tested, err = newTested(d, o.Graph, o.Lifts); err != nil {
			return nil, err
		}
	}
	stages, err := graph.Build(func() []graph.Nodes { return m.build(graph.NewScope(m.Graph, params), training) })
	if err != nil {
		return nil, fmt.Errorf("structural: %w", err)
	}
	m.machine = graph.NewMachine(stages...)
	return m, nil
}

// build builds the graph and returns the nodes to evaluate: the outputs, and for training the loss and its gradients.
func (m *Model) build(s *graph.Scope, training bool) []graph.Nodes {
	d := m.Data
	R, T, M := d.Regions, d.Weeks, d.Channels
	m.Exposure = s.Constant("exposure", d.Media, R, T, M)
	m.forward(s)
	var nodes graph.Nodes
	nodes, m.Parameters = s.Params()
	if !training {
		return []graph.Nodes{m.outputs()}
	}
	m.objective(s)
	m.gradients = graph.Grad(m.Loss.Total, nodes...)
	return []graph.Nodes{m.outputs(), append(graph.Nodes{m.Loss.Total, m.Loss.Fit, m.Loss.Prior}, m.gradients...)}
}

// forward builds the equations of the model, in their order.
func (m *Model) forward(s *graph.Scope) {
	d, c, parts := m.Data, m.Shape, m.parts()
	R, T, M, C := d.Regions, d.Weeks, d.Channels, d.Controls

	var waves *graph.Node
	n := c.waves()
	if n > 0 {
		waves = s.Constant("waves", d.waves(c), 2*n, T)
	}
	m.baseline = parts.Baseline(s, R, c.Knots, n)
	base := m.baseline.Forward(s.Constant("ramps", d.ramps(c.Knots), c.Knots, T), waves)
	m.Level = base.Level
	m.Trend = op.Sub(base.WithTrend, base.Level)
	m.Season = op.Sub(base.All, base.WithTrend)
	m.penalise(graph.Penalty(m.baseline))

	var shares *graph.Node
	if d.Scaling.Share != nil {
		shares = s.Constant("shares", d.Scaling.Share, R, M)
	}
	m.carryOver, m.saturation = parts.CarryOver(s, M), parts.Saturation(s, M)
	strength := c.strength(s, R, M, m.effectPriors())
	m.Strength = strength.Forward(base.LogLevel)
	m.penalise(graph.Penalty(m.carryOver), graph.Penalty(m.saturation), graph.Penalty(strength))

	var z *graph.Node
	if C > 0 {
		z = s.Constant("controls", d.Control, R, T, C)
		m.observed = z
	}
	if c.Units > 0 {
		m.recurrence = parts.Recurrence(s, M+C, c.Units)
		m.deviation = layers.NewDeviation(s, c.Units, M, T, d.Train+d.Ahead, deviationSize)
	}
	sold := m.respond(m.Exposure, shares, m.Strength, z)
	m.Carried, m.Saturated, m.Deviation, m.Media = sold.carried, sold.saturated, sold.deviation, sold.media
	if m.deviation != nil {
		m.penalise(graph.Penalty(m.recurrence), m.deviation.Penalty(m.Deviation))
	}
	terms := graph.Nodes{base.All, op.Reduce(0, m.Media, 1)}
	if H := len(d.Days) / T; H > 0 && c.Holidays > 0 {
		holidays := layers.NewHolidays(s, H, c.Holidays)
		m.Holidays = holidays.Forward(base.WithTrend, s.Constant("holidays", d.Days, H, T))
		m.penalise(holidays.Penalty())
		terms = append(terms, m.Holidays)
	}
	if C > 0 && c.Control > 0 {
		m.controls = s.Param("control.effect", graph.Coefficients, graph.Fill(0), C)
		levels := op.Expand(nil, op.Exp(base.LogLevel), []int{C})
		m.Controls = op.ByRegion(z, op.Mul(levels, op.Expand([]int{R}, m.controls, nil)))
		m.penalise(layers.HeavyTailed(m.controls, c.Control))
		terms = append(terms, op.Reduce(0, m.Controls, 1))
	}
	m.Prediction = op.Add(terms...)
	m.noise = layers.NewNoise(s)
	if parts.Penalty != nil {
		m.penalise(parts.Penalty(s, m.Outputs))
	}
}

// response is what channels sell by their exposure, [rows, weeks, M]; see Outputs.
type response struct{ carried, saturated, deviation, media *graph.Node }

// respond maps relative exposure [rows, weeks, M] to what it sells, given the shares [rows, M] that are the unit of the effects (nil
// without), the strengths [rows, M] and the controls [rows, weeks, C] (nil without). A row is a region, or one under an intervention.
func (m *Model) respond(exposure, shares, strength, controls *graph.Node) response {
	if shares != nil {
		exposure = op.ByRegion(exposure, shares)
	}
	var r response
	if m.limited() {
		exposure = op.Clip(exposure, 0, mostExposure)
	}
	r.carried = m.carryOver.Forward(exposure)
	r.saturated = m.saturation.Forward(r.carried)
	r.media = op.ByRegion(r.saturated, strength)
	if m.deviation == nil {
		return r
	}
	features := r.saturated
	if controls != nil {
		features = op.Join(features, controls)
	}
	r.deviation = m.deviation.Forward(m.recurrence.Forward(features))
	r.media = op.Mul(r.media, r.deviation)
	return r
}

// limited reports whether exposure counts up to mostExposure only.
func (m *Model) limited() bool {
	return m.Shape.Saturation.form().unbounded && m.options.Design.Saturation == nil
}

// connected reports whether a penalty depends on what regions add up to.
func (m *Model) connected() bool {
	return len(m.options.Priors) > 0 || m.tested != nil || m.options.Design.Penalty != nil
}

func (m *Model) penalise(penalties ...*graph.Node) {
	for _, p := range penalties {
		if p != nil {
			m.penalties = append(m.penalties, p)
		}
	}
}

// effectPriors are the priors of the shape.
func (m *Model) effectPriors() layers.EffectPriors {
	M := m.Data.Channels
	priors := layers.DefaultEffectPriors(M)
	for c := range M {
		part := 1 / float64(M)
		if m.Data.Scaling.Expected != nil {
			part = m.Data.Scaling.Expected[c]
		}
		priors.Expected[c] = m.Shape.Media * part
	}
	priors = priors.InRows(m.Data.Every.PerYear() / panel.Resolution{}.PerYear())
	priors.Slope, priors.Region = m.Shape.Saturation.form().slope, m.Shape.RegionEffect
	return priors
}

// objective builds the loss. With cells of total weight n it is
//
//	1/design effect · mean −ln p(target | prediction) + 1/n · Σ penalties − effective parameters/n · ln σ
func (m *Model) objective(s *graph.Scope) {
	d := m.Data
	target := s.Constant("target", d.Target, d.Regions, d.Weeks)
	weight := s.Constant("weight", d.Weight, d.Regions, d.Weeks)
	m.information, m.integrated = s.Scalar("1/design effect", 1), s.Scalar("effective parameters in a cell", 0)
	m.penalise(m.noise.Penalty())
	for _, p := range m.options.Priors {
		m.penalise(m.sharePenalty(s, p))
	}
	m.penalise(m.liftPenalties(s)...)
	m.Loss.Fit = op.Mul(m.noise.Loss(m.Prediction, target, weight), m.information)
	integral := op.Mul(m.integrated, op.Sum(m.noise.LogWidth()))
	m.Loss.Prior = op.Sub(op.Combine([]float64{1 / floats.Sum(d.Weight)}, op.Add(m.penalties...)), integral)
	m.Loss.Total = op.Add(m.Loss.Fit, m.Loss.Prior)
}

// sharePenalty is ½((share − prior)/sd)² of a share over the weighted cells.
func (m *Model) sharePenalty(s *graph.Scope, p SharePrior) *graph.Node {
	d := m.Data
	R, T, M := d.Regions, d.Weeks, d.Channels
	weights, total := make([]float64, R*T*M), 0.0
	for cell, w := range d.Weight {
		units := w * d.Scaling.Target[cell/T] // KPI units
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
	name := fmt.Sprintf("weights of the share of %d", p.Channel)
	return layers.Shrink(op.Sum(op.Mul(m.Media, s.Constant(name, weights, R, T, M))), p.Share, p.SD)
}

func (m *Model) outputs() graph.Nodes {
	nodes := graph.Nodes{m.Exposure, m.Level, m.Trend, m.Season, m.Media, m.Carried, m.Saturated, m.Prediction, m.Strength}
	for _, n := range (graph.Nodes{m.Controls, m.Deviation, m.Holidays}) {
		if n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// Evaluate runs the forward pass as it happened.
func (m *Model) Evaluate() error { return m.Under(m.Data.Media, nil, 0) }

// Under runs the forward pass with another exposure [R, T, M], and with treatments at multiples of their values in week from and
// all later weeks. Treatments are common causes, which no channel graph has. The loss remains that of what happened.
func (m *Model) Under(exposure []float64, treatments map[int]float64, from int) error {
	m.expose(exposure, treatments, from)
	defer m.expose(m.Data.Media, nil, 0)
	return m.machine.RunTo(0)
}

func (m *Model) expose(exposure []float64, treatments map[int]float64, from int) {
	copy(m.Exposure.Value().(*tensor.Dense).Float64s(), exposure)
	if m.observed != nil {
		copy(m.observed.Value().(*tensor.Dense).Float64s(), m.Data.treated(treatments, from))
	}
}

// ControlEffects are the effects of one standard deviation of each control, in multiples of a region's level; nil if the
// model has no controls.
func (m *Model) ControlEffects() []float64 {
	if m.controls == nil {
		return nil
	}
	return m.Params.Get("control.effect").Value.Float64s()
}

// Floats copies the value of a node in the last run, row-major.
func (m *Model) Floats(n *graph.Node) []float64 { return m.machine.Floats(n) }

// Scalar is the value of a scalar node in the last run.
func (m *Model) Scalar(n *graph.Node) float64 { return m.machine.Scalar(n) }
