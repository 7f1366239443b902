package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// A channel that is at its mean in every week sells e^β·level/(1 + kⁿ), whatever its carry-over.
func TestEffectOfAnAverageWeek(t *testing.T) {
	const R, T, M = 2, 5, 2
	f := newFixture()
	x := layers.Ones(R * T * M)
	priors := layers.DefaultEffectPriors(M)
	priors.Region = 0.2
	carryOver, saturation, strength := layers.NewCarryover(f.Scope, M, priors), layers.NewSCurve(f.Scope, M, priors),
		layers.NewStrength(f.Scope, R, M, priors)
	saturated := saturation.Forward(carryOver.Forward(f.Constant("x", x, R, T, M)))
	effect := op.ByRegion(saturated, strength.Forward(f.Constant("level", []float64{-0.5, 0.3}, R)))
	half, slope, size, region := []float64{0.2, -0.7}, []float64{0.1, 0.6}, []float64{-1, -2}, []float64{0.1, 0, -0.2, 0.3}
	for name, values := range map[string][]float64{
		"effect.decay": {0.4, -3}, "effect.half": half, "effect.slope": slope, "effect.size": size, "effect.region": region,
	} {
		require.NoError(t, f.params.Set(name, values))
	}
	got := f.run(t, effect)
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
	require.InDelta(t, penalty, f.run(t, op.Add(carryOver.Penalty(), saturation.Penalty(), strength.Penalty()))[0], 1e-9)
	for c, response := range layers.Responses(carryOver, saturation) {
		decay := 1 / (1 + math.Exp(-[]float64{0.4, -3}[c]))
		require.Equal(t, layers.Response{Decay: decay, HalfSaturation: math.Exp(half[c]), Slope: math.Exp(slope[c])}, response)
	}
}

// Anchors shift the means of the priors by standard deviations: parameters at the shifted means have no penalty.
func TestAnchorsShiftThePriors(t *testing.T) {
	const M = 2
	f := newFixture()
	priors := layers.DefaultEffectPriors(M)
	anchors := []float64{1, -1, 0.5, 2, 0, -2, 0.3, -0.3}
	anchored := priors.Anchored(anchors)
	penalty := op.Add(layers.NewCarryover(f.Scope, M, anchored).Penalty(), layers.NewSCurve(f.Scope, M, anchored).Penalty(),
		layers.NewStrength(f.Scope, 1, M, anchored).Penalty())
	for i, p := range []struct {
		name  string
		prior layers.Prior
	}{{"effect.decay", priors.Decay}, {"effect.half", priors.Half}, {"effect.slope", priors.Slope}, {"effect.size", priors.Effect}} {
		moved := make([]float64, M)
		for m := range moved {
			moved[m] = p.prior.Mean + p.prior.SD*anchors[i*M+m]
		}
		require.NoError(t, f.params.Set(p.name, moved))
	}
	require.InDelta(t, 0, f.run(t, penalty)[0], 1e-12)
	require.NoError(t, f.params.Set("effect.slope", []float64{priors.Slope.Mean, priors.Slope.Mean}))
	require.InDelta(t, 2, f.run(t, penalty)[0], 1e-9, "two standard deviations from one anchor: ½·2²")
}

// With weights of 0 the factor is 1, without a penalty; with any weights it is between 0.5 and 1.5.
func TestDeviationIsBoundedAndPenalised(t *testing.T) {
	const R, T, M, units = 2, 4, 2, 3
	f := newFixture()
	states := make([]float64, R*T*units)
	for i := range states {
		states[i] = float64(i%5) - 2
	}
	d := layers.NewDeviation(f.Scope, units, M, T, T-1, 0.15)
	factor := d.Forward(f.Constant("states", states, R, T, units))
	require.NoError(t, f.params.Set("deviation.weight", make([]float64, units*M)))
	require.Equal(t, layers.Ones(R*T*M), f.run(t, factor))
	require.Zero(t, f.run(t, d.Penalty(factor))[0])
	require.NoError(t, f.params.Set("deviation.bias", []float64{30, -30}))
	for i, v := range f.run(t, factor) {
		require.InDelta(t, []float64{1.5, 0.5}[i%M], v, 1e-9)
	}
	require.InDelta(t, R*(T-1)*M*0.5*math.Pow(0.5/0.15, 2), f.run(t, d.Penalty(factor))[0], 1e-6)
}

// Without an intervention the equations reproduce the exposure, to the last bit.
func TestEquationsWithoutAnInterventionAreTheIdentity(t *testing.T) {
	const T, M = 3, 2
	f := newFixture()
	x := []float64{1, 0.5, 0, 1, 3, 0.1}
	l := layers.NewEquations(f.Scope, []int{0, 1}, dag.Shares, []float64{0, 0.8, 0, 0}, []float64{0, 0.3, 0, 0.1})
	require.Equal(t, x, f.run(t, l.Forward(f.Constant("x", x, 1, T, M), f.Constant("do", layers.Ones(T*M), T, M), f.Input("held", T, M))))
	require.Empty(t, f.params.All())

	_, err := graph.Build(func() any { return layers.NewEquations(f.Scope, []int{0, 1}, dag.Shares, []float64{0, 1}, nil) })
	require.EqualError(t, err, "layers: a structure of 2 channels with 2 weights and 0 lagged ones")
}
