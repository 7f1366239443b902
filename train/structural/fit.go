package structural

import (
	"context"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/optim"
)

// Fit is a fitted model.
type Fit struct {
	Model      *Model
	Sigma      float64 // width σ of the noise, in multiples of a region's average week: of its t distribution, not its standard deviation
	Dof        float64 // degrees of freedom of the noise: few are outlying weeks, many is normal noise
	Design     float64 // design effect: correlated region-weeks per independent one
	Iterations int
	Converged  bool
}

// Step is a step of a fit.
type Step struct {
	Round, Iteration       int // Iteration counts over all rounds
	Loss, Fit, Prior       float64
	TrainRMSE, HoldoutRMSE float64 // of the scaled target, as far as it was recorded; NaN without a holdout
}

// Effort bounds a fit.
type Effort struct {
	Rounds int // after each, the design effect is estimated again
	Start  int // iterations of L-BFGS at most, before the curvature is known
	Polish int // iterations in a round at most, given the curvature
}

// Full fits to convergence. First and Quick compare shapes: First is for the one that the others start from.
var (
	Full  = Effort{3, 60, 300}
	First = Effort{2, 60, 40}
	Quick = Effort{1, 30, 50}
)

// mostCurved is the number of parameters up to which their curvature is worth two gradients each.
const mostCurved = 300

// NewFit fits a model. It alternates between the parameters, given the design effect, and the design effect, given the
// residuals. If start is not nil, the design effect and parameters of the same name and shape start at its values. The result depends
// only on the arguments. observe, if not nil, receives every step.
func NewFit(ctx context.Context, d *Data, shape Shape, o Options, e Effort, start *Fit, observe func(Step)) (*Fit, error) {
	m, err := NewModel(d, shape, o, graph.NewParams(tensor.Float64, o.Seed), true)
	if err != nil {
		return nil, err
	}
	f := &Fit{Model: m, Design: 1}
	if start != nil {
		f.startAt(start)
	}
	round := 0
	seen := func(i int) {
		if observe != nil {
			observe(m.step(round, f.Iterations+i))
		}
	}
	solved := func(minimum optim.Minimum, err error) error {
		if err != nil {
			return fmt.Errorf("round %d of the fit: %w", round+1, err)
		}
		f.Iterations, f.Converged = f.Iterations+minimum.Iterations, minimum.Converged
		return m.Evaluate()
	}
	m.inform(f.Design)
	if err := solved(m.minimise(ctx, e.Start, seen)); err != nil {
		return nil, err
	}
	for ; round < e.Rounds; round++ {
		if e.Rounds > 1 {
			f.Design = m.designEffect()
			m.inform(f.Design)
		}
		if l := m.layout(); len(l.shared)+len(l.own[0]) > mostCurved {
			if err := solved(m.minimise(ctx, e.Polish, seen)); err != nil {
				return nil, err
			}
			continue
		}
		p, err := m.posterior()
		if err != nil {
			return nil, err
		}
		parameters, err := m.effectiveParameters(p, f.Design)
		if err != nil {
			return nil, err
		}
		m.integrate(parameters)
		if err := solved(m.polish(ctx, p, e.Polish, seen)); err != nil {
			return nil, err
		}
	}
	f.Sigma, f.Dof = m.noise.Width(), m.noise.Dof()
	return f, nil
}

// inform sets the design effect of the loss.
func (m *Model) inform(design float64) { graph.SetScalar(m.information, 1/design) }

func (f *Fit) startAt(start *Fit) {
	f.Design = start.Design
	for _, p := range f.Model.Parameters {
		if from := start.Model.Params.Get(p.Name); from != nil && from.Value.Shape().Eq(p.Value.Shape()) {
			copy(p.Value.Float64s(), from.Value.Float64s())
		}
	}
}

// step describes the fit after an iteration.
func (m *Model) step(round, iteration int) Step {
	return Step{
		Round: round, Iteration: iteration, Loss: m.Scalar(m.Loss.Total), Fit: m.Scalar(m.Loss.Fit),
		Prior:     m.Scalar(m.Loss.Prior),
		TrainRMSE: m.rmse(0, m.Data.Train), HoldoutRMSE: m.rmse(m.Data.Train, m.Data.Weeks),
	}
}

// rmse is the root mean squared error of the scaled target in some weeks; NaN if none was recorded.
func (m *Model) rmse(from, to int) float64 {
	predicted := m.Floats(m.Prediction)
	sum, n := 0.0, 0.0
	for cell, known := range m.Data.Known {
		if week := cell % m.Data.Weeks; known && week >= from && week < to {
			e := predicted[cell] - m.Data.Target[cell]
			sum, n = sum+e*e, n+1
		}
	}
	return math.Sqrt(sum / n)
}

// clusterWeeks is the block length for autocorrelated noise, in weeks.
const clusterWeeks = 4

// designEffect is the variance of sums of residuals over all regions and clusterWeeks weeks, relative to that of independent
// noise (Kish 1965). Noise that is common to all regions of a week makes them as informative as a single region.
func (m *Model) designEffect() float64 {
	d := m.Data
	predicted := m.Floats(m.Prediction)
	between, within := 0.0, 0.0
	length := d.Every.Rows(clusterWeeks)
	for from := 0; from < d.Train; from += length {
		sum := 0.0
		for cell, w := range d.Weight {
			if week := cell % d.Weeks; w > 0 && week >= from && week < from+length {
				e := predicted[cell] - d.Target[cell]
				sum += e
				within += e * e
			}
		}
		between += sum * sum
	}
	if within == 0 {
		return 1
	}
	return max(1, between/within)
}
