package op_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/graph/op"
)

// covariance is XᵀX/n of n random rows, or random rows of 0 and 1.
func covariance(rng *rand.Rand, n, p int) []float64 {
	x, s := make([]float64, n*p), make([]float64, p*p)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for row := range n {
		for i := range p {
			for j := range p {
				s[i*p+j] += x[row*p+i] * x[row*p+j] / float64(n)
			}
		}
	}
	return s
}

func TestGradientsOfStructureLearning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, lags := rapid.IntRange(1, 5).Draw(t, "variables"), rapid.IntRange(0, 2).Draw(t, "lags")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		P := d * (1 + lags)
		n := 12
		bits := make([]float64, n*P)
		for i := range bits {
			bits[i] = float64(rng.IntN(2))
		}
		s := covariance(rng, n, P)
		b := gradcheck.Normal(rng, "B", 0, 0.3/math.Sqrt(float64(d)), P, d)
		scope := func(in []*gorgonia.Node) *graph.Scope {
			return graph.NewScope(in[0].Graph(), graph.NewParams(tensor.Float64, 0))
		}
		for name, build := range map[string]gradcheck.Build{
			"quadratic score": func(in ...*gorgonia.Node) *gorgonia.Node {
				return op.QuadraticScore(in[0], scope(in).Constant("S", s, P, P))
			},
			"logistic score": func(in ...*gorgonia.Node) *gorgonia.Node {
				return op.LogisticScore(in[0], scope(in).Constant("x", bits, n, P))
			},
			"log-det": func(in ...*gorgonia.Node) *gorgonia.Node {
				return op.LogDet(op.Rows(d, in[0]), scope(in).Scalar("s", 1.2))
			},
			"rows": func(in ...*gorgonia.Node) *gorgonia.Node { return op.Rows(d, in[0]) },
		} {
			require.NoError(t, gradcheck.Check(build, b), name)
		}
	})
}

// The ops compute in float32 graphs too.
func TestStructureLearningInFloat32(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	values, s := make([]float64, 9), covariance(rng, 20, 3)
	for i := range values {
		values[i] = 0.2 * rng.NormFloat64()
	}
	at := func(of tensor.Dtype) []float64 {
		scope := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(of, 0))
		b := scope.Constant("B", values, 3, 3)
		terms := gorgonia.Nodes{
			op.QuadraticScore(b, scope.Constant("S", s, 3, 3)), op.LogDet(b, scope.Scalar("s", 1)),
			op.LogisticScore(b, scope.Constant("x", []float64{0, 1, 1, 1, 0, 1, 0, 0, 1}, 3, 3)),
		}
		m := graph.NewMachine(terms)
		require.NoError(t, m.Run())
		return []float64{m.Scalar(terms[0]), m.Scalar(terms[1]), m.Scalar(terms[2])}
	}
	require.InDeltaSlice(t, at(tensor.Float64), at(tensor.Float32), 1e-5)
}

// Outside of its domain the log-det is +Inf, and its gradient no number to descend along.
func TestLogDetOutsideOfItsDomain(t *testing.T) {
	scope := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 0))
	w := scope.Constant("W", []float64{0, 1.2, 1.2, 0}, 2, 2)
	h := op.LogDet(w, scope.Scalar("s", 1))
	grads, err := gorgonia.Grad(h, w)
	require.NoError(t, err)
	m := graph.NewMachine(gorgonia.Nodes{h}, grads)
	require.NoError(t, m.Run())
	require.True(t, math.IsInf(m.Scalar(h), 1))
	for _, g := range m.Floats(grads[0]) {
		require.True(t, math.IsNaN(g))
	}
}

func TestStructureLearningRefusesShapesThatDiffer(t *testing.T) {
	scope := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 0))
	wide, tall, square, vector := scope.Input("wide", 2, 3), scope.Input("tall", 4, 2), scope.Input("square", 2, 2), scope.Input("vector", 3)
	for name, build := range map[string]func(){
		"weights of no whole lags":   func() { op.QuadraticScore(wide, square) },
		"a covariance of other size": func() { op.QuadraticScore(tall, square) },
		"data of other columns":      func() { op.LogisticScore(tall, square) },
		"no matrix":                  func() { op.QuadraticScore(vector, square) },
		"no square":                  func() { op.LogDet(wide, scope.Scalar("s", 1)) },
		"s of many elements":         func() { op.LogDet(square, vector) },
		"more rows than there are":   func() { op.Rows(5, tall) },
	} {
		require.Panics(t, build, name)
	}
}
