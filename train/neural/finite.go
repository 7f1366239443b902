package neural

import (
	"errors"
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/dag"
	"deepcausalmmm/optim"
)

// NumberError is a training whose numbers have run away. It ends at once, and saves nothing of them.
type NumberError struct {
	What  string // a term of the loss, the gradient of a parameter, or the parameter
	Value float64
	Mend  string // what is known of the cause, and what would help
}

func (e *NumberError) Error() string { return fmt.Sprintf("%s is %.3g %s", e.What, e.Value, e.Mend) }

// lower is what helps where steps were too wide.
const lower = "(lower learning_rate, or the norms that gradients are clipped to)"

// checkLoss names the first weighted term of the last run's loss that the graph's dtype cannot hold. Those that are
// balanced by the fit come behind it.
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
			mend := lower
			if term.name == "dag" && l.notears() {
				mend = l.mendDAG()
			}
			return &NumberError{"the loss's term " + term.name, v, mend}
		}
	}
	return &NumberError{"the loss", m.Scalar(loss.Total), "(its terms are finite, but not their sum: lower the weight of the largest)"}
}

// mendDAG explains a penalty on cycles that overflows by what it is made of: h, which grows like the exponential of the
// largest eigenvalue of W∘W, and the duals.
func (l *loop) mendDAG() string {
	radius := dag.SpectralRadius(l.model.Adjacency())
	return fmt.Sprintf("(h is %.3g, as the spectral radius of W∘W is %.3g; rho is %.3g, alpha %.3g: lower notears_rho_max, or "+
		"set dtype: float64, which holds a radius up to %d)", l.model.Acyclicity(), radius, l.duals.Rho, l.duals.Alpha, largestRadius)
}

// largestRadius is where tr(exp(W∘W)) overflows in float64: at ln 1.8e308.
const largestRadius = 709

// explainGradient names the parameter of a gradient that no step can follow.
func explainGradient(err error) error {
	var g *optim.GradientError
	if !errors.As(err, &g) {
		return err
	}
	return &NumberError{fmt.Sprintf("the gradient of %s, at element %d,", g.Param, g.Index), g.Value, lower}
}

// checkParams names the first parameter that a step has spoiled: a gradient may be finite and the step too wide all the
// same. One sum over each is the cheapest way to look at all its values.
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
			return &NumberError{"behind its step, parameter " + p.Name, sum, lower}
		}
	}
	return nil
}

// spread is 0, or NaN where a value is not finite.
func spread[F float32 | float64](values []F) float64 {
	var sum F
	for _, v := range values {
		sum += 0 * v
	}
	return float64(sum)
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
