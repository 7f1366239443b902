package op_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"pgregory.net/rapid"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/graph/op"
)

// sizes of the tensors that an op is checked at: ordinary, degenerate and random ones.
type sizes struct{ R, T, M, H int }

func drawSizes(t *rapid.T) sizes {
	degenerate := []sizes{{1, 5, 3, 4}, {3, 1, 2, 4}, {3, 6, 1, 4}, {1, 1, 1, 1}, {2, 3, 4, 5}}
	return rapid.OneOf(rapid.SampledFrom(degenerate), rapid.Custom(func(t *rapid.T) sizes {
		n := func(name string) int { return rapid.IntRange(1, 6).Draw(t, name) }
		return sizes{n("R"), n("T"), n("M"), n("H")}
	})).Draw(t, "sizes")
}

// TestGradients checks every op's symbolic gradient by finite differences.
func TestGradients(t *testing.T) {
	normal, uniform := gradcheck.Normal, gradcheck.Uniform
	ops := map[string]func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input){
		"adstock": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Adstock(in[0], in[1]) },
				[]gradcheck.Input{uniform(rng, "x", 0.1, 3, s.R, s.T, s.M), uniform(rng, "a", 0, 0.8, s.M)}
		},
		"adstock at its cap": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Adstock(in[0], in[1]) },
				[]gradcheck.Input{uniform(rng, "x", 9, 12, s.R, s.T, s.M), uniform(rng, "a", 0, 0.8, s.M)}
		},
		"hill": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Hill(in[0], in[1], in[2]) },
				[]gradcheck.Input{uniform(rng, "x", 0.01, 2, s.R, s.T, s.M), uniform(rng, "n", 2, 5, s.M), uniform(rng, "k", 0.1, 1, s.M)}
		},
		"blend": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Blend(in[0], in[1], in[2]) },
				[]gradcheck.Input{normal(rng, "s", 0, 1, s.R, s.T, s.M), normal(rng, "W", 0, 1, s.M, s.M), uniform(rng, "mix", 0, 1, s.M)}
		},
		"gru": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node {
					return op.GRU(in[0], in[1], in[2], in[3], in[4], in[5])
				}, []gradcheck.Input{
					normal(rng, "x", 0, 1, s.R, s.T, s.M), normal(rng, "Wi", 0, 0.7, 3*s.H, s.M), normal(rng, "Wh", 0, 0.7, 3*s.H, s.H),
					normal(rng, "bi", 0, 0.5, 3*s.H), normal(rng, "bh", 0, 0.5, 3*s.H), normal(rng, "h0", 0, 0.5, 1, 1, s.H),
				}
		},
		"carryover": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Carryover(in[0], in[1]) },
				[]gradcheck.Input{uniform(rng, "x", 0, 12, s.R, s.T, s.M), uniform(rng, "a", 0, 0.99, s.M)}
		},
		"lags": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Lags(in[0], in[1]) },
				[]gradcheck.Input{uniform(rng, "x", 0, 12, s.R, s.T, s.M), normal(rng, "w", 0.2, 0.3, s.H, s.M)}
		},
		"softmax": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Softmax(in[0]) },
				[]gradcheck.Input{normal(rng, "x", 0, 2, s.H, s.M)}
		},
		"normalise": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Normalise(in[0]) },
				[]gradcheck.Input{uniform(rng, "x", 0.1, 2, s.H, s.M)}
		},
		"hill curve": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.HillCurve(in[0], in[1], in[2]) },
				[]gradcheck.Input{uniform(rng, "x", 0.01, 5, s.R, s.T, s.M), uniform(rng, "n", 0.4, 4, s.M), uniform(rng, "k", 0.2, 3, s.M)}
		},
		"exponential curve": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.ExponentialCurve(in[0], in[1]) },
				[]gradcheck.Input{uniform(rng, "x", 0, 5, s.R, s.T, s.M), uniform(rng, "k", 0.2, 9, s.M)}
		},
		"power curve": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.PowerCurve(in[0], in[1]) },
				[]gradcheck.Input{uniform(rng, "x", 0.01, 5, s.R, s.T, s.M), uniform(rng, "rho", 0.1, 1, s.M)}
		},
		"product": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Product(in[0], in[1]) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.T, s.M), normal(rng, "w", 0, 1, s.M, s.H)}
		},
		"by region": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.ByRegion(in[0], in[1]) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.T, s.M), normal(rng, "factor", 0, 1, s.R, s.M)}
		},
		"propagate by shares":  propagated(op.ByShares),
		"propagate by amounts": propagated(op.ByAmounts),
		"join": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Join(in[0], in[1]) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.T, s.M), normal(rng, "y", 0, 1, s.R, s.T, s.H)}
		},
		"expand": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Expand([]int{s.R}, in[0], []int{s.T}) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.M)}
		},
		"reduce to the middle": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Reduce(1, in[0], 1) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.T, s.M)}
		},
		"reduce to a scalar": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Reduce(0, in[0], 3) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.T, s.M)}
		},
		"mul": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Mul(in[0], in[1]) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.M), normal(rng, "y", 0, 1, s.R, s.M)}
		},
		"mul by itself": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Mul(in[0], in[0]) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R)}
		},
		"combine": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.Combine([]float64{2, -0.5}, in...) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.T), normal(rng, "y", 0, 1, s.R, s.T)}
		},
		"huber": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node {
				target := gorgonia.NewTensor(in[0].Graph(), gorgonia.Float64, 2, gorgonia.WithName("y"),
					gorgonia.WithShape(s.R, s.T), gorgonia.WithInit(gorgonia.Zeroes()))
				delta := gorgonia.NewScalar(in[0].Graph(), gorgonia.Float64, gorgonia.WithName("δ"), gorgonia.WithValue(0.7))
				return op.Huber(in[0], target, delta)
			}, []gradcheck.Input{normal(rng, "prediction", 0, 1, s.R, s.T)}
		},
		"weighted huber": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node {
				constants := graph.NewScope(in[0].Graph(), graph.NewParams(gorgonia.Float64, 0))
				weights := uniform(rng, "w", 0, 2, s.R, s.T).Values
				weights[0] = 1
				return op.WeightedHuber(in[0], constants.Input("y", s.R, s.T), constants.Constant("w", weights, s.R, s.T), constants.Scalar("δ", 0.7))
			}, []gradcheck.Input{normal(rng, "prediction", 0, 1, s.R, s.T)}
		},
		"student t": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node {
				constants := graph.NewScope(in[0].Graph(), graph.NewParams(gorgonia.Float64, 0))
				weights := uniform(rng, "w", 0, 2, s.R, s.T).Values
				weights[0] = 1
				return op.StudentT(in[0], constants.Input("y", s.R, s.T), constants.Constant("w", weights, s.R, s.T), in[1], in[2])
			}, []gradcheck.Input{normal(rng, "prediction", 0, 1, s.R, s.T), normal(rng, "ln σ", -0.5, 0.5, 1), normal(rng, "ln ν", 2, 1, 1)}
		},
		"heavy-tailed sum": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.StudentSum(in[0], 2) },
				[]gradcheck.Input{normal(rng, "x", 0, 3, s.M)}
		},
		"sum of absolutes": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.AbsSum(in[0]) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.M, s.M)}
		},
		"sum of squares": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.SquareSum(in[0]) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.M)}
		},
		"group norm": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.GroupNorm(in[0], 1e-8) },
				[]gradcheck.Input{uniform(rng, "W", 0.1, 1, s.H, s.M)}
		},
		"trace of the exponential": func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return op.TraceExp(in[0]) },
				[]gradcheck.Input{uniform(rng, "W", 0, 1, s.M, s.M)}
		},
	}
	for _, act := range []op.Activation{op.Logistic, op.Tanh, op.ReLU} {
		ops["dense "+string(act)] = func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node {
					return op.Dense(in[0], op.Connected{Weight: in[1], Bias: in[2], Act: act})
				},
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.T, s.M), normal(rng, "W", 0, 1, s.H, s.M), normal(rng, "b", 0, 1, s.H)}
		}
	}
	ops["dense stack"] = func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
		return func(in ...*graph.Node) *graph.Node {
				return op.Dense(in[0], op.Connected{Weight: in[1], Bias: in[2], Act: op.ReLU},
					op.Connected{Weight: in[3], Bias: in[4], Act: op.Tanh}, op.Connected{Weight: in[5], Bias: in[6], Act: op.Logistic})
			}, []gradcheck.Input{
				normal(rng, "x", 0, 1, s.R, s.T, s.M), normal(rng, "W1", 0, 1, s.H, s.M), normal(rng, "b1", 0, 1, s.H),
				normal(rng, "W2", 0, 1, s.T, s.H), normal(rng, "b2", 0, 1, s.T), normal(rng, "W3", 0, 1, s.M, s.T),
				normal(rng, "b3", 0, 1, s.M),
			}
	}
	elementwise := map[string]func(*graph.Node) *graph.Node{
		"sigmoid": op.Sigmoid, "exp": op.Exp, "softplus": op.Softplus, "relu": op.Relu,
		"clip":   func(x *graph.Node) *graph.Node { return op.Clip(x, -0.5, 0.5) },
		"affine": func(x *graph.Node) *graph.Node { return op.Affine(-2, x, 3) },
	}
	for name, f := range elementwise {
		ops[name] = func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
			return func(in ...*graph.Node) *graph.Node { return f(in[0]) },
				[]gradcheck.Input{normal(rng, "x", 0, 1, s.R, s.M)}
		}
	}
	for name, make := range ops {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			s := drawSizes(t)
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			build, inputs := make(s, rng)
			require.NoError(t, gradcheck.Check(build, inputs...), "%+v", s)
		}))
	}
}

