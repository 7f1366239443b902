package causal

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"deepcausalmmm/layers"
)

// Fit is a fitted model.
type Fit struct {
	Model      *Model
	Graph      *Graph
	Sigma      float64 // the noise's standard deviation, in multiples of a region's average week
	Iterations int
	Converged  bool
	Rounds     []Round
}

// Round is one fit at one size of the noise.
type Round struct {
	Iterations                           int
	Sigma                                float64 // before
	Loss, LossFit, LossPrior, LossStruct float64 // after
}

// Effort bounds a fit.
type Effort struct {
	Rounds     int // of the noise's size
	Iterations int // of L-BFGS in each
}

// Full is a fit to convergence, and Quick one that compares shapes.
var (
	Full  = Effort{3, 1500}
	Quick = Effort{2, 150}
)

// startSigma is what the noise is taken for at first.
const startSigma = 0.05

// NewFit fits a model: the parameters at the noise's size, the noise's size at the residuals, and again. Start may be nil, or
// another fit of the same shape, whose parameters it then starts from. The result depends on the arguments alone.
func NewFit(ctx context.Context, d *Data, g *Graph, shape Shape, o Options, e Effort, seed uint64, start *Fit) (*Fit, error) {
	params := layers.NewParams(tensor.Float64, seed)
	m, err := NewModel(d, g, shape, o, params, true)
	if err != nil {
		return nil, err
	}
	f := &Fit{Model: m, Graph: g, Sigma: startSigma}
	if start != nil {
		f.Sigma = start.Sigma
		for _, p := range m.Parameters {
			if from := start.Model.Params.Get(p.Name); from != nil && from.Value.Shape().Eq(p.Value.Shape()) {
				copy(p.Value.Float64s(), from.Value.Float64s())
			}
		}
	}
	for range e.Rounds {
		round := Round{Sigma: f.Sigma}
		minimum, err := m.minimise(ctx, f.Sigma, e.Iterations)
		if err != nil {
			return nil, fmt.Errorf("round %d of the fit: %w", len(f.Rounds)+1, err)
		}
		round.Iterations = minimum.Iterations
		if err := m.machine.Run(); err != nil {
			return nil, err
		}
		round.Loss, round.LossFit = m.Scalar(m.Loss.Total), m.Scalar(m.Loss.Fit)
		round.LossPrior, round.LossStruct = m.Scalar(m.Loss.Prior), m.Scalar(m.Loss.Structure)
		f.Iterations, f.Converged = f.Iterations+minimum.Iterations, minimum.Converged
		f.Rounds = append(f.Rounds, round)
		f.Sigma = m.residualSize()
	}
	return f, nil
}

// leastSigma keeps a fit of noiseless data from dividing by 0.
const leastSigma = 1e-4

// residualSize is the noise's standard deviation by the median of the absolute residuals, which few wild ones do not move.
func (m *Model) residualSize() float64 {
	var residuals []float64
	predicted := m.Floats(m.Prediction)
	for i, w := range m.Data.Weight {
		if w > 0 {
			residuals = append(residuals, math.Abs(predicted[i]-m.Data.Target[i]))
		}
	}
	slices.Sort(residuals)
	return max(1.4826*residuals[len(residuals)/2], leastSigma)
}
