package learn_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/dag/learn"
)

var methods = []learn.Method{learn.NOTEARS, learn.DAGMA, learn.EqVar}

func estimate(t require.TestingT, o learn.Options, series ...mat.Matrix) *learn.Estimate {
	e, err := learn.Learn(context.Background(), o, series...)
	require.NoError(t, err)
	return e
}

// leastSquares regresses column j of x on those where parents is not 0 and an intercept, by gonum's QR decomposition.
func leastSquares(t require.TestingT, x *mat.Dense, parents mat.Matrix, j int) []float64 {
	n, d := x.Dims()
	design, columns := mat.NewDense(n, d+1, nil), []int{}
	for i := range d {
		if parents.At(i, j) != 0 {
			design.SetCol(len(columns), mat.Col(nil, i, x))
			columns = append(columns, i)
		}
	}
	ones := make([]float64, n)
	for t := range ones {
		ones[t] = 1
	}
	design.SetCol(len(columns), ones)
	var fit mat.VecDense
	require.NoError(t, fit.SolveVec(design.Slice(0, n, 0, len(columns)+1), x.ColView(j)))
	weights := make([]float64, d)
	for a, i := range columns {
		weights[i] = fit.AtVec(a)
	}
	return weights
}

func TestLearnFindsALinearModel(t *testing.T) {
	for _, d := range []int{2, 8, 15} {
		rng := seeded(uint64(d))
		m := drawLinear(rng, d)
		for name, error := range map[string]func() float64{
			"normal":      rng.NormFloat64,
			"exponential": func() float64 { return rng.ExpFloat64() - 1 },
		} {
			x := m.sample(2000, error)
			for _, method := range methods {
				t.Run(fmt.Sprint(d, " ", name, " ", method), func(t *testing.T) {
					e := estimate(t, learn.Options{Method: method, Threshold: 0.3}, x)
					require.True(t, mat.Equal(support(m.w), support(e.Graph.Strongest())), "truth\n%v\nestimate\n%v",
						mat.Formatted(m.w), mat.Formatted(e.Graph.Strongest()))
					require.True(t, mat.EqualApprox(m.w, e.Graph.Strongest(), 0.12), "five standard errors")
					require.Empty(t, e.Graph.Removed())
					for j := range d {
						require.InDeltaSlice(t, leastSquares(t, x, m.w, j), mat.Col(nil, j, e.Graph.Strongest()), 1e-8)
					}
				})
			}
		}
	}
}

// What is only shrunk and cut has the edges of a sparse model too, with weights nearer to 0.
func TestPlainSolversFindASparseModel(t *testing.T) {
	m := linear{mat.NewDense(5, 5, nil), []int{3, 1, 4, 0, 2}}
	m.w.Set(3, 1, 1.5)
	m.w.Set(3, 4, -1)
	m.w.Set(4, 0, 1.2)
	m.w.Set(0, 2, -1.4)
	x := m.sample(2000, seeded(5).NormFloat64)
	for _, method := range methods[:2] {
		e := estimate(t, learn.Options{Method: method, Plain: true, Threshold: 0.3}, x)
		require.True(t, mat.Equal(support(m.w), support(e.Graph.Strongest())), method)
		require.True(t, mat.EqualApprox(m.w, e.Graph.Strongest(), 0.3), method)
		for _, edge := range dag.Edges(m.w) {
			require.Less(t, math.Abs(e.Graph.Strongest().At(edge.From, edge.To)), math.Abs(edge.Weight)+0.05, method)
		}
	}
}

func TestLearnByDefaultTakesEqVar(t *testing.T) {
	x := drawLinear(seeded(1), 5).sample(200, seeded(2).NormFloat64)
	require.Equal(t, estimate(t, learn.Options{Method: learn.EqVar}, x), estimate(t, learn.Options{}, x))
}