// A wrong gradient must not pass: Balance takes its quotient for a constant, which finite differences do not.
func TestGradcheckFindsAWrongGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	err := gradcheck.Check(func(in ...*graph.Node) *graph.Node {
		fit := op.SquareSum(in[1])
		return op.Add(op.Balance(op.SquareSum(in[0]), fit), fit)
	}, gradcheck.Normal(rng, "x", 1, 1, 3), gradcheck.Normal(rng, "y", 1, 1, 3))
	var mismatch *gradcheck.MismatchError
	require.ErrorAs(t, err, &mismatch)
	require.Equal(t, "x", mismatch.Input)
}

// An op whose arguments do not fit fails to build, with an error that names it.
func TestMisuseIsABuildError(t *testing.T) {
	s := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(gorgonia.Float64, 0))
	x, w, b, square := s.Input("x", 2, 3, 4), s.Input("W", 5, 4), s.Input("b", 5), s.Input("square", 4, 4)
	single := graph.NewScope(s.Graph, graph.NewParams(gorgonia.Float32, 0)).Input("single", 4)
	for want, build := range map[string]func() *graph.Node{
		`no activation "identity"`:            func() *graph.Node { return op.Dense(x, op.Connected{Weight: w, Bias: b, Act: "identity"}) },
		"so b must be [4], not (5)":           func() *graph.Node { return op.Adstock(x, b) },
		"must be [regions, weeks, channels]":  func() *graph.Node { return op.Hill(w, b, b) },
		"adjacency is (5, 4), not [4 4]":      func() *graph.Node { return op.Blend(x, w, s.Input("mix", 4)) },
		"adjacency must be square":            func() *graph.Node { return op.TraceExp(w) },
		"shapes differ":                       func() *graph.Node { return op.Mul(w, b) },
		"1 weights for 2 terms":               func() *graph.Node { return op.Combine([]float64{1}, w, w) },
		"no product of":                       func() *graph.Node { return op.Product(x, w) },
		"is float32 in a graph of float64":    func() *graph.Node { return op.Adstock(x, single) },
		"gru: square has 16 elements, not 48": func() *graph.Node { return op.GRU(x, square, square, b, b, b) },
	} {
		_, err := graph.Build(build)
		var misuse *graph.BuildError
		require.ErrorAs(t, err, &misuse)
		require.ErrorContains(t, err, want)
	}
}

