package dag_test

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// drawWeight draws a weight of either sign whose size is spread evenly over the powers of ten from least to most.
func drawWeight(t *rapid.T, least, most float64) float64 {
	size := math.Pow(10, rapid.Float64Range(math.Log10(least), math.Log10(most)).Draw(t, "log10 of the weight"))
	if rapid.Bool().Draw(t, "negative") {
		return -size
	}
	return size
}

// drawDense draws any graph, loops included.
func drawDense(t *rapid.T, n int, most float64) *mat.Dense {
	w := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			if rapid.IntRange(0, 3).Draw(t, "edge") > 0 {
				w.Set(i, j, drawWeight(t, most*1e-3, most))
			}
		}
	}
	return w
}

// drawDAG draws an acyclic graph of weights up to most whose order is not that of its nodes, and that order.
func drawDAG(t *rapid.T, most float64) (w *mat.Dense, order []int) {
	n := rapid.IntRange(1, 12).Draw(t, "nodes")
	order = drawOrder(t, n)
	w = mat.NewDense(n, n, nil)
	for i, from := range order {
		for _, to := range order[i+1:] {
			if rapid.Bool().Draw(t, "edge") {
				w.Set(from, to, drawWeight(t, 1e-6, most))
			}
		}
	}
	return w, order
}

func drawOrder(t *rapid.T, n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return rapid.Permutation(order).Draw(t, "order")
}

// ring is a cycle through n nodes, each edge of weight w.
func ring(n int, w float64) *mat.Dense {
	a := mat.NewDense(n, n, nil)
	for i := range n {
		a.Set(i, (i+1)%n, w)
	}
	return a
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// noise is n rows of d independent normal variables.
func noise(rng *rand.Rand, n, d int) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	x.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, x)
	return x
}
