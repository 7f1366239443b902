package dag

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Mode decides which edges may exist.
type Mode string

const (
	Triangular Mode = "triangular" // only from earlier to later nodes: acyclic by construction
	NOTEARS    Mode = "notears"    // between any two nodes: acyclic by penalty (Zheng et al. 2018)
)

// minTemperature keeps the logistic of FromLogits finite.
const minTemperature = 1e-3

// Mask is 1 for each edge between n nodes that a mode allows: the strict upper triangle, or all but the diagonal.
func Mask(n int, mode Mode) *mat.Dense {
	mask := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			if i < j || i > j && mode == NOTEARS {
				mask.Set(i, j, 1)
			}
		}
	}
	return mask
}

// FromLogits is the adjacency W = σ(logits/max(temperature, 1e-3)) ∘ mask. The lower the temperature, the closer the
// weights are to 0 or 1.
func FromLogits(logits mat.Matrix, mode Mode, temperature float64) *mat.Dense {
	w := Mask(order(logits), mode)
	w.Apply(func(i, j int, allowed float64) float64 {
		if allowed == 0 {
			return 0
		}
		return 1 / (1 + math.Exp(-logits.At(i, j)/max(temperature, minTemperature)))
	}, w)
	return w
}

// L1 is Σ|W|.
func L1(w mat.Matrix) float64 {
	n := order(w)
	sum := 0.0
	for i := range n {
		for j := range n {
			sum += math.Abs(w.At(i, j))
		}
	}
	return sum
}

// GroupL1 is Σ_j √(Σ_i W_ij² + eps): the group lasso over each node's incoming edges (Yuan and Lin 2006).
func GroupL1(w mat.Matrix, eps float64) float64 {
	n := order(w)
	sum := 0.0
	for j := range n {
		square := eps
		for i := range n {
			square += w.At(i, j) * w.At(i, j)
		}
		sum += math.Sqrt(square)
	}
	return sum
}
