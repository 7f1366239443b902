package neural

import (
	"errors"
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/dag"
	"deepcausalmmm/optim"
)

// NumberError ends a training whose numbers are no longer finite, before any of them is saved.
type NumberError struct {
	What  string // a term of the loss, the gradient of a parameter, or the parameter
	Value float64
	Fix   string // the cause as far as it is known, and what would help
}

func (e *NumberError) Error() string { return fmt.Sprintf("%s is %.3g %s", e.What, e.Value, e.Fix) }

// lower is the advice for steps that were too wide.
const lower = "(lower learning_rate, or the norms that gradients are clipped to)"

// checkLoss names the first weighted term of the last run's loss that the graph's dtype cannot hold. Those that are
// balanced by the fit follow it.
func (l *loop) checkLoss() error {
	m, c, loss := l.model, l.config, l.model.Loss
	if isFinite(m.Scalar(loss.Total)) {
		return nil
	}
	largest := math.MaxFloat64
	if c.Dtype == "float32" {
		largest = math.MaxFloat32
	}
	for _, term := range []struct {
		name   string
		weight float64
		node   *gorgonia.Node
	}{
		{"dag", c.DAGWeight, loss.DAG}, {"sparsity", c.SparsityWeight, loss.Sparsity}, {"l1", c.L1Weight, loss.L1},
		{"l2", c.L2Weight, loss.L2}, {"fit", 1, loss.Fit}, {"attribution", 1, loss.AttributionScaled},
		{"seasonal", 1, loss.SeasonalScaled},
	} {
		if v := term.weight * m.Scalar(term.node); !(math.Abs(v) <= largest) {
			fix := lower
			if term.name == "dag" && l.notears() {
				fix = l.explainDAG()
			}
			return &NumberError{"the loss's term " + term.name, v, fix}
		}
	}
	return &NumberError{"the loss", m.Scalar(loss.Total), "(its terms are finite, but not their sum: lower the weight of the largest)"}
}

// explainDAG explains a penalty on cycles that overflows: by h, which grows like the exponential of the largest eigenvalue of
// W∘W, and by the duals.
func (l *loop) explainDAG() string {
	radius := dag.SpectralRadius(l.model.Adjacency())
	return fmt.Sprintf("(h is %.3g, as the spectral radius of W∘W is %.3g; rho is %.3g, alpha %.3g: lower notears_rho_max, or "+
		"set dtype: float64, which holds a radius up to %d)", l.model.Acyclicity(), radius, l.duals.Rho, l.duals.Alpha, largestRadius)
}

// largestRadius is the spectral radius at which tr(exp(W∘W)) overflows in float64: ln 1.8e308.
const largestRadius = 709

// explainGradient names the parameter whose gradient is not finite.
func explainGradient(err error) error {
	var g *optim.GradientError
	if !errors.As(err, &g) {
		return err
	}
	return &NumberError{fmt.Sprintf("the gradient of %s, at element %d,", g.Param, g.Index), g.Value, lower}
}

// checkParams names the first parameter that is not finite after a step: the gradient may be finite and the step too wide. One
// sum over each is the cheapest way to look at all its values.
func (l *loop) checkParams() error {
	for _, p := range l.params {
		var sum float64
		switch values := p.Value.Data().(type) {
		case []float32:
			sum = spread(values)
		case []float64:
			sum = spread(values)
		}
		if !isFinite(sum) {
			return &NumberError{"after its step, parameter " + p.Name, sum, lower}
		}
	}
	return nil
}

// spread is 0, or NaN if a value is not finite.
func spread[F float32 | float64](values []F) float64 {
	var sum F
	for _, v := range values {
		sum += 0 * v
	}
	return float64(sum)
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
