package optim

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// spd draws a positive definite quadratic ½xᵀAx − bᵀx.
func spd(t *rapid.T, n int) (a [][]float64, b []float64) {
	element := rapid.Float64Range(-1, 1)
	root := make([][]float64, n)
	for i := range root {
		root[i] = rapid.SliceOfN(element, n, n).Draw(t, "root")
	}
	a = make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n)
		for j := range a[i] {
			for k := range n {
				a[i][j] += root[i][k] * root[j][k]
			}
		}
		a[i][i] += 0.3
	}
	return a, rapid.SliceOfN(rapid.Float64Range(-3, 3), n, n).Draw(t, "b")
}

func quadratic(a [][]float64, b []float64) Objective {
	return func(x, grad []float64) float64 {
		value := 0.0
		for i := range x {
			grad[i] = -b[i]
			for j := range x {
				grad[i] += a[i][j] * x[j]
			}
			value += x[i] * (grad[i] - b[i]) / 2
		}
		return value
	}
}

func TestBoundedEndsWhereNoElementCanImprove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		a, b := spd(t, n)
		lower, upper, x, grad := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range lower {
			lower[i] = rapid.Float64Range(-1, 0).Draw(t, "lower")
			upper[i] = rapid.Float64Range(0, 1).Draw(t, "upper")
			x[i] = rapid.Float64Range(-2, 2).Draw(t, "x")
		}
		end, err := Bounded{}.Minimise(context.Background(), quadratic(a, b), lower, upper, x)
		require.NoError(t, err)
		require.True(t, end.Converged)
		quadratic(a, b)(x, grad)
		for i := range x {
			require.GreaterOrEqual(t, x[i], lower[i])
			require.LessOrEqual(t, x[i], upper[i])
			if x[i] > lower[i]+1e-6 {
				require.LessOrEqual(t, grad[i], 1e-5, "element %d could fall", i)
			}
			if x[i] < upper[i]-1e-6 {
				require.GreaterOrEqual(t, grad[i], -1e-5, "element %d could rise", i)
			}
		}
	})
}

func TestBoundedWithoutBoundsSolvesRosenbrock(t *testing.T) {
	rosenbrock := func(x, grad []float64) float64 {
		a, b := 1-x[0], x[1]-x[0]*x[0]
		grad[0], grad[1] = -2*a-400*x[0]*b, 200*b
		return a*a + 100*b*b
	}
	inf := math.Inf(1)
	x := []float64{-1.2, 1}
	end, err := Bounded{Tolerance: 1e-9}.Minimise(context.Background(), rosenbrock, []float64{-inf, -inf}, []float64{inf, inf}, x)
	require.NoError(t, err)
	require.True(t, end.Converged)
	require.InDeltaSlice(t, []float64{1, 1}, x, 1e-7)
	x = []float64{-1.2, 1} // with x₀ ≤ ½ the minimum is at the bound, where x₁ = x₀²
	_, err = Bounded{Tolerance: 1e-9}.Minimise(context.Background(), rosenbrock, []float64{-inf, -inf}, []float64{0.5, inf}, x)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{0.5, 0.25}, x, 1e-7)
}

func TestBoundedEndsWithItsContextAndOutsideOfTheDomain(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := quadratic([][]float64{{1}}, []float64{1})
	_, err := Bounded{}.Minimise(ctx, f, []float64{-9}, []float64{9}, []float64{5})
	require.ErrorIs(t, err, context.Canceled)
	end, err := Bounded{}.Minimise(context.Background(), func(_, _ []float64) float64 { return math.NaN() }, []float64{0}, []float64{1}, []float64{0})
	require.NoError(t, err)
	require.True(t, math.IsInf(end.Value, 1))
}

// What ends a minimisation within bounds without convergence: its context, its iterations, a start outside of the domain, and a function that gets
// lower in no direction.
func TestBoundedSaysWhyItEnds(t *testing.T) {
	valley := func(x, grad []float64) float64 {
		grad[0], grad[1] = -400*x[0]*(x[1]-x[0]*x[0])-2*(1-x[0]), 200*(x[1]-x[0]*x[0])
		return 100*(x[1]-x[0]*x[0])*(x[1]-x[0]*x[0]) + (1-x[0])*(1-x[0])
	}
	lower, upper := []float64{-2, -2}, []float64{2, 2}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Bounded{}.Minimise(cancelled, valley, lower, upper, []float64{-1.2, 1})
	require.ErrorIs(t, err, context.Canceled)

	end, err := Bounded{MaxIterations: 2}.Minimise(context.Background(), valley, lower, upper, []float64{-1.2, 1})
	require.NoError(t, err)
	require.False(t, end.Converged)
	require.Equal(t, 2, end.Iterations)

	outside := func(x, _ []float64) float64 { return math.Inf(1) }
	end, err = Bounded{}.Minimise(context.Background(), outside, lower, upper, []float64{0, 0})
	require.NoError(t, err)
	require.Equal(t, Minimum{Value: math.Inf(1)}, end)

	wrong := func(x, grad []float64) float64 { // its gradient points up
		grad[0], grad[1] = -1, -1
		return x[0] + x[1]
	}
	x := []float64{0.5, 0.5}
	end, err = Bounded{}.Minimise(context.Background(), wrong, lower, upper, x)
	require.NoError(t, err)
	require.False(t, end.Converged)
	require.Equal(t, []float64{0.5, 0.5}, x)
}

// A kink makes the curvature of earlier steps useless: it is forgotten, and the minimum is found all the same.
func TestBoundedPassesKinks(t *testing.T) {
	kink := func(x, grad []float64) float64 {
		grad[0], grad[1] = 2*x[0], 10*math.Copysign(1, x[1]-0.3)+0.2*x[1]
		return x[0]*x[0] + 10*math.Abs(x[1]-0.3) + 0.1*x[1]*x[1]
	}
	x := []float64{0.9, -0.8}
	start := kink(x, make([]float64, 2))
	end, err := Bounded{}.Minimise(context.Background(), kink, []float64{-1, -1}, []float64{1, 1}, x)
	require.NoError(t, err)
	require.InDelta(t, 0.3, x[1], 0.05)
	require.Less(t, end.Value, 0.1*start)
}

// undefined is a program whose value is not a number.
type undefined struct{}

func (undefined) Evaluate(x, c []float64) float64 { c[0] = 0; return math.NaN() }
func (undefined) Gradient(_, _ []float64)         {}

func TestConstrainedEndsOutsideTheDomain(t *testing.T) {
	end, err := Constrained{}.Minimise(context.Background(), undefined{}, []float64{0}, []float64{1}, []float64{0.5}, []float64{0})
	require.NoError(t, err)
	require.False(t, end.Converged)
}
