package optim_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/optim"
)

// exact stops at nothing but a gradient of nearly 0.
var exact = optim.OWLQN{Tolerance: 1e-8, Progress: 1e-300}

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// regression is ½/n·‖y − Xw‖².
func regression(x *mat.Dense, y []float64) optim.Objective {
	n, _ := x.Dims()
	return func(w, grad []float64) float64 {
		var left mat.VecDense
		left.MulVec(x, mat.NewVecDense(len(w), w))
		left.SubVec(&left, mat.NewVecDense(n, y))
		g := mat.NewVecDense(len(w), grad)
		g.MulVec(x.T(), &left)
		g.ScaleVec(1/float64(n), g)
		return mat.Dot(&left, &left) / 2 / float64(n)
	}
}

func drawSource(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
}

func TestOWLQNWithoutPenaltySolvesLinearEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "variables")
		rng := drawSource(t)
		root := mat.NewDense(n, n, normals(rng, n*n))
		a := mat.NewDense(n, n, nil)
		a.Mul(root, root.T())
		for i := range n {
			a.Set(i, i, a.At(i, i)+0.1)
		}
		b := mat.NewVecDense(n, normals(rng, n))
		var want mat.VecDense
		require.NoError(t, want.SolveVec(a, b))
		quadratic := func(x, grad []float64) float64 {
			g, v := mat.NewVecDense(n, grad), mat.NewVecDense(n, x)
			g.MulVec(a, v)
			value := mat.Dot(g, v)/2 - mat.Dot(b, v)
			g.SubVec(g, b)
			return value
		}
		x := normals(rng, n)
		end, err := exact.Minimise(context.Background(), quadratic, make([]float64, n), x)
		require.NoError(t, err)
		require.InDeltaSlice(t, want.RawVector().Data, x, 1e-5)
		require.InDelta(t, -mat.Dot(b, &want)/2, end.Value, 1e-8)
	})
}

// With XᵀX = n·I, w_i is what least squares finds, nearer to 0 by λ_i or at it.
func TestOWLQNThresholdsSoftlyOnAnOrthogonalDesign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, d := 20, rapid.IntRange(1, 8).Draw(t, "variables")
		rng := drawSource(t)
		var qr mat.QR
		qr.Factorize(mat.NewDense(n, d, normals(rng, n*d)))
		var q mat.Dense
		qr.QTo(&q)
		x := mat.DenseCopyOf(q.Slice(0, n, 0, d))
		x.Scale(math.Sqrt(float64(n)), x)
		y := normals(rng, n)
		lambda, want := make([]float64, d), make([]float64, d)
		for i := range d {
			lambda[i] = rapid.Float64Range(0, 0.5).Draw(t, "lambda")
			unpenalised := mat.Dot(x.ColView(i), mat.NewVecDense(n, y)) / float64(n)
			want[i] = math.Copysign(max(math.Abs(unpenalised)-lambda[i], 0), unpenalised)
		}
		w := normals(rng, d)
		_, err := exact.Minimise(context.Background(), regression(x, y), lambda, w)
		require.NoError(t, err)
		require.InDeltaSlice(t, want, w, 1e-6)
		for i := range d {
			if want[i] == 0 {
				require.Zero(t, w[i], "exactly")
			}
		}
	})
}

// The conditions of Karush, Kuhn and Tucker tell the lasso's minimum from every other point.
func TestOWLQNFindsTheLassosMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, d := rapid.IntRange(20, 60).Draw(t, "rows"), rapid.IntRange(1, 15).Draw(t, "variables")
		rng := drawSource(t)
		x, y := mat.NewDense(n, d, normals(rng, n*d)), normals(rng, n)
		for i := range n { // all columns correlate
			common := rng.NormFloat64()
			floats.AddConst(common, x.RawRowView(i))
			y[i] += common
		}
		lambda := make([]float64, d)
		for i := range lambda {
			lambda[i] = rapid.SampledFrom([]float64{0, 0.02, 0.1, 0.3}).Draw(t, "lambda")
		}
		f := regression(x, y)
		w, grad := make([]float64, d), make([]float64, d)
		end, err := exact.Minimise(context.Background(), f, lambda, w)
		require.NoError(t, err)
		value := f(w, grad)
		for i, v := range w {
			value += lambda[i] * math.Abs(v)
			if v == 0 {
				require.LessOrEqual(t, math.Abs(grad[i]), lambda[i]+1e-5)
			} else {
				require.InDelta(t, -lambda[i]*math.Copysign(1, v), grad[i], 1e-5)
			}
		}
		require.InDelta(t, value, end.Value, 1e-12, "the penalty counts")
	})
}