// Units do not matter to a standardised table. Those of powers of 2 change no digit.
func TestStandardisedDataHaveNoUnits(t *testing.T) {
	rng := seeded(12)
	m := drawLinear(rng, 6)
	x := m.sample(3000, rng.NormFloat64)
	scaled := mat.DenseCopyOf(x)
	scaled.Apply(func(_, j int, v float64) float64 { return v * math.Pow(4, float64(j-2)) }, x)
	for _, method := range append(methods, learn.Exact) {
		o := learn.Options{Method: method, Standardise: true}
		require.Equal(t, estimate(t, o, x), estimate(t, o, scaled), method)
	}
}

func TestLearnedGraphsAreAcyclicWhateverTheData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := rapid.IntRange(1, 6).Draw(t, "variables"), rapid.IntRange(4, 40).Draw(t, "rows")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		x := noise(rng, n, d)
		if rapid.Bool().Draw(t, "mixed") {
			x.Mul(x, noise(rng, d, d))
		}
		e := estimate(t, learn.Options{
			Method:      rapid.SampledFrom(methods).Draw(t, "method"),
			Lags:        rapid.IntRange(0, 2).Draw(t, "lags"),
			Standardise: rapid.Bool().Draw(t, "standardised"),
		}, x)
		requireSound(t, e)
		require.True(t, dag.IsDAG(e.Graph.Same()), "the same time's graph follows an order")
	})
}

// requireSound checks the laws of every result.
func requireSound(t require.TestingT, e *learn.Estimate) {
	g := e.Graph
	require.True(t, dag.IsDAG(g.Strongest()))
	for _, v := range g.Weights().RawMatrix().Data {
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
	}
	for _, r := range g.Removed() {
		for k := range 1 + g.Lags() {
			require.Zero(t, g.Lag(k).At(r.From, r.To))
		}
	}
}

func TestLearnFollowsARelabelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 7).Draw(t, "variables")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		x := drawLinear(rng, d).sample(300, rng.NormFloat64)
		permutation := drawOrder(t, d)
		o := learn.Options{Lags: rapid.IntRange(0, 1).Draw(t, "lags")}
		want := relabel(estimate(t, o, x).Graph.Strongest(), permutation)
		require.True(t, mat.EqualApprox(want, estimate(t, o, relabelColumns(x, permutation)).Graph.Strongest(), 1e-8))
	})
}

func TestContinuousSolversFollowARelabelling(t *testing.T) {
	rng := seeded(3)
	x := drawLinear(rng, 6).sample(1000, rng.NormFloat64)
	permutation := []int{3, 0, 5, 1, 4, 2}
	for _, method := range methods[:2] {
		for _, plain := range []bool{false, true} {
			o := learn.Options{Method: method, Plain: plain, Threshold: 0.3}
			want := relabel(estimate(t, o, x).Graph.Strongest(), permutation)
			got := estimate(t, o, relabelColumns(x, permutation)).Graph.Strongest()
			require.True(t, mat.EqualApprox(want, got, 0.05), "%s plain %v", method, plain)
		}
	}
}

// Without an L1 penalty, a common scale and shifts of the origin change nothing.
func TestEqVarForgetsACommonScaleAndOrigins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 7).Draw(t, "variables")
		rng := seeded(rapid.Uint64().Draw(t, "seed"))
		x := drawLinear(rng, d).sample(200, rng.NormFloat64)
		scale := math.Abs(drawWeight(t, 1e-3, 1e3))
		moved := mat.DenseCopyOf(x)
		moved.Apply(func(_, j int, v float64) float64 { return scale * (v + 10*float64(j)) }, x)
		require.True(t, mat.EqualApprox(estimate(t, learn.Options{}, x).Graph.Strongest(), estimate(t, learn.Options{}, moved).Graph.Strongest(), 1e-6))
	})
}

func TestSameInputSameBits(t *testing.T) {
	rng := seeded(8)
	x := drawLinear(rng, 20).sample(300, rng.NormFloat64)
	binary := support(x)
	binary.Apply(func(i, j int, _ float64) float64 { return max(0, math.Copysign(1, x.At(i, j))) }, x)
	for _, o := range []learn.Options{
		{}, {Lags: 1}, {Method: learn.NOTEARS}, {Method: learn.DAGMA},
		{Method: learn.NOTEARS, Plain: true}, {Method: learn.DAGMA, Plain: true},
		{Method: learn.DAGMA, Loss: learn.Logistic},
	} {
		data := mat.Matrix(x)
		if o.Loss == learn.Logistic {
			data = binary.Slice(0, 300, 0, 6)
		}
		cores := runtime.GOMAXPROCS(1)
		one := estimate(t, o, data)
		runtime.GOMAXPROCS(2)
		two := estimate(t, o, data)
		runtime.GOMAXPROCS(cores)
		require.Equal(t, one, two)
		require.Equal(t, two, estimate(t, o, data))
	}
}

