package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// probe evaluates layers at points [channels][points].
func (f fixture) probe(t require.TestingT, carryOver, saturation graph.Layer, rows int, points [][]float64) *layers.Probe {
	p, err := layers.NewProbe(f.Constant("exposure", []float64{0}, 1, 1, 1), carryOver, saturation, rows, points)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	return p
}

var somewhere = [][]float64{{0, 0.5, 1, 3}, {0, 0.2, 2, 40}}

// A geometric carry-over keeps (1 − a)·aˡ of an exposure after l rows.
func TestWeightsOfAGeometricCarryOver(t *testing.T) {
	f := newFixture()
	carryOver := layers.NewCarryover(f.Scope, 2, layers.DefaultEffectPriors(2))
	require.NoError(t, f.params.Set("effect.decay", []float64{logit(0.3), logit(0.8)}))
	for c, weights := range f.probe(t, carryOver, layers.Unchanged{}, 40, somewhere).Weights() {
		require.Len(t, weights, 40)
		for lag, w := range weights {
			a := []float64{0.3, 0.8}[c]
			require.InDelta(t, (1-a)*math.Pow(a, float64(lag)), w, 1e-12, "channel %d, lag %d", c, lag)
		}
	}
	require.InDeltaSlice(t, []float64{0.3, 0.8}, layers.Decays(carryOver), 1e-12)
}

// The weights of every form add up to one: carry-over moves effects in time, it does not add any.
func TestWeightsAddUpToOne(t *testing.T) {
	priors := layers.DefaultEffectPriors(2)
	const window = 26
	for name, build := range map[string]func(s *graph.Scope) graph.Layer{
		"geometric": func(s *graph.Scope) graph.Layer { return layers.NewCarryover(s, 2, priors) },
		"delayed":   func(s *graph.Scope) graph.Layer { return layers.NewDelayed(s, 2, window, priors) },
		"weibull":   func(s *graph.Scope) graph.Layer { return layers.NewWeibull(s, 2, window, priors) },
		"none":      func(*graph.Scope) graph.Layer { return layers.Unchanged{} },
	} {
		f := newFixture()
		for c, weights := range f.probe(t, build(f.Scope), layers.Unchanged{}, 4*window, somewhere).Weights() {
			require.InDelta(t, 1, floats.Sum(weights), 1e-12, "%s, channel %d", name, c)
			require.GreaterOrEqual(t, floats.Min(weights), 0.0, name)
		}
	}
}

// The weights of lags that a layer has are those that its answer to one row of exposure shows.
func TestWeightsAreTheLayers(t *testing.T) {
	f := newFixture()
	carryOver := layers.NewDelayed(f.Scope, 2, 8, layers.DefaultEffectPriors(2))
	require.NoError(t, f.params.Set("effect.delay", []float64{math.Log(2), math.Log(0.5)}))
	own := f.run(t, carryOver.Weights())
	for c, weights := range f.probe(t, carryOver, layers.Unchanged{}, 10, somewhere).Weights() {
		for lag, w := range weights {
			want := 0.0
			if lag < 8 {
				want = own[lag*2+c]
			}
			require.InDelta(t, want, w, 1e-12, "channel %d, lag %d", c, lag)
		}
	}
}

// The points of a curve are those of its equation, and 1 at an average week.
func TestCurvesAreTheEquations(t *testing.T) {
	priors := layers.DefaultEffectPriors(2)
	half, slope, exponent := []float64{0.6, 1.7}, []float64{0.9, 2.3}, []float64{0.4, 0.8}
	for name, form := range map[string]struct {
		build    func(s *graph.Scope) graph.Layer
		equation func(c int, x float64) float64
	}{
		"hill": {
			func(s *graph.Scope) graph.Layer { return layers.NewHillCurve(s, 2, priors) },
			func(c int, x float64) float64 {
				return layers.Saturation(x, slope[c], half[c]) / layers.Saturation(1, slope[c], half[c])
			},
		},
		"exponential": {
			func(s *graph.Scope) graph.Layer { return layers.NewExponentialCurve(s, 2, priors) },
			func(c int, x float64) float64 { return (1 - math.Exp2(-x/half[c])) / (1 - math.Exp2(-1/half[c])) },
		},
		"power": {
			func(s *graph.Scope) graph.Layer { return layers.NewPowerCurve(s, 2, priors) },
			func(c int, x float64) float64 { return math.Pow(x, exponent[c]) },
		},
		"linear": {func(*graph.Scope) graph.Layer { return layers.Unchanged{} }, func(_ int, x float64) float64 { return x }},
	} {
		f := newFixture()
		saturation := form.build(f.Scope)
		for key, values := range map[string][]float64{
			"effect.half": {math.Log(half[0]), math.Log(half[1])}, "effect.slope": {math.Log(slope[0]), math.Log(slope[1])},
			"effect.exponent": {logit(exponent[0]), logit(exponent[1])},
		} {
			if f.params.Get(key) != nil {
				require.NoError(t, f.params.Set(key, values))
			}
		}
		points := [][]float64{{0, 0.5, 1, 3}, {0, 0.2, 1, 7}}
		for c, curve := range f.probe(t, layers.Unchanged{}, saturation, 3, points).Curves() {
			for i, x := range points[c] {
				require.InDelta(t, form.equation(c, x), curve[i], 1e-4*max(1, curve[i]), "%s at %g", name, x)
			}
			require.InDelta(t, 1, form.equation(c, 1), 1e-12)
		}
		if k, n := layers.Curves(saturation); name == "hill" {
			require.InDeltaSlice(t, half, k, 1e-12)
			require.InDeltaSlice(t, slope, n, 1e-12)
		} else {
			require.Nil(t, k)
			require.Nil(t, n)
		}
	}
}

// A probe follows the parameters.
func TestProbesFollowTheParameters(t *testing.T) {
	f := newFixture()
	p := f.probe(t, layers.Unchanged{}, layers.NewPowerCurve(f.Scope, 1, layers.DefaultEffectPriors(1)), 3, [][]float64{{4}})
	require.InDelta(t, 2, p.Curves()[0][0], 1e-12)
	require.NoError(t, f.params.Set("effect.exponent", []float64{logit(0.25)}))
	require.NoError(t, p.Run())
	require.InDelta(t, math.Sqrt2, p.Curves()[0][0], 1e-12)
}

// wide is a layer that fits two regions only.
type wide struct{ all *graph.Node }

func (l wide) Forward(x *graph.Node) *graph.Node { return op.Add(x, l.all) }

// Layers that only fit the shape of a model are refused, not described wrongly.
func TestLayersOfOneShapeAreNotProbed(t *testing.T) {
	f := newFixture()
	_, err := layers.NewProbe(f.Constant("exposure", []float64{0}, 1, 1, 1), wide{f.Constant("all", layers.Ones(12), 2, 3, 2)}, layers.Unchanged{}, 3, somewhere)
	var misuse *graph.BuildError
	require.ErrorAs(t, err, &misuse)
}
