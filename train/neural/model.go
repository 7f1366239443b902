// Package neural is the original model, that of the Python library deepcausalmmm: inputs, parameters, the forward pass,
// every loss term and the symbolic gradients in one expression graph. Its main type is Model; start reading at New, then
// at forward, whose lines are the equations of the model in their order.
package neural

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
	"deepcausalmmm/optim"
)

// Mode is the purpose that a model is built for.
type Mode int

const (
	Evaluation Mode = iota // only the forward pass, without dropout
	Training               // with dropout, loss and gradients
)

// Model is the marketing-mix model on one window of a panel. Models of other windows (the holdout, for example) are built
// on the same Params and share their values. A Model is not safe for concurrent use.
type Model struct {
	Config  Config
	Dims    Dims
	Graph   *gorgonia.ExprGraph
	Inputs  Inputs
	Outputs Outputs
	Loss    Loss

	// Parameters are those of this model; Gradients, in the same order, are the nodes of the derivatives of the total loss
	// by them. An Evaluation model has no gradients.
	Parameters []*graph.Param
	Gradients  graph.Nodes
	Machine    *graph.Machine

	mode                  Mode
	design                Design
	carryOver, saturation graph.Layer
	mix                   *layers.DAGMix // nil when the DAG is off
	season                *layers.Seasonality
	stable                graph.Nodes // the stable coefficients
	gru                   graph.Nodes // the GRUs' weights and biases
	dropouts              []*layers.Dropout
	penalties             graph.Nodes // of the design
}

// New builds a model of the given sizes on params and adds the parameters that params lacks. The penalty on cycles
// starts inactive with rho = 1 and alpha = 0, see SetDuals. A part of the design that does not fit is an error.
func New(c Config, d Dims, params *graph.Params, mode Mode, design Design) (*Model, error) {
	if d.Regions < 1 || d.Weeks < 1 || d.Channels < 1 || d.Controls < 0 || c.HiddenDim < 2 || c.GRULayers < 1 {
		return nil, fmt.Errorf("neural: no model of %+v with hidden_dim %d and gru_layers %d", d, c.HiddenDim, c.GRULayers)
	}
	m := &Model{Config: c, Dims: d, Graph: gorgonia.NewGraph(), mode: mode, design: design.withDefaults()}
	stages, err := graph.Build(func() []graph.Nodes { return m.build(graph.NewScope(m.Graph, params)) })
	if err != nil {
		return nil, fmt.Errorf("neural: %w", err)
	}
	m.Machine = graph.NewMachine(stages...)
	return m, nil
}

// build builds the graph and returns the nodes to evaluate: the outputs, and for training the loss and its gradients.
func (m *Model) build(s *graph.Scope) []graph.Nodes {
	d := m.Dims
	m.Inputs = Inputs{
		Media:      s.Input("media", d.Regions, d.Weeks, d.Channels),
		Target:     s.Input("target", d.Regions, d.Weeks),
		Season:     s.Input("season", d.Regions, d.Weeks),
		HuberDelta: s.Scalar("huber_delta", 0),
		FitScale:   s.Scalar("fit_scale", 0),
		Duals: layers.Duals{
			Active: s.Scalar("notears_active", 0), Rho: s.Scalar("notears_rho", 1), Alpha: s.Scalar("notears_alpha", 0),
		},
	}
	if d.Controls > 0 {
		m.Inputs.Control = s.Input("controls", d.Regions, d.Weeks, d.Controls)
	}
	m.SetFit(false)
	m.forward(s)
	var nodes graph.Nodes
	nodes, m.Parameters = s.Params()
	if m.mode != Training {
		return []graph.Nodes{m.Outputs.nodes()}
	}
	m.objective(nodes)
	m.Gradients = graph.Grad(m.Loss.Total, nodes...)
	return []graph.Nodes{m.Outputs.nodes(), append(m.Loss.nodes(), m.Gradients...)}
}

// SetData copies a window into the model's inputs, all row-major: media [R, T, M], controls [R, T, C], target and
// season [R, T]. A nil slice does not change its input.
func (m *Model) SetData(media, controls, target, season []float64) error {
	for _, in := range []struct {
		node   *graph.Node
		values []float64
	}{{m.Inputs.Media, media}, {m.Inputs.Control, controls}, {m.Inputs.Target, target}, {m.Inputs.Season, season}} {
		if len(in.values) == 0 {
			continue
		}
		if n := in.node.Shape().TotalSize(); n != len(in.values) {
			return fmt.Errorf("neural: %s has %d values, not %d", in.node.Name(), n, len(in.values))
		}
		t := graph.Tensor(in.node.Dtype(), in.values, in.node.Shape()...)
		if err := gorgonia.Let(in.node, t); err != nil {
			return fmt.Errorf("neural: %w", err)
		}
	}
	return nil
}