func TestDegenerateDataGiveAGraph(t *testing.T) {
	rng := seeded(10)
	base := noise(rng, 50, 4)
	with := func(change func(x *mat.Dense)) *mat.Dense {
		x := mat.DenseCopyOf(base)
		change(x)
		return x
	}
	for name, x := range map[string]mat.Matrix{
		"one variable":   base.Slice(0, 50, 0, 1),
		"three rows":     base.Slice(0, 3, 0, 4),
		"two rows":       base.Slice(0, 2, 0, 4),
		"fewer rows":     noise(rng, 5, 9),
		"a constant":     with(func(x *mat.Dense) { x.SetCol(1, make([]float64, 50)) }),
		"another":        with(func(x *mat.Dense) { x.Apply(func(_, j int, v float64) float64 { return v*float64(j) + 0.1 }, x) }),
		"only constants": mat.NewDense(50, 3, nil),
		"a duplicate":    with(func(x *mat.Dense) { x.SetCol(2, mat.Col(nil, 0, x)) }),
		"the opposite": with(func(x *mat.Dense) {
			x.Apply(func(i, j int, v float64) float64 { return base.At(i, j/2) * float64(1-2*(j%2)) }, x)
		}),
		"a sum of others": with(func(x *mat.Dense) {
			x.Apply(func(i, j int, v float64) float64 {
				if j == 3 {
					return x.At(i, 0) + x.At(i, 1)
				}
				return v
			}, x)
		}),
	} {
		for _, method := range append(methods, learn.Exact) {
			for _, o := range []learn.Options{{}, {Standardise: true}, {Plain: true}, {Lags: 1}} {
				o.Method = method
				if n, _ := x.Dims(); n-o.Lags < 2 {
					continue
				}
				t.Run(fmt.Sprint(name, " ", method, " ", o.Standardise, o.Plain, o.Lags), func(t *testing.T) {
					requireSound(t, estimate(t, o, x))
				})
			}
		}
	}
}

// drawBinary simulates 0/1 data: 0 → 1 → 2 and 0 → 3.
func binaryChain(n int) *mat.Dense {
	rng := seeded(11)
	x := mat.NewDense(n, 4, nil)
	draw := func(t, j int, margin float64) {
		if rng.Float64() < 1/(1+math.Exp(-margin)) {
			x.Set(t, j, 1)
		}
	}
	for t := range n {
		draw(t, 0, 0)
		draw(t, 1, 3*x.At(t, 0)-1.5)
		draw(t, 2, -3*x.At(t, 1)+1.5)
		draw(t, 3, 3*x.At(t, 0)-1.5)
	}
	return x
}

func TestLogisticFindsTheSkeletonOfBinaryData(t *testing.T) {
	x := binaryChain(5000)
	want := edges(4, [2]int{0, 1}, [2]int{1, 2}, [2]int{0, 3})
	skeleton := func(w mat.Matrix) *mat.Dense {
		var both mat.Dense
		both.Add(support(w), support(w).T())
		return &both
	}
	for _, method := range methods[:2] {
		e := estimate(t, learn.Options{Method: method, Loss: learn.Logistic, Lambda1: 0.02, Threshold: 0.3}, x)
		require.True(t, mat.Equal(skeleton(want), skeleton(e.Graph.Strongest())), "%s\n%v", method, mat.Formatted(e.Graph.Strongest()))
		negative := e.Graph.Strongest().At(1, 2) + e.Graph.Strongest().At(2, 1)
		require.Less(t, negative, 0.0, method)
	}
	_, err := learn.Learn(context.Background(), learn.Options{Loss: learn.Logistic}, x)
	require.ErrorContains(t, err, "use notears or dagma")
}

