package learn

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
)

func TestLogDetByFiniteDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "nodes")
		s := rapid.Float64Range(0.5, 1.5).Draw(t, "s")
		rng, w := source(t), mat.NewDense(n, n, nil)
		w.Apply(func(_, _ int, _ float64) float64 { return 0.4 * (2*rng.Float64() - 1) / math.Sqrt(float64(n)) }, w)
		grad := mat.NewDense(n, n, nil)
		_, ok := logDet(grad, w, s)
		require.True(t, ok)
		want := fd.Gradient(nil, func(w []float64) float64 {
			h, ok := logDet(mat.NewDense(n, n, nil), mat.NewDense(n, n, w), s)
			require.True(t, ok)
			return h
		}, w.RawMatrix().Data, &fd.Settings{Formula: fd.Central, Step: 1e-4})
		require.InDeltaSlice(t, want, grad.RawMatrix().Data, 1e-6)
	})
}

// cycle sets w's edges of a ring through some nodes.
func cycle(w *mat.Dense, weight float64, nodes ...int) {
	for i, from := range nodes {
		w.Set(from, nodes[(i+1)%len(nodes)], weight)
	}
}

// det(sI − W∘W) of a ring of n nodes is sⁿ − w²ⁿ.
func TestLogDetOfARing(t *testing.T) {
	for n := 1; n <= 8; n++ {
		for _, s := range []float64{0.6, 1, 2} {
			for _, weight := range []float64{-0.7, 0.1, 0.5, 0.76, 0.99, 1.1, 1.5} {
				w, grad := mat.NewDense(8, 8, nil), mat.NewDense(8, 8, nil)
				cycle(w, weight, []int{3, 1, 4, 0, 5, 2, 6, 7}[:n]...)
				h, ok := logDet(grad, w, s)
				require.Equal(t, weight*weight < s, ok, "n %d s %g w %g", n, s, weight)
				if ok {
					require.InDelta(t, -math.Log1p(-math.Pow(weight*weight/s, float64(n))), h, 1e-9)
				}
			}
		}
	}
}

// Two rings too strong each have a determinant below 0, and together one above.
func TestLogDetIsUndefinedWhereOnlyTheDeterminantsSignIsRight(t *testing.T) {
	w := mat.NewDense(5, 5, nil)
	cycle(w, 1.2, 0, 1)
	cycle(w, 1.3, 2, 3, 4)
	_, ok := logDet(mat.NewDense(5, 5, nil), w, 1)
	require.False(t, ok)
}

func TestLogDetVanishesOnDAGs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "nodes")
		w := normal(source(t), n, n)
		order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7}[:n]).Draw(t, "order")
		for i := range n {
			for j := range i + 1 {
				w.Set(order[i], order[j], 0)
			}
		}
		grad := mat.NewDense(n, n, nil)
		h, ok := logDet(grad, w, rapid.Float64Range(0.5, 2).Draw(t, "s"))
		require.True(t, ok)
		require.InDelta(t, 0, h, 1e-9)
	})
}

// chainOf is n observations of 0 → 1 → … → d − 1.
func chainOf(t *testing.T, n, d int) *mat.Dense {
	t.Helper()
	x := normal(rand.New(rand.NewPCG(1, 1)), n, d)
	for i := range n {
		for j := 1; j < d; j++ {
			x.Set(i, j, x.At(i, j)+1.2*x.At(i, j-1))
		}
	}
	return x
}

