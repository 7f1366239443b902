package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// total sums the elements of nodes of any shape.
func total(nodes ...*gorgonia.Node) (*gorgonia.Node, error) {
	var sums gorgonia.Nodes
	for _, n := range nodes {
		if !n.IsScalar() {
			n = must(op.Reduce(0, n, n.Dims()))
		}
		sums = append(sums, n)
	}
	return op.Add(sums...)
}

// A channel that is on at its mean all along sells e^β·level/(1 + kⁿ), whatever its carry-over.
func TestEffectOfAnAverageWeek(t *testing.T) {
	const R, T, M = 2, 5, 2
	f := newFixture()
	x := layers.Ones(R * T * M)
	priors := layers.DefaultEffectPriors(M)
	priors.Region = 0.2
	l := must(layers.NewEffect(f.Scope, f.Constant("x", x, R, T, M), f.Constant("level", []float64{-0.5, 0.3}, R), priors))
	half, slope, size, region := []float64{0.2, -0.7}, []float64{0.1, 0.6}, []float64{-1, -2}, []float64{0.1, 0, -0.2, 0.3}
	for name, values := range map[string][]float64{
		"effect.decay": {0.4, -3}, "effect.half": half, "effect.slope": slope, "effect.size": size, "effect.region": region,
	} {
		require.NoError(t, f.params.Set(name, values))
	}
	got := f.run(t, l.Contributions, nil)
	for i, level := range []float64{-0.5, 0.3} {
		for m := range M {
			want := math.Exp(size[m]+region[i*M+m]+level) / (1 + math.Exp(half[m]*math.Exp(slope[m])))
			for week := range T {
				require.InDelta(t, want, got[(i*T+week)*M+m], 1e-7)
			}
		}
	}
	penalty := 0.0
	add := func(values []float64, prior layers.Prior) {
		for _, v := range values {
			penalty += (v - prior.Mean) * (v - prior.Mean) / (2 * prior.SD * prior.SD)
		}
	}
	add([]float64{0.4, -3}, priors.Decay)
	add(half, priors.Half)
	add(slope, priors.Slope)
	add(size, priors.Effect)
	add(region, layers.Prior{SD: priors.Region})
	require.InDelta(t, penalty, f.run(t, l.Shrunk, nil)[0], 1e-9)
}

// Anchors move the priors' means by standard deviations: where the parameters stand at the moved means, nothing is penalised.
func TestAnchorsMoveThePriors(t *testing.T) {
	const M = 2
	f := newFixture()
	priors := layers.DefaultEffectPriors(M)
	priors.Anchors = []float64{1, -1, 0.5, 2, 0, -2, 0.3, -0.3}
	l := must(layers.NewEffect(f.Scope, f.Input("x", 1, 1, M), f.Input("level", 1), priors))
	for i, p := range []struct {
		name  string
		prior layers.Prior
	}{{"effect.decay", priors.Decay}, {"effect.half", priors.Half}, {"effect.slope", priors.Slope}, {"effect.size", priors.Effect}} {
		moved := make([]float64, M)
		for m := range moved {
			moved[m] = p.prior.Mean + p.prior.SD*priors.Anchors[i*M+m]
		}
		require.NoError(t, f.params.Set(p.name, moved))
	}
	require.InDelta(t, 0, f.run(t, l.Shrunk, nil)[0], 1e-12)
	require.NoError(t, f.params.Set("effect.slope", []float64{priors.Slope.Mean, priors.Slope.Mean}))
	require.InDelta(t, 2, f.run(t, l.Shrunk, nil)[0], 1e-9, "two standard deviations from one anchor: ½·2²")
}

// Without weights a deviation is none and costs nothing; whatever the weights, it stays between a half and one and a half.
func TestDeviationHasToEarnItsKeep(t *testing.T) {
	const R, T, F, M, units = 2, 4, 3, 2, 3
	f := newFixture()
	features := make([]float64, R*T*F)
	for i := range features {
		features[i] = float64(i%5) - 2
	}
	d := must(layers.NewDeviation(f.Scope, f.Constant("features", features, R, T, F), units, M, T-1, 0.15))
	require.NoError(t, f.params.Set("deviation.weight", make([]float64, units*M)))
	require.Equal(t, layers.Ones(R*T*M), f.run(t, d.Factor, nil))
	require.Zero(t, f.run(t, d.Shrunk, nil)[0])
	require.NoError(t, f.params.Set("deviation.bias", []float64{30, -30}))
	for i, v := range f.run(t, d.Factor, nil) {
		require.InDelta(t, []float64{1.5, 0.5}[i%M], v, 1e-9)
	}
	require.InDelta(t, R*(T-1)*M*0.5*math.Pow(0.5/0.15, 2), f.run(t, d.Shrunk, nil)[0], 1e-6)
}

func TestEquationsScoreWhatTheyDoNotExplain(t *testing.T) {
	f := newFixture()
	const w, a = 0.8, 0.3
	l := must(layers.NewEquations(f.Scope, []int{0, 1}, []float64{0, w, 0, 0}, []float64{0, a, 0, 0}))
	require.Equal(t, 1, l.Lags())
	z, past := []float64{1, 0.5, -2, 1}, []float64{0, 3, 2, 1} // two rows
	want := 0.0
	for row := range 2 {
		child := z[2*row+1] - w*z[2*row] - a*past[2*row]
		want += (z[2*row]*z[2*row] + child*child) / 2 / 2
	}
	score := must(l.Score(f.Constant("z", z, 2, 2), f.Constant("past", past, 2, 2)))
	require.InDelta(t, want, f.run(t, score, nil)[0], 1e-12)
	require.NoError(t, f.params.Set("structure.weights", []float64{9, w, 9, 9})) // where there is no edge, a weight is none
	require.InDelta(t, want, f.run(t, score, nil)[0], 1e-12)

	_, err := layers.NewEquations(f.Scope, []int{0, 1}, []float64{0, 1}, nil)
	require.EqualError(t, err, "layers: a structure of 2 channels with 2 weights and 0 lagged ones")
}
