package neural

import (
	"math"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// Loss are the nodes of the loss and its terms, all scalars, before their weights unless said otherwise.
type Loss struct {
	Total       *gorgonia.Node
	Fit         *gorgonia.Node
	DAG         *gorgonia.Node // nil when the DAG is off
	Acyclicity  *gorgonia.Node // h; nil but in notears mode
	Sparsity    *gorgonia.Node // nil when the DAG is off
	Attribution *gorgonia.Node
	Seasonal    *gorgonia.Node
	L1, L2      *gorgonia.Node

	// As they enter the total: brought to the size of the fit, and weighted.
	AttributionScaled, SeasonalScaled *gorgonia.Node
}

// objective builds the loss:
//
//	fit + dag_weight·L_dag + sparsity_weight·L_sparse + l1_weight·Σ|θ| + l2_weight·Σθ² + attribution + seasonal
func (m *Model) objective(params gorgonia.Nodes) (err error) {
	defer op.Catch(&err)
	c, in, out, loss := m.Config, m.Inputs, m.Outputs, &m.Loss

	loss.Fit = op.Must(op.Mul(in.FitScale, op.Must(op.Huber(out.Prediction, in.Target, in.HuberDelta))))
	if loss.L1, loss.L2, err = layers.Norms(params); err != nil {
		return err
	}
	loss.Attribution = op.Must(layers.AttributionLoss(out.Media, out.Raw, c.MediaContributionPrior))
	attribution := op.Must(op.Balance(loss.Attribution, loss.Fit))
	loss.AttributionScaled = op.Must(op.Affine(c.AttributionRegWeight, attribution, 0))
	loss.Seasonal = op.Must(layers.SeasonalLoss(m.season, c.SeasonalPrior))
	seasonal := op.Must(op.Balance(loss.Seasonal, loss.Fit))
	loss.SeasonalScaled = op.Must(op.Affine(c.SeasonalRegWeight, seasonal, 0))

	terms := gorgonia.Nodes{loss.Fit, loss.AttributionScaled, loss.SeasonalScaled, loss.L1, loss.L2}
	weights := []float64{1, 1, 1, c.L1Weight, c.L2Weight}
	if c.HasDAG() {
		if err := m.graphTerms(); err != nil {
			return err
		}
		terms, weights = append(terms, loss.DAG, loss.Sparsity), append(weights, c.DAGWeight, c.SparsityWeight)
	}
	loss.Total = op.Must(op.Combine(weights, terms...))
	return nil
}

// SetFit chooses the fit: the configuration's, or the mean squared error of the warm start. As Huber's loss is half the
// squared error where |e| ≤ δ, the latter is twice that at δ = ∞.
func (m *Model) SetFit(squared bool) {
	delta, scale := m.Config.HuberDelta, 1.0
	if squared || !m.Config.UseHuberLoss {
		delta, scale = math.Inf(1), 2
	}
	graph.SetScalar(m.Inputs.HuberDelta, delta)
	graph.SetScalar(m.Inputs.FitScale, scale)
}