func TestContinuousSolversEndAcyclic(t *testing.T) {
	x := chainOf(t, 500, 6)
	for _, plain := range []bool{true, false} {
		for _, method := range []Method{NOTEARS, DAGMA} {
			var seen []Step
			e, err := Learn(context.Background(), Options{
				Method: method, Plain: plain, Progress: func(s Step) { seen = append(seen, s) },
			}, x)
			require.NoError(t, err)
			require.Equal(t, e.Path, seen, "once a round")
			last := seen[len(seen)-1]
			require.LessOrEqual(t, last.H, 1e-7)
			require.LessOrEqual(t, e.H, 1e-8)
			require.GreaterOrEqual(t, e.H, 0.0)
			for i, s := range seen {
				require.Positive(t, s.Score)
				if i == 0 {
					continue
				}
				require.Equal(t, seen[i-1].Round+1, s.Round)
				if method == DAGMA {
					require.InEpsilon(t, seen[i-1].Mu/10, s.Mu, 1e-9, "the score counts ever less")
					continue
				}
				require.GreaterOrEqual(t, s.Rho, seen[i-1].Rho)
				require.InEpsilon(t, seen[i-1].Alpha+s.Rho*seen[i-1].H, s.Alpha, 1e-9, "the dual ascent")
			}
			if !plain { // from EqVar's graph, near the end of the path
				require.True(t, seen[0].Rho >= 1e6 || len(seen) == 2)
				continue
			}
			require.Equal(t, 1, seen[0].Round)
			if method == NOTEARS {
				require.Equal(t, []float64{1, 0}, []float64{seen[0].Rho, seen[0].Alpha})
				require.Greater(t, last.Rho, 1e3)
				require.Equal(t, last.H, e.H)
			} else {
				require.Len(t, seen, 5)
				require.Equal(t, 1.0, seen[0].Mu)
			}
		}
	}
}

// A solver's order is used exactly if it scores better than EqVar's.
func TestTheBetterOfTwoOrdersIsTaken(t *testing.T) {
	better := map[Method]int{}
	for seed := range uint64(60) {
		x := mixed(rand.New(rand.NewPCG(seed, 3)), 40, 7)
		score := func(method Method) float64 {
			e, err := Learn(context.Background(), Options{Method: method}, x)
			require.NoError(t, err)
			sum, parents := 0.0, 0.0
			for j := range 7 {
				var columns []int
				for i := range 7 {
					if e.Graph.Same().At(i, j) != 0 {
						columns = append(columns, i)
					}
				}
				variance, _ := left(t, x, j, columns)
				sum, parents = sum+variance, parents+float64(len(columns))
			}
			return 40*7*math.Log(sum/7) + parents*(math.Log(40)+2*math.Log(7))
		}
		first := score(EqVar)
		for _, method := range []Method{NOTEARS, DAGMA} {
			other := score(method)
			require.LessOrEqual(t, other, first+1e-6, "%s, seed %d", method, seed)
			if other < first-1e-6 {
				better[method]++
			}
		}
	}
	require.Positive(t, better[NOTEARS]+better[DAGMA])
}

// Without equal variances EqVar's order carries no information, and the solvers start at 0.
func TestSolversBeginAtZeroWithoutEqualVariances(t *testing.T) {
	x := chainOf(t, 200, 4)
	for _, method := range []Method{NOTEARS, DAGMA} {
		e, err := Learn(context.Background(), Options{Method: method, Standardise: true}, x)
		require.NoError(t, err)
		require.Equal(t, 1, e.Path[0].Round)
		require.Zero(t, e.Path[0].Alpha)
		require.LessOrEqual(t, e.Path[0].Rho, 1.0)
		require.True(t, e.Path[0].Mu == 1 || method == NOTEARS)
	}
}

// With λ and without an edge worth it nothing is left but 0; the smaller λ, the better the fit.
func TestLambdaWeighsEdgesAgainstTheFit(t *testing.T) {
	x := chainOf(t, 500, 4)
	for _, method := range []Method{NOTEARS, DAGMA} {
		edges, score := 1<<10, 0.0
		for _, lambda := range []float64{1e-3, 0.3, 1e3} {
			e, err := Learn(context.Background(), Options{Method: method, Plain: true, Lambda1: lambda}, x)
			require.NoError(t, err)
			n := len(dag.Edges(dag.Threshold(e.Graph.Strongest(), 1e-3)))
			require.LessOrEqual(t, n, edges)
			last := e.Path[len(e.Path)-1]
			require.Greater(t, last.Score, score)
			edges, score = n, last.Score
		}
		require.Zero(t, edges, method)
	}
}

