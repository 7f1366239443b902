package learn

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

func momentsOf(t require.TestingT, lags int, x ...mat.Matrix) *dag.Moments {
	m, err := dag.NewMoments(lags, x...)
	require.NoError(t, err)
	return m
}

// left is the mean square that least squares by gonum leaves of column j of x, and its weights.
func left(t require.TestingT, x *mat.Dense, j int, columns []int) (variance float64, weights []float64) {
	n, _ := x.Dims()
	design := mat.NewDense(n, len(columns)+1, nil)
	for i := range n {
		for a, col := range columns {
			design.Set(i, a, x.At(i, col))
		}
		design.Set(i, len(columns), 1)
	}
	var fit, residual mat.VecDense
	require.NoError(t, fit.SolveVec(design, x.ColView(j)))
	residual.MulVec(design, &fit)
	residual.SubVec(x.ColView(j), &residual)
	return mat.Dot(&residual, &residual) / float64(n), fit.RawVector().Data[:len(columns)]
}

func TestRegressIsLeastSquares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 6).Draw(t, "variables")
		rng := source(t)
		x := mixed(rng, 30, d)
		columns := rapid.Permutation([]int{0, 1, 2, 3, 4, 5}[:d-1]).Draw(t, "columns")
		columns = columns[:rapid.IntRange(0, d-1).Draw(t, "parents")]
		variance, weights := left(t, x, d-1, columns)
		r, inverse := momentsOf(t, 0, x).Regress(d-1, columns)
		scale := 1 + mat.Norm(x, math.Inf(1))
		require.InDelta(t, variance, r.Residual, 1e-9*scale*scale)
		require.Equal(t, columns, r.Parents)
		for a := range columns {
			require.InDelta(t, weights[a], r.Weights[a], 1e-4*(1+math.Abs(weights[a])))
			without, _ := left(t, x, d-1, slices.Delete(slices.Clone(columns), a, a+1))
			gain := r.Weights[a] * r.Weights[a] / inverse.At(a, a)
			require.InDelta(t, without-variance, gain, 1e-7*scale*scale, "what a parent is worth")
		}
	})
}

func TestRegressOnColumnsThatSayTheSame(t *testing.T) {
	x := normal(rand1(), 40, 5)
	for i := range 40 {
		x.Set(i, 1, x.At(i, 0)) // a duplicate
		x.Set(i, 2, 7)          // a constant
		x.Set(i, 4, 3*x.At(i, 0)+x.At(i, 3))
	}
	r, _ := momentsOf(t, 0, x).Regress(4, []int{0, 1, 2, 3})
	require.InDelta(t, 3, r.Weights[0]+r.Weights[1], 1e-4)
	require.Zero(t, r.Weights[2])
	require.InDelta(t, 1, r.Weights[3], 1e-4)
	require.InDelta(t, 0, r.Residual, 1e-4)
	none, _ := momentsOf(t, 0, x).Regress(4, nil)
	require.Empty(t, none.Parents)
}

// criterion is n·ln of what is left, and ln n + 2 ln P for each parent (Chen and Chen 2008).
func criterion(t require.TestingT, x *mat.Dense, j int, columns []int) float64 {
	n, p := x.Dims()
	variance, _ := left(t, x, j, columns)
	return float64(n)*math.Log(variance) + float64(len(columns))*(math.Log(float64(n))+2*math.Log(float64(p)))
}

// No parent that is chosen may go, and with effects that are clear no other set of parents is better.
func TestSelectionIsTheBestByItsCriterion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const d = 5
		rng := source(t)
		x := normal(rng, 200, d+1)
		for i := range 200 {
			x.Set(i, d, x.At(i, d)+x.At(i, 0)-0.8*x.At(i, 1))
		}
		s := newSelection(momentsOf(t, 0, x), Evidence{})
		r, _ := s.parents(d, nil, []int{0, 1, 2, 3, 4})
		got := criterion(t, x, d, r.Parents)
		for set := range 1 << d {
			var other []int
			for i := range d {
				if set>>i&1 == 1 {
					other = append(other, i)
				}
			}
			require.LessOrEqual(t, got, criterion(t, x, d, other)+1e-6, "%v is better than %v", other, r.Parents)
		}
	})
}

// Each of two nearly equal parents with opposite effects explains almost nothing by itself.
func TestSelectionSeesParentsThatMatterTogether(t *testing.T) {
	rng := rand1()
	x := normal(rng, 400, 3)
	for i := range 400 {
		x.Set(i, 1, x.At(i, 0)+0.1*x.At(i, 1))
		x.Set(i, 2, 0.2*x.At(i, 2)+10*(x.At(i, 1)-x.At(i, 0)))
	}
	r, _ := newSelection(momentsOf(t, 0, x), Evidence{}).parents(2, nil, []int{0, 1})
	require.ElementsMatch(t, []int{0, 1}, r.Parents)
}

func TestSelectionKeepsWhatMustStay(t *testing.T) {
	x := normal(rand1(), 300, 4)
	s := newSelection(momentsOf(t, 0, x), Evidence{})
	r, _ := s.parents(3, nil, []int{0, 1, 2})
	require.Empty(t, r.Parents, "noise has no parents")
	r, _ = s.parents(3, []int{1, 0}, []int{2})
	require.Equal(t, []int{1, 0}, r.Parents)
}

// A quarter of the observations bounds the number of parents, so that noise is not overfitted.
func TestSelectionOfFewRows(t *testing.T) {
	x := normal(rand1(), 12, 40)
	s := newSelection(momentsOf(t, 0, x), Evidence{})
	require.LessOrEqual(t, len(s.forward(0, nil, others(40))), 3)
	require.LessOrEqual(t, len(s.forward(0, []int{1, 2}, others(40)[2:])), 1, "kept columns count")
}

func others(d int) (columns []int) {
	for i := 1; i < d; i++ {
		columns = append(columns, i)
	}
	return columns
}
