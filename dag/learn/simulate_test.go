package learn_test

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// linear is a linear model that tests simulate: x = Wᵀx + e.
type linear struct {
	w     *mat.Dense
	order []int
}

// drawLinear has its nodes in a random order, two edges a node, and weights between 0.5 and 2 of either sign.
func drawLinear(rng *rand.Rand, d int) linear {
	m := linear{mat.NewDense(d, d, nil), rng.Perm(d)}
	for at, from := range m.order {
		for _, to := range m.order[at+1:] {
			if rng.Float64() < min(1, 4/float64(d-1)) {
				m.w.Set(from, to, drawSize(rng))
			}
		}
	}
	return m
}

func drawSize(rng *rand.Rand) float64 {
	size := 0.5 + 1.5*rng.Float64()
	if rng.IntN(2) == 0 {
		return -size
	}
	return size
}

// sample draws n observations with errors from noise.
func (m linear) sample(n int, noise func() float64) *mat.Dense {
	x := mat.NewDense(n, len(m.order), nil)
	for t := range n {
		m.complete(x.RawRowView(t), noise)
	}
	return x
}

// complete adds to a row, which may hold what its past gives, an error and what its parents give.
func (m linear) complete(row []float64, noise func() float64) {
	for _, j := range m.order {
		row[j] += noise()
		for i, v := range row {
			row[j] += v * m.w.At(i, j) // 0 where i comes later
		}
	}
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// noise is n rows of d independent normal variables.
func noise(rng *rand.Rand, n, d int) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	x.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, x)
	return x
}

// support is 1 for each edge of w.
func support(w mat.Matrix) *mat.Dense {
	s := mat.DenseCopyOf(w)
	s.Apply(func(_, _ int, v float64) float64 {
		if v != 0 {
			return 1
		}
		return 0
	}, s)
	return s
}

// relabel moves node i to permutation[i].
func relabel(w mat.Matrix, permutation []int) *mat.Dense {
	moved := mat.DenseCopyOf(w)
	for i, to := range permutation {
		for j, alsoTo := range permutation {
			moved.Set(to, alsoTo, w.At(i, j))
		}
	}
	return moved
}

// relabelColumns moves variable i to permutation[i].
func relabelColumns(x mat.Matrix, permutation []int) *mat.Dense {
	moved := mat.DenseCopyOf(x)
	for i, to := range permutation {
		moved.SetCol(to, mat.Col(nil, i, x))
	}
	return moved
}

// edges makes a graph of n nodes.
func edges(n int, pairs ...[2]int) *mat.Dense {
	w := mat.NewDense(n, n, nil)
	for _, e := range pairs {
		w.Set(e[0], e[1], 1)
	}
	return w
}

// drawWeight draws a weight of either sign whose size is uniform over the powers of ten from least to most.
func drawWeight(t *rapid.T, least, most float64) float64 {
	size := math.Pow(10, rapid.Float64Range(math.Log10(least), math.Log10(most)).Draw(t, "log10 of the weight"))
	if rapid.Bool().Draw(t, "negative") {
		return -size
	}
	return size
}

func drawOrder(t *rapid.T, n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return rapid.Permutation(order).Draw(t, "order")
}
