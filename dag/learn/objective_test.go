package learn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

func normal(rng *rand.Rand, rows, cols int) *mat.Dense {
	x := mat.NewDense(rows, cols, nil)
	x.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, x)
	return x
}

func source(t *rapid.T) *rand.Rand { return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2)) }

// coins is 0 or 1, dependent on the column before.
func coins(rng *rand.Rand, rows, cols int) *mat.Dense {
	x := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			if j > 0 && rng.Float64() < 0.4 {
				x.Set(i, j, x.At(i, j-1))
			} else {
				x.Set(i, j, float64(rng.IntN(2)))
			}
		}
	}
	return x
}

func general(rows, cols int, data []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

// requireGradient compares a score's gradient with central differences at random weights.
func requireGradient(t *rapid.T, s score, p, d int, rng *rand.Rand) {
	b := normal(rng, p, d).RawMatrix().Data
	grad := make([]float64, p*d)
	s.evaluate(general(p, d, b), general(p, d, grad))
	want := fd.Gradient(nil, func(b []float64) float64 {
		return s.evaluate(general(p, d, b), general(p, d, make([]float64, p*d)))
	}, b, &fd.Settings{Formula: fd.Central, Step: 1e-4})
	require.InDeltaSlice(t, want, grad, 1e-5)
}

func TestScoresByFiniteDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, lags := rapid.IntRange(1, 4).Draw(t, "variables"), rapid.IntRange(0, 2).Draw(t, "lags")
		rng := source(t)
		x := normal(rng, 30, d)
		m, err := dag.NewMoments(lags, x)
		require.NoError(t, err)
		requireGradient(t, leastSquares{m}, d*(1+lags), d, rng)
		l, err := newLogistic(lags, []mat.Matrix{coins(rng, 40, d), coins(rng, 20, d)})
		require.NoError(t, err)
		requireGradient(t, l, d*(1+lags), d, rng)
	})
}

// evaluated runs a term of the objective and its symbolic gradient by B.
func evaluated(t require.TestingT, q *objective, term *gorgonia.Node) (value float64, grad []float64) {
	grads, err := gorgonia.Grad(term, q.b)
	require.NoError(t, err)
	m := graph.NewMachine(gorgonia.Nodes{term}, grads)
	require.NoError(t, m.Run())
	return m.Scalar(term), m.Floats(grads[0])
}

func requireClose(t require.TestingT, name string, want, got []float64) {
	for i := range want {
		require.InDelta(t, want[i], got[i], 1e-9*max(1, math.Abs(want[i])), "%s, element %d", name, i)
	}
}

// TestTheExpressionGraphHasTheOraclesGradients: each term of the objective over lags, and the objective, to 1e-9.
func TestTheExpressionGraphHasTheOraclesGradients(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, lags := rapid.IntRange(1, 6).Draw(t, "variables"), rapid.IntRange(0, 2).Draw(t, "lags")
		o := Options{
			Method: rapid.SampledFrom([]Method{NOTEARS, DAGMA}).Draw(t, "method"), Lags: lags, GroupL1: 0.3,
			Loss: rapid.SampledFrom([]Loss{Linear, Logistic}).Draw(t, "loss"),
		}
		rng := source(t)
		series := []mat.Matrix{coins(rng, 30, d), coins(rng, 20, d)}
		m, err := dag.NewMoments(lags, series...)
		require.NoError(t, err)
		data, err := o.data(m, series)
		require.NoError(t, err)
		P := d * (1 + lags)
		b := normal(rng, P, d)
		b.Scale(0.5/math.Sqrt(float64(d)), b)
		values, lambda := b.RawMatrix().Data, make([]float64, P*d)
		for i := range lambda {
			lambda[i] = rng.Float64()
		}
		mu, rho, alpha, s := 0.1+rng.Float64(), 10*rng.Float64(), rng.Float64(), 1+rng.Float64()
		fresh := func() *objective { // Gorgonia differentiates one cost of a graph
			q := newObjective(o, d, data)
			for node, v := range map[*gorgonia.Node]float64{q.mu: mu, q.rho: rho, q.alpha: alpha, q.s: s} {
				graph.SetScalar(node, v)
			}
			copy(q.weights.Float64s(), values)
			return q
		}

		want := make([]float64, P*d)
		var oracle score = leastSquares{m}
		if o.Loss == Logistic {
			oracle, err = newLogistic(lags, series)
			require.NoError(t, err)
		}
		score := oracle.evaluate(b.RawMatrix(), general(P, d, want))
		q := fresh()
		value, grad := evaluated(t, q, q.score)
		requireClose(t, "score", append(want, score), append(grad, value))

		ofGroup := mat.NewDense(P, d, nil)
		group := groupNorm(ofGroup, b)
		q = fresh()
		value, grad = evaluated(t, q, q.group)
		requireClose(t, "group L1", append(ofGroup.RawMatrix().Data, group), append(grad, value))

		ofL1, l1 := make([]float64, P*d), 0.0
		for i, v := range values {
			ofL1[i] = math.Copysign(lambda[i], v)
			l1 += lambda[i] * math.Abs(v)
		}
		l1Of := func(q *objective) *gorgonia.Node { // which OWL-QN adds
			s := graph.NewScope(q.b.Graph(), graph.NewParams(tensor.Float64, 0))
			return op.AbsSum(op.Mul(s.Constant("lambda", lambda, P, d), q.b))
		}
		q = fresh()
		value, grad = evaluated(t, q, l1Of(q))
		requireClose(t, "L1", append(ofL1, l1), append(grad, value))

		ofH, w := mat.NewDense(d, d, nil), mat.NewDense(d, d, values[:d*d])
		h, ok := traceExp(ofH, w), true
		if o.Method == DAGMA {
			h, ok = logDet(ofH, w, s)
		}
		if !ok {
			t.Skip("outside of the domain of the log-det")
		}
		q = fresh()
		value, grad = evaluated(t, q, q.h)
		padded := append(slices.Clone(ofH.RawMatrix().Data), make([]float64, (P-d)*d)...)
		requireClose(t, "acyclicity", append(padded, h), append(grad, value))

		total := mu*(score+o.GroupL1*group) + rho/2*h*h + alpha*h
		for i := range want {
			want[i] = mu*(want[i]+o.GroupL1*ofGroup.RawMatrix().Data[i]) + (rho*h+alpha)*padded[i]
		}
		q = fresh()
		q.compile()
		value, grad = q.evaluate()
		requireClose(t, "smooth part", append(want, total), append(grad, value))
		for i := range want {
			want[i] += mu * ofL1[i]
		}
		q = fresh()
		value, grad = evaluated(t, q, op.Add(q.smooth, op.Mul(q.mu, l1Of(q))))
		requireClose(t, "total", append(want, total+mu*l1), append(grad, value))
	})
}

