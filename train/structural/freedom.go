package structural

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/graph"
)

// Parameters that follow the noise leave residuals that are smaller than it: of n cells and p fitted parameters, normal noise has the
// width √(RSS/(n − p)) of the density with the parameters integrated out, not the √(RSS/n) of the joint one (Patterson and Thompson 1971).
// The integral adds p·ln σ to the log density.

// mostIntegrated bounds the effective parameters by a share of the independent cells. Far from a mode the curvature tells of more, and with as
// many as there are cells the density has no maximum.
const mostIntegrated = 0.5

// trials is the number of random directions in which effectiveParameters moves the fit.
const trials = 16

// effectiveParameters is the number of parameters that the data, not the priors, determine: the sum over the cells of the posterior
// variance of the prediction, in multiples of the variance of a cell's noise (the trace of a linear smoother; Spiegelhalter et al. 2002).
func (m *Model) effectiveParameters(p *Posterior, design float64) (float64, error) {
	const step = 0.1 // standard deviations: where the prediction is linear
	defer m.setVector(p.mode)
	rng := rand.New(rand.NewPCG(m.options.Seed, 0))
	sigma, dof := m.noise.Width(), m.noise.Dof()
	sum := 0.0
	for range trials {
		z := make([]float64, len(p.mode))
		for i := range z {
			z[i] = step * rng.NormFloat64()
		}
		up, err := m.predictionAt(p.At(z))
		if err != nil {
			return 0, err
		}
		floats.Scale(-1, z)
		down, err := m.predictionAt(p.At(z))
		if err != nil {
			return 0, err
		}
		for cell, w := range m.Data.Weight {
			moved := (up[cell] - down[cell]) / (2 * step)
			sum += w * moved * moved / trials
		}
	}
	information := (dof + 1) / (dof + 3) / (sigma * sigma) // of a cell, about its mean (Lange, Little and Taylor 1989)
	return min(sum*information, mostIntegrated*floats.Sum(m.Data.Weight)) / design, nil
}

// predictionAt is the prediction [R, T] at some parameters.
func (m *Model) predictionAt(x []float64) ([]float64, error) {
	m.setVector(slices.Clone(x))
	if err := m.Evaluate(); err != nil {
		return nil, err
	}
	return m.Floats(m.Prediction), nil
}

// integrate sets the number of parameters that the loss integrates out.
func (m *Model) integrate(parameters float64) {
	graph.SetScalar(m.integrated, parameters/floats.Sum(m.Data.Weight))
}
