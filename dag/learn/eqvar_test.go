package learn_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
)

func moments(t require.TestingT, lags int, series ...mat.Matrix) *dag.Moments {
	m, err := dag.NewMoments(lags, series...)
	require.NoError(t, err)
	return m
}

// naiveOrder takes the variable that leaves the least when regressed on all that are taken, by gonum's least squares.
func naiveOrder(t require.TestingT, x *mat.Dense) []int {
	n, d := x.Dims()
	var order []int
	for range d {
		best, least := -1, 0.0
		for j := range d {
			if slices.Contains(order, j) {
				continue
			}
			parents := mat.NewDense(d, d, nil)
			for _, i := range order {
				parents.Set(i, j, 1)
			}
			weights := leastSquares(t, x, parents, j)
			left, mean := mat.NewVecDense(n, nil), 0.0
			left.MulVec(x, mat.NewVecDense(d, weights))
			left.SubVec(x.ColView(j), left)
			for t := range n {
				mean += left.AtVec(t) / float64(n)
			}
			variance := mat.Dot(left, left)/float64(n) - mean*mean
			if best < 0 || variance < least {
				best, least = j, variance
			}
		}
		order = append(order, best)
	}
	return order
}

func TestEqVarOrderTakesTheLeastThatIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 7).Draw(t, "variables")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		x := noise(rng, 30, d)
		x.Mul(x, noise(rng, d, d))
		require.Equal(t, naiveOrder(t, x), learn.EqVarOrder(moments(t, 0, x), nil))
	})
}

// A sum of others, of which nothing is left beyond rounding, changes nothing for the rest.
func TestEqVarOrderPassesOverSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := noise(seeded(rapid.Uint64().Draw(t, "seed")), 30, 6)
		x.Apply(func(i, j int, v float64) float64 {
			if j == 5 {
				return 3*x.At(i, 0) + 3*x.At(i, 1)
			}
			return v
		}, x)
		with := learn.EqVarOrder(moments(t, 0, x), nil)
		at := slices.Index(with, 5)
		require.Equal(t, learn.EqVarOrder(moments(t, 0, x.Slice(0, 30, 0, 5)), nil), slices.Delete(with, at, at+1))
	})
}

// If the errors have the same variance, every edge goes forwards in the order.
func TestEqVarOrderIsTopological(t *testing.T) {
	rng := seeded(3)
	m := drawLinear(rng, 12)
	order := learn.EqVarOrder(moments(t, 0, m.sample(3000, rng.NormFloat64)), nil)
	for _, e := range dag.Edges(m.w) {
		require.Less(t, slices.Index(order, e.From), slices.Index(order, e.To))
	}
}

// What its past explains of a variable does not count: the second is of a large variance, but owes it to the past.
func TestEqVarOrderIsGivenThePast(t *testing.T) {
	rng := seeded(4)
	x := noise(rng, 500, 2)
	for t := 1; t < 500; t++ {
		x.Set(t, 1, 0.5*x.At(t, 1)+0.95*x.At(t-1, 1))
	}
	require.Equal(t, []int{0, 1}, learn.EqVarOrder(moments(t, 0, x), nil))
	require.Equal(t, []int{1, 0}, learn.EqVarOrder(moments(t, 1, x), nil))
}

func TestEqVarOrderPutsRequiredEdgesForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(2, 7).Draw(t, "variables")
		c := drawConstraints(t, d)
		order := learn.EqVarOrder(moments(t, 0, noise(seeded(rapid.Uint64().Draw(t, "seed")), 20, d)), c)
		require.ElementsMatch(t, learn.EqVarOrder(moments(t, 0, noise(seeded(1), 20, d)), nil), order, "all, once each")
		for i := range d {
			for j := range d {
				if c.Required(i, j) {
					require.Less(t, slices.Index(order, i), slices.Index(order, j))
				}
			}
		}
	})
}