// ½/n·‖X − [X, X of a week ago, …]·B‖² of centred data, written out.
func TestLeastSquaresIsWhatItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, lags := rapid.IntRange(1, 4).Draw(t, "variables"), rapid.IntRange(0, 2).Draw(t, "lags")
		rng := source(t)
		x := normal(rng, 20, d)
		n, p := 20-lags, d*(1+lags)
		stacked := mat.NewDense(n, p, nil)
		for k := range 1 + lags {
			stacked.Slice(0, n, k*d, (k+1)*d).(*mat.Dense).Copy(x.Slice(lags-k, 20-k, 0, d))
		}
		for j := range p {
			mean := mat.Sum(stacked.ColView(j)) / float64(n)
			for i := range n {
				stacked.Set(i, j, stacked.At(i, j)-mean)
			}
		}
		b := normal(rng, p, d)
		var left mat.Dense
		left.Mul(stacked, b)
		left.Sub(stacked.Slice(0, n, 0, d), &left)
		want := math.Pow(mat.Norm(&left, 2), 2) / 2 / float64(n)
		m, err := dag.NewMoments(lags, x)
		require.NoError(t, err)
		got := leastSquares{m}.evaluate(b.RawMatrix(), general(p, d, make([]float64, p*d)))
		size := math.Pow(1+mat.Norm(b, 2), 2) * float64(p) // of the terms, which may cancel
		require.InDelta(t, want, got, 1e-12*size*max(1, want))
	})
}

// Without edges the best intercepts leave each variable's entropy.
func TestLogisticWithoutEdgesIsTheEntropy(t *testing.T) {
	x := mat.NewDense(8, 3, nil) // shares 1/8, 1/2 and 1
	x.Set(0, 0, 1)
	for i := range 8 {
		x.Set(i, 1, float64(i%2))
		x.Set(i, 2, 1)
	}
	l, err := newLogistic(0, []mat.Matrix{x})
	require.NoError(t, err)
	want := -math.Log(1.0/8)/8 - math.Log(7.0/8)*7/8 + math.Ln2
	for range 2 { // and again from there
		require.InDelta(t, want, l.evaluate(general(3, 3, make([]float64, 9)), general(3, 3, make([]float64, 9))), 1e-9)
	}
}

// With weights the loss is the mean of −ln p(x) at intercepts that no others beat.
func TestLogisticIsTheLikelihoodAtTheBestIntercepts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := source(t)
		x, b := coins(rng, 50, 2), normal(rng, 2, 2)
		likelihood := func(intercepts ...float64) float64 {
			loss := 0.0
			for i := range 50 {
				for j := range 2 {
					p := 1 / (1 + math.Exp(-mat.Dot(x.RowView(i), b.ColView(j))-intercepts[j]))
					loss -= math.Log(x.At(i, j)*p+(1-x.At(i, j))*(1-p)) / 50
				}
			}
			return loss
		}
		l, err := newLogistic(0, []mat.Matrix{x})
		require.NoError(t, err)
		got := l.evaluate(b.RawMatrix(), general(2, 2, make([]float64, 4)))
		require.InDelta(t, likelihood(l.intercepts...), got, 1e-9)
		for _, step := range []float64{-1e-3, 1e-3} {
			require.Less(t, got, likelihood(l.intercepts[0]+step, l.intercepts[1]))
			require.Less(t, got, likelihood(l.intercepts[0], l.intercepts[1]+step))
		}
	})
}

func TestLogisticRefusesWhatIsNotBinary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := source(t)
		series := []*mat.Dense{coins(rng, 6, 3), coins(rng, 6, 3)}
		want := BinaryError{
			rapid.IntRange(0, 1).Draw(t, "series"), rapid.IntRange(0, 5).Draw(t, "row"),
			rapid.IntRange(0, 2).Draw(t, "column"), rapid.SampledFrom([]float64{0.5, -1, 2}).Draw(t, "value"),
		}
		series[want.Series].Set(want.Row, want.Column, want.Value)
		_, err := Learn(t.Context(), Options{Method: DAGMA, Loss: Logistic, Lags: rapid.IntRange(0, 3).Draw(t, "lags")}, series[0], series[1])
		var got *BinaryError
		require.ErrorAs(t, err, &got)
		require.Equal(t, want, *got)
	})
	require.EqualError(t, &BinaryError{0, 1, 2, 0.5},
		"learn: series 1, row 2, column 3 is 0.5, but the logistic loss takes 0 and 1 only")
}