func TestDataErrorsSayWhere(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x, y := noise(seeded(1), 5, 3), noise(seeded(2), 5, 3)
		y.Set(3, 2, bad)
		for _, lags := range []int{0, 2, 4} {
			_, err := learn.Learn(context.Background(), learn.Options{Lags: lags}, x, y)
			var where *dag.DataError
			require.ErrorAs(t, err, &where)
			require.Equal(t, []int{1, 3, 2}, []int{where.Series, where.Row, where.Column})
			require.ErrorContains(t, err, "dag: series 2, row 4, column 3 is ")
		}
	}
	for _, method := range methods {
		o := learn.Options{Method: method}
		_, err := learn.Learn(context.Background(), o)
		require.EqualError(t, err, "dag: no data")
		_, err = learn.Learn(context.Background(), o, &mat.Dense{})
		require.ErrorContains(t, err, "dag: 0 observations")
		_, err = learn.Learn(context.Background(), o, noise(seeded(1), 5, 3), noise(seeded(1), 5, 2))
		require.EqualError(t, err, "dag: series 2 has 2 variables, the first 3")
		o.Lags = 4
		_, err = learn.Learn(context.Background(), o, noise(seeded(1), 5, 3))
		require.EqualError(t, err, "dag: 1 observations with 4 lags: two are the fewest")
	}
}

func TestExactIsForFewVariablesOfAnyErrorVariance(t *testing.T) {
	for want, o := range map[string]learn.Options{
		"learn: exact searches all orders of at most 12 variables, not of 13: use notears or dagma":   {},
		"learn: exact compares variances of errors, which 0/1 data do not have: use notears or dagma": {Loss: learn.Logistic},
	} {
		o.Method = learn.Exact
		_, err := learn.Learn(t.Context(), o, noise(seeded(1), 40, 13))
		require.EqualError(t, err, want)
	}
}

// Each method does what its name says: no other's graph scores better by likelihood than that of the exhaustive search, and
// others are sometimes worse.
func TestOnlyExactSearchesAllOrders(t *testing.T) {
	worse := 0
	for seed := range uint64(30) {
		rng := seeded(seed)
		x := noise(rng, 60, 6)
		x.Mul(x, noise(rng, 6, 6))
		score := func(method learn.Method) float64 {
			g := estimate(t, learn.Options{Method: method, Standardise: true}, x).Graph
			m, err := dag.NewMoments(0, x)
			require.NoError(t, err)
			sum := 0.0
			for j := range 6 {
				var parents []int
				for i := range 6 {
					if g.Same().At(i, j) != 0 {
						parents = append(parents, i)
					}
				}
				r, _ := m.Regress(j, parents)
				sum += 60*math.Log(r.Residual) + float64(len(parents))*(math.Log(60)+2*math.Log(6))
			}
			return sum
		}
		exact := score(learn.Exact)
		for _, method := range methods {
			other := score(method)
			require.LessOrEqual(t, exact, other+1e-6)
			if other > exact+1e-6 {
				worse++
			}
		}
	}
	require.NotZero(t, worse)
}

// The group penalty removes a variable's weak parents together.
func TestGroupL1RemovesParentsJointly(t *testing.T) {
	x := drawLinear(seeded(3), 5).sample(300, seeded(4).NormFloat64)
	at := func(group float64) float64 {
		g := estimate(t, learn.Options{Method: learn.NOTEARS, Plain: true, GroupL1: group}, x).Graph
		return dag.L1(g.Same())
	}
	require.Less(t, at(0.5), at(0))
	require.Less(t, at(100), 0.05)
}

func BenchmarkLearn(b *testing.B) {
	for _, method := range methods {
		for _, d := range []int{20, 50, 100} {
			b.Run(fmt.Sprintf("%s/d=%d", method, d), func(b *testing.B) {
				rng := seeded(1)
				x := drawLinear(rng, d).sample(1000, rng.NormFloat64)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := learn.Learn(context.Background(), learn.Options{Method: method}, x); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
