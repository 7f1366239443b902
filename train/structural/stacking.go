package structural

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// stack returns the weights of K predictive distributions that maximise the log score of their mixture (Yao et al. 2018),
//
//	Σ_i n_i · ln Σ_k w_k p_ki + strength · Σ_k prior_k · ln w_k
//
// given the log densities ln p_ki [K, observations] of what was observed, and the information n_i of each observation: 1 if they
// are independent. The second term is a Dirichlet prior: few observations leave the weights near the prior, which adds up to 1.
// Each step of expectation maximisation raises the objective, which is concave.
func stack(densities [][]float64, information, prior []float64, strength float64) []float64 {
	const steps = 1000
	K := len(densities)
	weights := append([]float64(nil), prior...)
	relative := relativeDensities(densities)
	counts := make([]float64, K)
	for range steps {
		for k := range counts {
			counts[k] = strength * prior[k]
		}
		for i, n := range information {
			total := 0.0
			for k := range K {
				total += weights[k] * relative[k][i]
			}
			for k := range K {
				counts[k] += n * weights[k] * relative[k][i] / total
			}
		}
		floats.Scale(1/floats.Sum(counts), counts)
		change := floats.Distance(weights, counts, math.Inf(1))
		copy(weights, counts)
		if change < 1e-8 {
			break
		}
	}
	return weights
}

// relativeDensities are the densities in multiples of the largest of each observation.
func relativeDensities(logs [][]float64) [][]float64 {
	relative := make([][]float64, len(logs))
	for k := range logs {
		relative[k] = make([]float64, len(logs[k]))
	}
	for i := range logs[0] {
		largest := math.Inf(-1)
		for k := range logs {
			largest = max(largest, logs[k][i])
		}
		for k := range logs {
			relative[k][i] = math.Exp(logs[k][i] - largest)
		}
	}
	return relative
}
