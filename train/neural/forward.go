package neural

import (
	"fmt"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// Inputs are the nodes for data [R, T, …] and for the scalars that the training changes between runs.
type Inputs struct {
	Media, Control, Target, Season *graph.Node

	HuberDelta *graph.Node // at +Inf the fit is a squared error
	FitScale   *graph.Node // factor of the mean Huber loss: 1, or 2 for the mean squared error
	layers.Duals
}

// Outputs are the nodes of the forward pass. Contributions are in units of the scaled target before Scale; multiplied
// by it (and by the region's target mean) they add up to the prediction.
type Outputs struct {
	Adstock, Saturation, Blend *graph.Node // [R, T, M]
	Dense, Adjacency           *graph.Node // P and W, [M, M]; nil when the DAG is off
	MediaCoefficients          *graph.Node // [R, T, M]
	ControlCoefficients        *graph.Node // [R, T, C]; nil without controls
	MediaContributions         *graph.Node // [R, T, M]
	ControlContributions       *graph.Node // [R, T, C]; nil without controls
	Baseline, Season           *graph.Node // [R, T]
	Media                      *graph.Node // [R, T]: MediaContributions summed over channels
	Raw, Prediction            *graph.Node // [R, T]
	Scale                      *graph.Node // [1]: the factor from Raw to Prediction
}

// forward builds the equations of the model, in their order.
func (m *Model) forward(s *graph.Scope) {
	c, d, in, out := m.Config, m.Dims, &m.Inputs, &m.Outputs

	m.carryOver, m.saturation = m.design.CarryOver(s, d.Channels), m.design.Saturation(s, d.Channels)
	out.Adstock = m.carryOver.Forward(in.Media)
	out.Saturation = m.saturation.Forward(out.Adstock)
	out.Blend = out.Saturation
	if c.HasDAG() {
		m.mix = layers.NewDAGMix(s, d.Channels, c.DAGMode, c.DAGTemperature)
		out.Dense, out.Adjacency = m.mix.Dense(), m.mix.Adjacency()
		out.Blend = m.mix.Forward(out.Saturation)
	}

	features, width := out.Blend, d.Channels
	if d.Controls > 0 {
		k := c.ControlFeatures()
		q := layers.NewControlFeatures(s, d.Controls, k).Forward(in.Control)
		q = m.drop(s, "dropout of the control features", q)
		features, width = op.Join(out.Blend, q), d.Channels+k
	}
	recurrence := m.recurrence(s, width)
	h := recurrence.Forward(features)

	mediaHead := layers.NewMediaHead(s, c.HiddenDim, d.Channels)
	out.MediaCoefficients = m.stabilised(s, "stable_media_coeff", d.Channels, mediaHead.Forward(h))
	out.MediaContributions = op.Mul(out.Blend, out.MediaCoefficients)
	out.Media = op.Reduce(0, out.MediaContributions, 1)
	parts := graph.Nodes{out.Media}
	if d.Controls > 0 {
		controlHead := layers.NewControlHead(s, c.HiddenDim, d.Controls)
		out.ControlCoefficients = m.stabilised(s, "stable_ctrl_coeff", d.Controls, controlHead.Forward(h))
		out.ControlContributions = op.Mul(in.Control, out.ControlCoefficients)
		parts = append(parts, op.Reduce(0, out.ControlContributions, 1))
	}
	baseline := m.design.Baseline(s, d.Regions, d.Weeks)
	out.Baseline = baseline.Forward()
	m.season = layers.NewSeasonality(s)
	out.Season = m.season.Forward(in.Season)
	out.Raw = op.Add(append(parts, out.Baseline, out.Season)...)
	scale := layers.NewScale(s)
	out.Scale = scale.Factor()
	out.Prediction = scale.Forward(out.Raw)

	for _, l := range []any{m.carryOver, m.saturation, recurrence, baseline} {
		m.penalise(graph.Penalty(l))
	}
	if m.design.Penalty != nil {
		m.penalise(m.design.Penalty(s, *out))
	}
}

func (m *Model) penalise(penalty *graph.Node) {
	if penalty != nil {
		m.penalties = append(m.penalties, penalty)
	}
}

// stabilised applies the burn-in to coefficients [R, T, n].
func (m *Model) stabilised(s *graph.Scope, name string, n int, dynamic *graph.Node) *graph.Node {
	burnIn := layers.NewBurnIn(s, name, n, m.Dims.Weeks, m.Config.BurnInWeeks, m.Config.StabilizationMethod)
	m.stable = append(m.stable, burnIn.Stable)
	return burnIn.Forward(dynamic)
}

// recurrence is the design's, or a stack of GRUs with dropout between them.
func (m *Model) recurrence(s *graph.Scope, in int) graph.Layer {
	if m.design.Recurrence != nil {
		return m.design.Recurrence(s, in, m.Config.HiddenDim)
	}
	var stack sequential
	for i := range m.Config.GRULayers {
		if i > 0 {
			stack = append(stack, layerFunc(func(x *graph.Node) *graph.Node {
				return m.drop(s, fmt.Sprintf("dropout before GRU %d", i), x)
			}))
		}
		gru := layers.NewGRU(s, i, in, m.Config.HiddenDim)
		m.gru = append(m.gru, gru.Weights()...)
		stack = append(stack, gru)
		in = m.Config.HiddenDim
	}
	return stack
}

// drop applies dropout if the model is built for training.
func (m *Model) drop(s *graph.Scope, name string, x *graph.Node) *graph.Node {
	if m.mode != Training || m.Config.Dropout == 0 {
		return x
	}
	l := layers.NewDropout(s, name, m.Config.Dropout, x.Shape()...)
	m.dropouts = append(m.dropouts, l)
	return l.Forward(x)
}

// sequential applies layers one after another.
type sequential []graph.Layer

func (l sequential) Forward(x *graph.Node) *graph.Node {
	for _, layer := range l {
		x = layer.Forward(x)
	}
	return x
}

type layerFunc func(x *graph.Node) *graph.Node

func (f layerFunc) Forward(x *graph.Node) *graph.Node { return f(x) }
