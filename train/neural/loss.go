package neural

import (
	"math"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// Loss are the nodes of the loss and its terms, all scalars, without their weights unless noted.
type Loss struct {
	Total       *graph.Node
	Fit         *graph.Node
	DAG         *graph.Node // nil when the DAG is off
	Acyclicity  *graph.Node // h; nil except in notears mode
	Sparsity    *graph.Node // nil when the DAG is off
	Attribution *graph.Node
	Seasonal    *graph.Node
	L1, L2      *graph.Node

	// The same terms as in the total: scaled to the size of the fit, and weighted.
	AttributionScaled, SeasonalScaled *graph.Node
}

// objective builds the loss:
//
//	fit + dag_weight·L_dag + sparsity_weight·L_sparse + l1_weight·Σ|θ| + l2_weight·Σθ² + attribution + seasonal
//
// and the penalties of the design.
func (m *Model) objective(params graph.Nodes) {
	c, in, out, loss := m.Config, m.Inputs, m.Outputs, &m.Loss

	loss.Fit = op.Mul(in.FitScale, op.Huber(out.Prediction, in.Target, in.HuberDelta))
	loss.L1, loss.L2 = layers.Norms(params)
	loss.Attribution = layers.AttributionLoss(out.Media, out.Raw, c.MediaContributionPrior)
	loss.AttributionScaled = op.Affine(c.AttributionRegWeight, op.Balance(loss.Attribution, loss.Fit), 0)
	loss.Seasonal = layers.SeasonalLoss(m.season, c.SeasonalPrior)
	loss.SeasonalScaled = op.Affine(c.SeasonalRegWeight, op.Balance(loss.Seasonal, loss.Fit), 0)

	terms := graph.Nodes{loss.Fit, loss.AttributionScaled, loss.SeasonalScaled, loss.L1, loss.L2}
	weights := []float64{1, 1, 1, c.L1Weight, c.L2Weight}
	if c.HasDAG() {
		m.graphTerms()
		terms, weights = append(terms, loss.DAG, loss.Sparsity), append(weights, c.DAGWeight, c.SparsityWeight)
	}
	for _, p := range m.penalties {
		terms, weights = append(terms, p), append(weights, 1)
	}
	loss.Total = op.Combine(weights, terms...)
}

// graphTerms builds the terms that exist only with a DAG.
func (m *Model) graphTerms() {
	c, loss := m.Config, &m.Loss
	if c.DAGMode == dag.NOTEARS {
		loss.DAG, loss.Acyclicity = layers.NOTEARSLoss(m.mix, m.Inputs.Duals, c.NotearsLambda1, c.NotearsGroupL1)
	} else {
		loss.DAG = layers.TriangularLoss(m.mix)
	}
	loss.Sparsity = layers.SparsityLoss(m.stable, m.gru)
}

// SetFit selects the fit: the configuration's, or the mean squared error of the warm start. Huber's loss is half the
// squared error where |e| ≤ δ, so the mean squared error is twice Huber's loss at δ = ∞.
func (m *Model) SetFit(squared bool) {
	delta, scale := m.Config.HuberDelta, 1.0
	if squared || !m.Config.UseHuberLoss {
		delta, scale = math.Inf(1), 2
	}
	graph.SetScalar(m.Inputs.HuberDelta, delta)
	graph.SetScalar(m.Inputs.FitScale, scale)
}