func rosenbrock(x, grad []float64) float64 {
	a, b := 1-x[0], x[1]-x[0]*x[0]
	grad[0], grad[1] = -2*a-400*x[0]*b, 200*b
	return a*a + 100*b*b
}

func TestOWLQNFollowsACurvedValley(t *testing.T) {
	for _, memory := range []int{1, 3, 10} {
		x := []float64{-1.2, 1}
		o := exact
		o.Memory = memory
		end, err := o.Minimise(context.Background(), rosenbrock, []float64{0, 0}, x)
		require.NoError(t, err)
		require.InDeltaSlice(t, []float64{1, 1}, x, 1e-6)
		require.Less(t, end.Iterations, 60, "steepest descent takes thousands")
	}
}

// In a bending valley the curvature changes from step to step, so the memory's length matters.
func TestOWLQNRemembersNoMoreThanItsMemory(t *testing.T) {
	end := func(memory int) optim.Minimum {
		o := exact
		o.Memory = memory
		end, err := o.Minimise(context.Background(), rosenbrock, []float64{0, 0}, []float64{-1.2, 1})
		require.NoError(t, err)
		return end
	}
	require.NotEqual(t, end(1), end(10))
	require.Equal(t, end(0), end(10), "the default")
}

// Between two wells the curvature is negative and is not used.
func TestOWLQNLeavesAHill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wells := func(x, grad []float64) float64 {
			sum := 0.0
			for i, v := range x {
				sum += v*v*v*v/4 - v*v/2
				grad[i] = v*v*v - v
			}
			return sum
		}
		x := normals(drawSource(t), rapid.IntRange(1, 5).Draw(t, "variables"))
		floats.Scale(0.1, x)
		end, err := exact.Minimise(context.Background(), wells, make([]float64, len(x)), x)
		require.NoError(t, err)
		require.InDelta(t, -0.25*float64(len(x)), end.Value, 1e-9)
		for _, v := range x {
			require.InDelta(t, 1, math.Abs(v), 1e-6)
		}
	})
}

// A slope without curvature promises a step of 10¹⁵, too far to come back from by halves.
func TestOWLQNForgetsCurvatureThatMisleads(t *testing.T) {
	const weak = 1e-15
	f := func(x, grad []float64) float64 {
		beyond := max(x[0]-2, 0)
		grad[0] = -1 + weak*x[0] + beyond
		return -x[0] + weak*x[0]*x[0]/2 + beyond*beyond/2
	}
	x := []float64{0}
	_, err := exact.Minimise(context.Background(), f, []float64{0}, x)
	require.NoError(t, err)
	require.InDelta(t, 3, x[0], 1e-6)
}

// −cx − ε·ln(1 − x) ends at 1 − ε/c, close to the end of its domain.
func TestOWLQNStaysWhereTheObjectiveIsDefined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slope := rapid.Float64Range(0.5, 1e6).Draw(t, "slope")
		barrier := slope * math.Pow(10, rapid.Float64Range(-6, -1).Draw(t, "log10 of the barrier"))
		f := func(x, grad []float64) float64 {
			require.False(t, math.IsNaN(x[0]) || math.IsInf(x[0], 0))
			if x[0] >= 1 {
				grad[0] = math.NaN() // must not be looked at
				return math.Inf(1)
			}
			grad[0] = barrier/(1-x[0]) - slope
			return -slope*x[0] - barrier*math.Log(1-x[0])
		}
		x := []float64{0}
		end, err := exact.Minimise(context.Background(), f, []float64{0}, x)
		require.NoError(t, err)
		require.Less(t, x[0], 1.0)
		require.False(t, math.IsInf(end.Value, 0))
		require.InDelta(t, 1-barrier/slope, x[0], 1e-5)
	})
}

func TestOWLQNEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	f := func(x, grad []float64) float64 {
		if calls++; calls == 5 {
			cancel()
		}
		return rosenbrock(x, grad)
	}
	x := []float64{-1.2, 1}
	end, err := exact.Minimise(ctx, f, []float64{0, 0}, x)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, end.Converged)
	require.Less(t, calls, 30)
	started := []float64{-1.2, 1}
	_, err = exact.Minimise(ctx, rosenbrock, []float64{0, 0}, started)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []float64{-1.2, 1}, started, "not a step")
}

func TestOWLQNSaysWhyItStopped(t *testing.T) {
	ctx, none := context.Background(), []float64{0, 0}
	end, err := optim.OWLQN{}.Minimise(ctx, rosenbrock, none, []float64{1, 1})
	require.NoError(t, err)
	require.Equal(t, optim.Minimum{Value: 0, Iterations: 0, Converged: true}, end, "it was there")

	end, err = optim.OWLQN{MaxIterations: 3}.Minimise(ctx, rosenbrock, none, []float64{-1.2, 1})
	require.NoError(t, err)
	require.Equal(t, 3, end.Iterations)
	require.False(t, end.Converged)

	slow, err := optim.OWLQN{Progress: 100}.Minimise(ctx, rosenbrock, none, []float64{-1.2, 1})
	require.NoError(t, err)
	require.True(t, slow.Converged)
	require.Equal(t, 6, slow.Iterations, "the first that has five before it")

	x := []float64{0, 0}
	end, err = optim.OWLQN{}.Minimise(ctx, rosenbrock, []float64{2, 0.1}, x) // its gradient at 0 is (−2, 0)
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0}, x, "the penalty outweighs the gradient")
	require.True(t, end.Converged)

	lying := func(_, grad []float64) float64 { grad[0] = 1; return 0 } // promises what it does not keep
	end, err = optim.OWLQN{}.Minimise(ctx, lying, []float64{0}, []float64{2})
	require.NoError(t, err)
	require.False(t, end.Converged)
}

func TestOWLQNStaysAtAStartWhereTheObjectiveIsNotDefined(t *testing.T) {
	for _, value := range []float64{math.NaN(), math.Inf(1)} {
		x := []float64{3}
		min, err := optim.OWLQN{}.Minimise(t.Context(), func(x, grad []float64) float64 { return value }, []float64{0}, x)
		require.NoError(t, err)
		require.Equal(t, optim.Minimum{Value: math.Inf(1)}, min)
		require.Equal(t, []float64{3}, x)
	}
}

func TestTheObserverSeesEachStepWhereItEnded(t *testing.T) {
	var at []float64 // where the objective was evaluated last
	evaluated, seen := 0.0, 0
	objective := func(x, grad []float64) float64 {
		at = append(at[:0], x...)
		grad[0], grad[1] = 4*x[0]*x[0]*x[0], 2*x[1]
		evaluated = x[0]*x[0]*x[0]*x[0] + x[1]*x[1]
		return evaluated
	}
	x := []float64{2, -3}
	last := math.Inf(1)
	minimum, err := optim.OWLQN{Observe: func(i int, value float64) {
		require.Equal(t, seen, i)
		require.Equal(t, evaluated, value)
		require.Less(t, value, last)
		seen, last = i+1, value
	}}.Minimise(context.Background(), objective, make([]float64, 2), x)
	require.NoError(t, err)
	require.Equal(t, minimum.Iterations, seen)
	require.Equal(t, x, at)
}
