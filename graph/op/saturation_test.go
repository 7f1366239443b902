package op_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// curves are saturations, with parameters from far below to far above what media have, and their closed forms.
var curves = map[string]struct {
	params [][2]float64 // bounds of the logarithms
	build  func(x *graph.Node, p ...*graph.Node) *graph.Node
	value  func(x float64, p ...float64) float64
}{
	"hill": {
		[][2]float64{{-2, 2.5}, {-6, 6}},
		func(x *graph.Node, p ...*graph.Node) *graph.Node { return op.HillCurve(x, p[0], p[1]) },
		func(x float64, p ...float64) float64 {
			a, b := math.Pow(x, p[0]), math.Pow(p[1], p[0])
			return a * (1 + b) / (a + b)
		},
	},
	"exponential": {
		[][2]float64{{-6, 6}},
		func(x *graph.Node, p ...*graph.Node) *graph.Node { return op.ExponentialCurve(x, p[0]) },
		func(x float64, p ...float64) float64 { return (1 - math.Exp2(-x/p[0])) / (1 - math.Exp2(-1/p[0])) },
	},
	"power": {
		[][2]float64{{-6, 0}},
		func(x *graph.Node, p ...*graph.Node) *graph.Node { return op.PowerCurve(x, p[0]) },
		func(x float64, p ...float64) float64 { return math.Pow(x, p[0]) },
	},
}

// What diverged is seen, whatever the ceiling.
func TestInfiniteExposureIsNotANumber(t *testing.T) {
	for name, curve := range curves {
		got := evaluate(t, func(s *graph.Scope) *graph.Node {
			half, one := s.Constant("half", []float64{0.5}, 1), s.Constant("one", []float64{1}, 1)
			return curve.build(s.Constant("x", []float64{math.Inf(1)}, 1, 1, 1), []*graph.Node{half, one}...)
		})
		require.True(t, math.IsNaN(got[0]), name)
	}
}

// Every curve runs through (0, 0) and (1, 1), rises, and is its closed form.
func TestSaturationCurves(t *testing.T) {
	for name, curve := range curves {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			const n = 9
			x := append([]float64{0, 1}, draw(t, "x", 0, 60, n-2)...)
			var params []float64
			for _, bound := range curve.params {
				params = append(params, math.Exp(rapid.Float64Range(bound[0], bound[1]).Draw(t, "parameter")))
			}
			got := evaluate(t, func(s *graph.Scope) *graph.Node {
				var nodes []*graph.Node
				for i, p := range params {
					nodes = append(nodes, s.Constant(string(rune('a'+i)), []float64{p}, 1))
				}
				return curve.build(s.Constant("x", x, 1, n, 1), nodes...)
			})
			require.Zero(t, got[0])
			require.InDelta(t, 1, got[1], 1e-12)
			for i, v := range got {
				require.InEpsilon(t, 1+curve.value(x[i], params...), 1+v, 1e-9, "f(%g) with %v", x[i], params)
				for j, w := range got {
					require.True(t, x[i] <= x[j] || v >= w, "f(%g) = %g < %g = f(%g)", x[i], v, w, x[j])
				}
			}
		}))
	}
}

// Values and gradients are finite without exposure, with hardly any, and with parameters at which a power overflows.
func TestSaturationCurvesAreFinite(t *testing.T) {
	for name, curve := range curves {
		for _, log := range []float64{-300, -30, -1, 0, 1, 30, 300} {
			if name == "power" && log > 0 {
				continue
			}
			got := evaluate(t, func(s *graph.Scope) *graph.Node {
				x := s.Constant("x", []float64{0, 1e-300, 1e-12, 1, 1e4}, 1, 5, 1)
				params := []*graph.Node{s.Constant("last", []float64{math.Exp(log)}, 1)}
				if len(curve.params) > 1 {
					params = append([]*graph.Node{s.Constant("first", []float64{3}, 1)}, params...)
				}
				y := curve.build(x, params...)
				grads := graph.Grad(op.Sum(y), append(graph.Nodes{x}, params...)...)
				flat := graph.Nodes{op.Sum(y)}
				for _, g := range grads {
					flat = append(flat, op.Sum(g))
				}
				return op.Add(flat...)
			})
			require.False(t, math.IsNaN(got[0]) || math.IsInf(got[0], 0), "%s at e^%g: %v", name, log, got)
		}
	}
}