// An op is applied to nodes and returns the node of its result.
func Example() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithName("x"), gorgonia.WithShape(3))
	y, err := graph.Build(func() *graph.Node { return op.Mul(op.Sigmoid(x), op.Affine(2, x, 1)) })
	fmt.Println(y.Shape(), err)
	_, err = graph.Build(func() *graph.Node { return op.Mul(x, op.Sum(x)) })
	fmt.Println(err)
	// Output:
	// (3) <nil>
	// op: (3) ∘ (): shapes differ
}

// propagated checks decisions on all channels, of which one is held from some week on.
func propagated(by op.Move) func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
	return func(s sizes, rng *rand.Rand) (gradcheck.Build, []gradcheck.Input) {
		order := rng.Perm(s.M)
		lags := 1 + rng.IntN(2)
		heldWeeks := make([]float64, s.T*s.M)
		for t := rng.IntN(s.T); t < s.T; t++ { // from some week on
			heldWeeks[t*s.M+order[0]] = 1
		}
		return func(in ...*graph.Node) *graph.Node {
				held := graph.NewScope(in[0].Graph(), graph.NewParams(gorgonia.Float64, 0)).Constant("held", heldWeeks, s.T, s.M)
				return op.Propagate(order, by, in[0], in[1], held, in[2], in[3])
			}, []gradcheck.Input{gradcheck.Uniform(rng, "x", 0.5, 3, s.R, s.T, s.M), gradcheck.Uniform(rng, "set", 0.5, 3, s.R, s.T, s.M),
				gradcheck.Normal(rng, "W", 0, 0.3, s.M, s.M), gradcheck.Normal(rng, "A", 0, 0.1, lags*s.M, s.M)}
	}
}