func TestContinuousSolversHaveTheOriginalsLambda(t *testing.T) {
	x := chainOf(t, 200, 4)
	for method, lambda := range map[Method]float64{NOTEARS: 0.1, DAGMA: 0.03} {
		said, err := Learn(context.Background(), Options{Method: method, Plain: true, Lambda1: lambda}, x)
		require.NoError(t, err)
		silent, err := Learn(context.Background(), Options{Method: method, Plain: true}, x)
		require.NoError(t, err)
		require.Equal(t, said, silent)
	}
}

func TestLearnEndsWithTheContext(t *testing.T) {
	x := chainOf(t, 200, 6)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, method := range []Method{NOTEARS, DAGMA, EqVar} {
		for _, plain := range []bool{true, false} {
			if plain && method == EqVar {
				continue // the same
			}
			_, err := Learn(ctx, Options{Method: method, Plain: plain}, x)
			require.ErrorIs(t, err, context.Canceled)
		}
	}
	for _, method := range []Method{NOTEARS, DAGMA} {
		rounds := 0
		ctx, cancel := context.WithCancel(context.Background())
		_, err := Learn(ctx, Options{Method: method, Plain: true, Progress: func(Step) { rounds++; cancel() }}, x)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 1, rounds, "no round after that")
	}
}

// Two variables that are nearly the same, in so small a unit that the score outweighs all else.
func TestSolversSayThatTheyHaveNotConverged(t *testing.T) {
	x := chainOf(t, 200, 2)
	for i := range 200 {
		x.Set(i, 1, x.At(i, 0)+0.01*x.At(i, 1))
	}
	x.Scale(1e4, x)
	for _, method := range []Method{NOTEARS, DAGMA} {
		var seen []Step
		_, err := Learn(context.Background(), Options{
			Method: method, Plain: true, Lambda1: 1e-6, Progress: func(s Step) { seen = append(seen, s) },
		}, x)
		var failure *ConvergenceError
		require.ErrorAs(t, err, &failure)
		require.Equal(t, method, failure.Method)
		require.Equal(t, seen, failure.Path)
		require.Greater(t, failure.Path[len(failure.Path)-1].H, 1e-8, "a graph with a cycle")
	}
}

func TestConvergenceErrorSaysHowFarItCame(t *testing.T) {
	err := &ConvergenceError{DAGMA, []Step{{H: 1}, {H: 0.25}}, 0.81}
	require.EqualError(t, err, "learn: dagma has not converged: h is 0.25 after round 2, and the spectral radius of W∘W 0.81 "+
		"(raise lambda1, or rescale the data)")
}

// twoCycle is the problem of two variables, and a start at a cycle of both.
func twoCycle(t *testing.T, method Method, weight float64) *solver {
	m, err := dag.NewMoments(0, chainOf(t, 200, 2))
	require.NoError(t, err)
	l, err := newSolver(Options{Method: method, Loss: Linear, Lambda1: 0.1, Progress: func(Step) {}}, 2, m.Covariance)
	require.NoError(t, err)
	l.startAt([]*mat.Dense{mat.NewDense(2, 2, []float64{0, weight, weight, 0})})
	return l
}

// From a radius of W∘W just below 709 the penalty still has a gradient that leads back; from one above, the solver stops
// with an error. It never continues with NaN.
func TestSolversBackOffWhereTheExponentialOverflows(t *testing.T) {
	for _, radius := range []float64{2, 100, 340, 709} {
		l := twoCycle(t, NOTEARS, math.Sqrt(radius))
		weights, err := l.solve(t.Context())
		if err == nil {
			require.True(t, dag.IsDAG(dag.Threshold(weights[0], 0.01)), "radius %g", radius)
		}
		for _, s := range l.path {
			require.False(t, math.IsNaN(s.H+s.Score+s.Rho+s.Alpha), "radius %g: %+v", radius, s)
		}
	}
	_, err := twoCycle(t, NOTEARS, math.Sqrt(729)).solve(t.Context())
	require.ErrorContains(t, err, "notears has not converged: h is +Inf after round 1, and the spectral radius of W∘W 729 ")
	_, err = twoCycle(t, DAGMA, 2).solve(t.Context())
	require.ErrorContains(t, err, "dagma has not converged: h is +Inf after round 1, and the spectral radius of W∘W 4 ")
}
