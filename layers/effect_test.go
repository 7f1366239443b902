package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// A channel that is at its mean in every week sells what is expected of it, times e^(β + β_m + β_rm)·level, whatever its carry-over
// and saturation.
func TestEffectOfAnAverageWeek(t *testing.T) {
	const R, T, M = 2, 5, 2
	f := newFixture()
	x := layers.Ones(R * T * M)
	priors := layers.DefaultEffectPriors(M)
	priors.Region, priors.Expected = 0.2, []float64{0.25, 0.05}
	carryOver, saturation, strength := layers.NewCarryover(f.Scope, M, priors), layers.NewHillCurve(f.Scope, M, priors),
		layers.NewStrength(f.Scope, R, M, priors)
	saturated := saturation.Forward(carryOver.Forward(f.Constant("x", x, R, T, M)))
	effect := op.ByRegion(saturated, strength.Forward(f.Constant("level", []float64{-0.5, 0.3}, R)))
	half, slope, size, region := []float64{0.2, -0.7}, []float64{0.1, 0.6}, []float64{-1, -2}, []float64{0.1, 0, -0.2, 0.3}
	for name, values := range map[string][]float64{
		"effect.decay": {0.4, -3}, "effect.half": half, "effect.slope": slope, "effect.average": size, "effect.region": region,
		"effect.together": {0.3},
	} {
		require.NoError(t, f.params.Set(name, values))
	}
	got := f.run(t, effect)
	for i, level := range []float64{-0.5, 0.3} {
		for m := range M {
			want := priors.Expected[m] * math.Exp(0.3+size[m]+region[i*M+m]+level)
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
	add(size, priors.Average)
	add([]float64{0.3}, priors.Together)
	add(region, layers.Prior{SD: priors.Region})
	require.InDelta(t, penalty, f.run(t, op.Add(carryOver.Penalty(), saturation.Penalty(), strength.Penalty()))[0], 1e-9)
}

// forms are the layers of every form, one by one, with the parameters that each declares.
var forms = []struct {
	name   string
	params []string
	build  func(s *graph.Scope, channels int, p layers.EffectPriors) graph.Layer
}{
	{"geometric", []string{"effect.decay"}, func(s *graph.Scope, n int, p layers.EffectPriors) graph.Layer { return layers.NewCarryover(s, n, p) }},
	{"delayed", []string{"effect.delay", "effect.spread"}, func(s *graph.Scope, n int, p layers.EffectPriors) graph.Layer { return layers.NewDelayed(s, n, 8, p) }},
	{"weibull", []string{"effect.weibull_shape", "effect.weibull_scale"}, func(s *graph.Scope, n int, p layers.EffectPriors) graph.Layer {
		return layers.NewWeibull(s, n, 8, p)
	}},
	{"hill", []string{"effect.half", "effect.slope"}, func(s *graph.Scope, n int, p layers.EffectPriors) graph.Layer { return layers.NewHillCurve(s, n, p) }},
	{"exponential", []string{"effect.half"}, func(s *graph.Scope, n int, p layers.EffectPriors) graph.Layer {
		return layers.NewExponentialCurve(s, n, p)
	}},
	{"power", []string{"effect.exponent"}, func(s *graph.Scope, n int, p layers.EffectPriors) graph.Layer { return layers.NewPowerCurve(s, n, p) }},
	{"strength", []string{"effect.together", "effect.average"}, func(s *graph.Scope, n int, p layers.EffectPriors) graph.Layer { return layers.NewStrength(s, 2, n, p) }},
	{"signed strength", []string{"effect.together", "effect.signed"}, func(s *graph.Scope, n int, p layers.EffectPriors) graph.Layer {
		return layers.NewSignedStrength(s, 2, n, p)
	}},
}

// Every parameter of a form starts at the mean of its prior, where it has no penalty; two standard deviations away it has ½·2².
func TestFormsStartAtTheMeansOfTheirPriors(t *testing.T) {
	const M = 2
	priors := layers.DefaultEffectPriors(M)
	for _, form := range forms {
		f := newFixture()
		layer := form.build(f.Scope, M, priors)
		require.Len(t, f.params.All(), len(form.params), form.name)
		require.InDelta(t, 0, f.run(t, graph.Penalty(layer))[0], 1e-12, form.name)
		for i, name := range form.params {
			prior, values := priors.Named()[name], f.params.Get(name).Value.Float64s()
			for _, v := range values {
				require.Equal(t, prior.Mean, v, name)
			}
			values[len(values)-1] += 2 * prior.SD
			require.InDelta(t, 2*float64(i+1), f.run(t, graph.Penalty(layer))[0], 1e-9, "%s: %s", form.name, name)
		}
	}
}

// The weights of a carry-over add up to one, and are those of the closed form. Within two standard deviations of the priors, mean
// lags are from less than a week to two months, whatever the resolution.
func TestWeightsOfTheLags(t *testing.T) {
	const window = 300
	delayed := func(theta, a, lag float64) float64 { return math.Pow(a, (lag-theta)*(lag-theta)) }
	weibull := func(shape, scale, lag float64) float64 {
		return math.Exp(-math.Pow(lag/scale, shape)) - math.Exp(-math.Pow((lag+1)/scale, shape))
	}
	check := func(perWeek, sds float64) (meanDelayed, meanWeibull float64) {
		f := newFixture()
		p := layers.DefaultEffectPriors(1).InRows(perWeek)
		at := func(prior layers.Prior) float64 { return prior.Mean + sds*prior.SD }
		kernels := []*graph.Node{layers.NewDelayed(f.Scope, 1, window, p).Weights(), layers.NewWeibull(f.Scope, 1, window, p).Weights()}
		for _, name := range []string{"effect.delay", "effect.spread", "effect.weibull_shape", "effect.weibull_scale"} {
			require.NoError(t, f.params.Set(name, []float64{at(p.Named()[name])}))
		}
		means := make([]float64, 2)
		for i, of := range []func(lag float64) float64{
			func(lag float64) float64 { return delayed(math.Exp(at(p.Delay)), 1/(1+math.Exp(-at(p.Spread))), lag) },
			func(lag float64) float64 {
				return weibull(math.Exp(at(p.WeibullShape)), math.Exp(at(p.WeibullScale)), lag)
			},
		} {
			total := 0.0
			for lag := range window {
				total += of(float64(lag))
			}
			for lag, w := range f.run(t, kernels[i]) {
				require.InDelta(t, of(float64(lag))/total, w, 1e-9, "lag %d at %g standard deviations", lag, sds)
				means[i] += float64(lag) * w / perWeek
			}
		}
		return means[0], means[1]
	}
	for _, perWeek := range []float64{1, 7} {
		for _, sds := range []float64{-1, 0, 1} {
			check(perWeek, sds)
		}
		delayed, weibull := check(perWeek, -2)
		require.Less(t, max(delayed, weibull), 1.0)
		delayed, weibull = check(perWeek, 2)
		require.Greater(t, min(delayed, weibull), 7.0)
	}
}

// A strength of either sign is its parameter, in multiples of what is expected, times the level and the factor of all channels.
func TestSignedStrength(t *testing.T) {
	f := newFixture()
	p := layers.DefaultEffectPriors(2)
	p.Region, p.Expected = 0.2, []float64{0.1, 0.4}
	l := layers.NewSignedStrength(f.Scope, 2, 2, p)
	require.NoError(t, f.params.Set("effect.signed", []float64{2, -0.25}))
	require.NoError(t, f.params.Set("effect.together", []float64{0.5}))
	require.NoError(t, f.params.Set("effect.region", []float64{0, 0.3, -0.2, 0}))
	got := f.run(t, l.Forward(f.Constant("level", []float64{0, math.Log(0.5)}, 2)))
	require.InDeltaSlice(t, []float64{0.2 * math.Exp(0.5), -0.1 * math.Exp(0.8), 0.1 * math.Exp(0.3), -0.05 * math.Exp(0.5)}, got, 1e-12)
	penalty := math.Pow((2-p.Signed.Mean)/p.Signed.SD, 2) + math.Pow((-0.25-p.Signed.Mean)/p.Signed.SD, 2) +
		math.Pow(0.5/p.Together.SD, 2) + 0.13/(0.2*0.2)
	require.InDelta(t, penalty/2, f.run(t, l.Penalty())[0], 1e-9)
}

// Equal parts of 0.3 are expected; a strength of either sign is negative with a probability of 16 %.
func TestDefaultsOfTheEffectPriors(t *testing.T) {
	p := layers.DefaultEffectPriors(4)
	require.InDeltaSlice(t, []float64{0.075, 0.075, 0.075, 0.075}, p.Expected, 1e-12)
	require.InDelta(t, 0.16, distuv.Normal{Mu: p.Signed.Mean, Sigma: p.Signed.SD}.CDF(0), 0.005)
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
	require.Equal(t, x, f.run(t, l.Forward(f.Constant("x", x, 1, T, M), f.Constant("set", x, 1, T, M), f.Input("held", T, M))))
	require.Empty(t, f.params.All())

	_, err := graph.Build(func() any { return layers.NewEquations(f.Scope, []int{0, 1}, dag.Shares, []float64{0, 1}, nil) })
	require.EqualError(t, err, "layers: a structure of 2 channels with 2 weights and 0 lagged ones")
}
