// Package graph builds the marketing-mix model as one Gorgonia expression graph: inputs, parameters, the forward pass,
// every loss term and the symbolic gradients, and evaluates it with a Machine that keeps its memory between runs. Its
// main type is Model; start reading at New, then at forward, whose lines are the model's equations in their order.
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

// Mode is what a model is built for.
type Mode int

const (
	Evaluation Mode = iota // the forward pass alone, without dropout
	Training               // with dropout, loss and gradients
)

// Model is the marketing-mix model for one window of a panel. Models for other windows (the holdout, say) are built
// on the same Params and so share what is learned. A Model is not safe for concurrent use.
type Model struct {
	Config  Config
	Dims    Dims
	Graph   *gorgonia.ExprGraph
	Inputs  Inputs
	Outputs Outputs
	Loss    Loss

	// Parameters are those that this model uses; Gradients, in the same order, are the nodes of the total loss's
	// derivatives by them. An Evaluation model has no gradients.
	Parameters []*graph.Param
	Gradients  gorgonia.Nodes
	Machine    *graph.Machine

	mode     Mode
	mix      *layers.DAGMix // nil when the DAG is off
	season   *layers.Seasonality
	stable   gorgonia.Nodes // the stable coefficients
	gru      gorgonia.Nodes // the recurrence's weights and biases
	dropouts []*layers.Dropout
}

// New builds a model of the given sizes on params, which gains the parameters that it lacks. The penalty on cycles
// starts inactive with rho = 1 and alpha = 0, see SetDuals.
func New(c Config, d Dims, params *graph.Params, mode Mode, design Design) (*Model, error) {
	if d.Regions < 1 || d.Weeks < 1 || d.Channels < 1 || d.Controls < 0 || c.HiddenDim < 2 || c.GRULayers < 1 {
		return nil, fmt.Errorf("graph: no model of %+v with hidden_dim %d and gru_layers %d", d, c.HiddenDim, c.GRULayers)
	}
	m := &Model{Config: c, Dims: d, Graph: gorgonia.NewGraph(), mode: mode}
	s := graph.NewScope(m.Graph, params)
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
	if err := m.forward(s, design); err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	nodes, used := s.Params()
	m.Parameters = used
	stages := []gorgonia.Nodes{m.Outputs.nodes()}
	if mode == Training {
		if err := m.objective(nodes); err != nil {
			return nil, fmt.Errorf("graph: %w", err)
		}
		var err error
		if m.Gradients, err = gorgonia.Grad(m.Loss.Total, nodes...); err != nil {
			return nil, fmt.Errorf("graph: %w", err)
		}
		stages = append(stages, append(m.Loss.nodes(), m.Gradients...))
	}
	m.Machine = graph.NewMachine(stages...)
	return m, nil
}

// graphTerms builds the terms that exist only with a DAG.
func (m *Model) graphTerms() (err error) {
	if m.Config.DAGMode == dag.NOTEARS {
		m.Loss.DAG, m.Loss.Acyclicity, err = layers.NOTEARSLoss(
			m.mix, m.Inputs.Duals, m.Config.NotearsLambda1, m.Config.NotearsGroupL1)
	} else {
		m.Loss.DAG, err = layers.TriangularLoss(m.mix)
	}
	if err != nil {
		return err
	}
	m.Loss.Sparsity, err = layers.SparsityLoss(m.stable, m.gru)
	return err
}

// SetData copies a window into the model's inputs, all row-major: media [R, T, M], controls [R, T, C], target and
// season [R, T]. A nil slice leaves its input as it was.
func (m *Model) SetData(media, controls, target, season []float64) error {
	for _, in := range []struct {
		node   *gorgonia.Node
		values []float64
	}{{m.Inputs.Media, media}, {m.Inputs.Control, controls}, {m.Inputs.Target, target}, {m.Inputs.Season, season}} {
		if len(in.values) == 0 {
			continue
		}
		if n := in.node.Shape().TotalSize(); n != len(in.values) {
			return fmt.Errorf("graph: %s wants %d values, not %d", in.node.Name(), n, len(in.values))
		}
		t := graph.Tensor(in.node.Dtype(), in.values, in.node.Shape()...)
		if err := gorgonia.Let(in.node, t); err != nil {
			return fmt.Errorf("graph: %w", err)
		}
	}
	return nil
}

// SetDuals sets the penalty on cycles: whether it counts, and its weights.
func (m *Model) SetDuals(active bool, rho, alpha float64) {
	on := 0.0
	if active {
		on = 1
	}
	graph.SetScalar(m.Inputs.Active, on)
	graph.SetScalar(m.Inputs.Rho, rho)
	graph.SetScalar(m.Inputs.Alpha, alpha)
}

// DrawDropout makes new dropout masks for the next run.
func (m *Model) DrawDropout(rng *rand.Rand) {
	for _, l := range m.dropouts {
		l.Draw(rng)
	}
}

// Run evaluates the model on its inputs: the forward pass and, when built for Training, the loss and its gradients.
func (m *Model) Run() error { return m.Machine.Run() }

// Profile is the time that each kind of op has taken in all runs of this model, by the op's name.
func (m *Model) Profile() map[string]time.Duration { return m.Machine.Profile() }

// Evaluate runs the forward pass alone, without dropout. A Training model keeps its memory for it.
func (m *Model) Evaluate() error {
	for _, l := range m.dropouts {
		l.Pass()
	}
	return m.Machine.RunTo(0)
}

// PredictionScale is softplus(prediction_scale): what turns contributions into units of the scaled target.
func (m *Model) PredictionScale() float64 { return m.Scalar(m.Outputs.Scale) }

// Floats copies a node's value of the last Run, row-major.
func (m *Model) Floats(n *gorgonia.Node) []float64 { return m.Machine.Floats(n) }

// Scalar is the value of a scalar node in the last Run; a node that this model does not have (nil) counts as 0.
func (m *Model) Scalar(n *gorgonia.Node) float64 {
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

// UpdateDuals takes one step of dual ascent at the current W and hands the new duals to the graph
// (notears_update_duals of the original). It returns h.
func (m *Model) UpdateDuals(d *optim.Duals) float64 {
	h := m.Acyclicity()
	d.Update(h)
	m.SetDuals(true, d.Rho, d.Alpha)
	return h
}

// ThresholdDAG is the current W without the edges up to eps (threshold_dag of the original). It may have cycles;
// dag.Prune takes them out. It returns nil when the DAG is off.
func (m *Model) ThresholdDAG(eps float64) *mat.Dense {
	w := m.Adjacency()
	if w == nil {
		return nil
	}
	return dag.Threshold(w, eps)
}

func (o Outputs) nodes() gorgonia.Nodes {
	return present(o.Adstock, o.Saturation, o.Blend, o.Dense, o.Adjacency, o.MediaCoefficients, o.ControlCoefficients,
		o.MediaContributions, o.ControlContributions, o.Baseline, o.Season, o.Media, o.Raw, o.Scale, o.Prediction)
}

func (l Loss) nodes() gorgonia.Nodes {
	return present(l.Total, l.Fit, l.DAG, l.Acyclicity, l.Sparsity, l.Attribution, l.Seasonal, l.L1, l.L2,
		l.AttributionScaled, l.SeasonalScaled)
}

func present(nodes ...*gorgonia.Node) gorgonia.Nodes {
	var have gorgonia.Nodes
	for _, n := range nodes {
		if n != nil {
			have = append(have, n)
		}
	}
	return have
}
