package neural

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// Inputs are the nodes that take data [R, T, …] and the scalars that the trainer changes between runs.
type Inputs struct {
	Media, Control, Target, Season *gorgonia.Node

	HuberDelta *gorgonia.Node // +Inf makes the fit a squared error
	FitScale   *gorgonia.Node // times the mean Huber loss: 1, or 2 for the mean squared error
	layers.Duals
}

// Outputs are the nodes of the forward pass. Contributions are in units of the scaled target before Scale; multiplied
// by it (and by the region's target mean) they add up to the prediction.
type Outputs struct {
	Adstock, Saturation, Blend *gorgonia.Node // [R, T, M]
	Dense, Adjacency           *gorgonia.Node // P and W, [M, M]; nil when the DAG is off
	MediaCoefficients          *gorgonia.Node // [R, T, M]
	ControlCoefficients        *gorgonia.Node // [R, T, C]; nil without controls
	MediaContributions         *gorgonia.Node // [R, T, M]
	ControlContributions       *gorgonia.Node // [R, T, C]; nil without controls
	Baseline, Season           *gorgonia.Node // [R, T]
	Media                      *gorgonia.Node // [R, T]: MediaContributions summed over channels
	Raw, Prediction            *gorgonia.Node // [R, T]
	Scale                      *gorgonia.Node // [1]: what Raw is multiplied by
}

// Design chooses the layers that researchers like to exchange. The zero value means the model's own.
type Design struct {
	CarryOver  func(s *graph.Scope, channels int) graph.Layer   // layers.NewAdstock
	Saturation func(s *graph.Scope, channels int) graph.Layer   // layers.NewHill
	Recurrence func(s *graph.Scope, in, hidden int) graph.Layer // layers.NewGRU, stacked: [R, T, in] to [R, T, hidden]
}

// forward builds the equations of the model, in their order.
func (m *Model) forward(s *graph.Scope, design Design) (err error) {
	defer op.Catch(&err)
	c, d, in, out := m.Config, m.Dims, &m.Inputs, &m.Outputs

	carryOver, saturation := layers.NewAdstock, layers.NewHill
	if design.CarryOver != nil {
		carryOver = design.CarryOver
	}
	if design.Saturation != nil {
		saturation = design.Saturation
	}
	out.Adstock = op.Must(carryOver(s, d.Channels).Forward(in.Media))
	out.Saturation = op.Must(saturation(s, d.Channels).Forward(out.Adstock))
	out.Blend = out.Saturation
	if c.HasDAG() {
		if m.mix, err = layers.NewDAGMix(s, d.Channels, c.DAGMode, c.DAGTemperature); err != nil {
			return err
		}
		out.Dense, out.Adjacency = m.mix.Dense, m.mix.Adjacency
		out.Blend = op.Must(m.mix.Forward(out.Saturation))
	}

	features, width := out.Blend, d.Channels
	if d.Controls > 0 {
		k := c.ControlFeatures()
		q := op.Must(layers.NewControlFeatures(s, d.Controls, k).Forward(in.Control))
		q = op.Must(m.drop(s, "dropout of the control features", q))
		features, width = op.Must(op.Join(out.Blend, q)), d.Channels+k
	}
	h := op.Must(m.recurrence(s, design, width).Forward(features))

	mediaHead := layers.NewMediaHead(s, c.HiddenDim, d.Channels)
	out.MediaCoefficients = m.coefficients(s, mediaHead, "stable_media_coeff", h, d.Channels)
	out.MediaContributions = op.Must(op.Mul(out.Blend, out.MediaCoefficients))
	out.Media = op.Must(op.Reduce(0, out.MediaContributions, 1))
	parts := gorgonia.Nodes{out.Media}
	if d.Controls > 0 {
		controlHead := layers.NewControlHead(s, c.HiddenDim, d.Controls)
		out.ControlCoefficients = m.coefficients(s, controlHead, "stable_ctrl_coeff", h, d.Controls)
		out.ControlContributions = op.Must(op.Mul(in.Control, out.ControlCoefficients))
		parts = append(parts, op.Must(op.Reduce(0, out.ControlContributions, 1)))
	}
	out.Baseline = op.Must(layers.NewBaseline(s, d.Regions).Over(d.Weeks))
	m.season = layers.NewSeasonality(s)
	out.Season = op.Must(m.season.Forward(in.Season))
	out.Raw = op.Must(op.Add(append(parts, out.Baseline, out.Season)...))
	scale, err := layers.NewScale(s)
	if err != nil {
		return err
	}
	out.Scale = scale.Factor
	out.Prediction, err = scale.Forward(out.Raw)
	return err
}

// coefficients steadies what a head makes of the states.
func (m *Model) coefficients(s *graph.Scope, head graph.Layer, stable string, h *gorgonia.Node,
	n int) *gorgonia.Node {
	burnIn := layers.NewBurnIn(s, stable, n, m.Dims.Weeks, m.Config.BurnInWeeks, m.Config.StabilizationMethod)
	m.stable = append(m.stable, burnIn.Stable)
	return op.Must(burnIn.Forward(op.Must(head.Forward(h))))
}

// recurrence is the design's, or a stack of GRUs with dropout between them.
func (m *Model) recurrence(s *graph.Scope, design Design, in int) graph.Layer {
	if design.Recurrence != nil {
		return design.Recurrence(s, in, m.Config.HiddenDim)
	}
	var stack sequential
	for i := range m.Config.GRULayers {
		if i > 0 {
			drop := func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return m.drop(s, fmt.Sprintf("dropout before GRU %d", i), x)
			}
			stack = append(stack, layerFunc(drop))
		}
		gru := layers.NewGRU(s, i, in, m.Config.HiddenDim)
		m.gru = append(m.gru, gru.Weights()...)
		stack = append(stack, gru)
		in = m.Config.HiddenDim
	}
	return stack
}

// drop applies dropout when the model is built for training.
func (m *Model) drop(s *graph.Scope, name string, x *gorgonia.Node) (*gorgonia.Node, error) {
	if m.mode != Training || m.Config.Dropout == 0 {
		return x, nil
	}
	l := layers.NewDropout(s, name, m.Config.Dropout, x.Shape()...)
	m.dropouts = append(m.dropouts, l)
	return l.Forward(x)
}

// sequential applies layers one after another.
type sequential []graph.Layer

func (l sequential) Forward(x *gorgonia.Node) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	for _, layer := range l {
		x = op.Must(layer.Forward(x))
	}
	return x, nil
}

type layerFunc func(x *gorgonia.Node) (*gorgonia.Node, error)

func (f layerFunc) Forward(x *gorgonia.Node) (*gorgonia.Node, error) { return f(x) }