// SetDuals sets the weights of the penalty on cycles, and whether it is active.
func (m *Model) SetDuals(active bool, rho, alpha float64) {
	on := 0.0
	if active {
		on = 1
	}
	graph.SetScalar(m.Inputs.Active, on)
	graph.SetScalar(m.Inputs.Rho, rho)
	graph.SetScalar(m.Inputs.Alpha, alpha)
}

// DrawDropout draws new dropout masks for the next run.
func (m *Model) DrawDropout(rng *rand.Rand) {
	for _, l := range m.dropouts {
		l.Draw(rng)
	}
}

// Run evaluates the model on its inputs: the forward pass and, when built for Training, the loss and its gradients.
func (m *Model) Run() error { return m.Machine.Run() }

// Profile is the time spent in each kind of op in all runs of this model, by the op's name.
func (m *Model) Profile() map[string]time.Duration { return m.Machine.Profile() }

// Evaluate runs only the forward pass, without dropout.
func (m *Model) Evaluate() error {
	for _, l := range m.dropouts {
		l.Pass()
	}
	return m.Machine.RunTo(0)
}

// PredictionScale is softplus(prediction_scale), the factor from contributions to units of the scaled target.
func (m *Model) PredictionScale() float64 { return m.Scalar(m.Outputs.Scale) }

// Floats copies the value of a node in the last Run, row-major.
func (m *Model) Floats(n *graph.Node) []float64 { return m.Machine.Floats(n) }

// Scalar is the value of a scalar node in the last Run, 0 for a node that this model does not have (nil).
func (m *Model) Scalar(n *graph.Node) float64 {
	if n == nil {
		return 0
	}
	return m.Machine.Scalar(n)
}

// Gradient is the last Run's derivative of the total loss by parameter i, of its shape. The next Run may overwrite it.
func (m *Model) Gradient(i int) *tensor.Dense { return m.Machine.Value(m.Gradients[i]).(*tensor.Dense) }

// Adjacency computes W, [M, M], in float64 from the current parameters; nil when the DAG is off.
func (m *Model) Adjacency() *mat.Dense {
	if m.mix == nil {
		return nil
	}
	n := m.Dims.Channels
	logits := mat.NewDense(n, n, graph.Floats(m.mix.Logits.Value()))
	return dag.FromLogits(logits, m.Config.DAGMode, m.Config.DAGTemperature)
}

// Acyclicity is h of the current W (h_acyclicity of the Python original); 0 when the DAG is off.
func (m *Model) Acyclicity() float64 {
	w := m.Adjacency()
	if w == nil {
		return 0
	}
	return dag.Acyclicity(w)
}

// DAGLoss is the term L_dag of the last Run (get_dag_loss of the original).
func (m *Model) DAGLoss() float64 { return m.Scalar(m.Loss.DAG) }

// UpdateDuals takes one step of dual ascent at the current W and passes the new duals to the graph
// (notears_update_duals of the original). It returns h.
func (m *Model) UpdateDuals(d *optim.Duals) float64 {
	h := m.Acyclicity()
	d.Update(h)
	m.SetDuals(true, d.Rho, d.Alpha)
	return h
}

// ThresholdDAG is the current W without the edges up to eps (threshold_dag of the original), nil when the DAG is off. It
// may have cycles, which dag.Prune removes.
func (m *Model) ThresholdDAG(eps float64) *mat.Dense {
	w := m.Adjacency()
	if w == nil {
		return nil
	}
	return dag.Threshold(w, eps)
}

func (o Outputs) nodes() graph.Nodes {
	return present(o.Adstock, o.Saturation, o.Blend, o.Dense, o.Adjacency, o.MediaCoefficients, o.ControlCoefficients,
		o.MediaContributions, o.ControlContributions, o.Baseline, o.Season, o.Media, o.Raw, o.Scale, o.Prediction)
}

func (l Loss) nodes() graph.Nodes {
	return present(l.Total, l.Fit, l.DAG, l.Acyclicity, l.Sparsity, l.Attribution, l.Seasonal, l.L1, l.L2,
		l.AttributionScaled, l.SeasonalScaled)
}

func present(nodes ...*graph.Node) graph.Nodes {
	var have graph.Nodes
	for _, n := range nodes {
		if n != nil {
			have = append(have, n)
		}
	}
	return have
}
