package optim_test

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/optim"
)

// optimizers are all that the laws below hold, each without weight decay and at a rate that suits the problems.
var optimizers = map[string]func() optim.Optimizer{
	"adamw": func() optim.Optimizer { return &optim.AdamW{Rate: 0.02, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8} },
	"adamw clipped": func() optim.Optimizer {
		return optim.Chain(&optim.AdamW{Rate: 0.02, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}, optim.ClipNorm{Max: 1})
	},
	"adamw clipped by groups": func() optim.Optimizer {
		return optim.Chain(&optim.AdamW{Rate: 0.02, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8},
			optim.ClipNorm{Max: 2, Group: "one"}, optim.ClipNorm{Max: 1, Group: "other"})
	},
}

var problems = map[string]struct {
	start, want []float64
	grad        func(x, g []float64)
}{
	"quadratic": {[]float64{3, -2}, []float64{0, 0}, func(x, g []float64) { g[0], g[1] = x[0], x[1] }},
	"badly scaled quadratic": {[]float64{3, -2}, []float64{1, 1}, func(x, g []float64) {
		g[0], g[1] = 1e4*(x[0]-1), 1e-2*(x[1]-1)
	}},
	"Rosenbrock": {[]float64{-1.2, 1}, []float64{1, 1}, func(x, g []float64) {
		g[0] = -2*(1-x[0]) - 400*x[0]*(x[1]-x[0]*x[0])
		g[1] = 200 * (x[1] - x[0]*x[0])
	}},
}

func TestEveryOptimizer(t *testing.T) {
	laws := map[string]func(t *testing.T, start func() optim.Optimizer){
		"reaches the minimum":             reachesTheMinimum,
		"rests on a gradient of 0":        restsOnZero,
		"moves float32 as float64":        movesFloat32AsFloat64,
		"is deterministic":                isDeterministic,
		"names a gradient not finite":     namesGradientNotFinite,
		"allocates nothing after a step":  allocatesNothing,
		"has the learning rate it is set": hasRate,
	}
	for name, start := range optimizers {
		for law, holds := range laws {
			t.Run(name+" "+law, func(t *testing.T) { holds(t, start) })
		}
	}
}

func reachesTheMinimum(t *testing.T, start func() optim.Optimizer) {
	for name, c := range problems {
		p, o := param("x", c.start...), start()
		for range 20_000 {
			c.grad(values(p), grads(p))
			require.NoError(t, o.Step([]*optim.Param{p}))
		}
		require.InDeltaSlice(t, c.want, values(p), 1e-2, name)
	}
}

func restsOnZero(t *testing.T, start func() optim.Optimizer) {
	p, o := param("x", 1.5, -2), start()
	for range 5 {
		require.NoError(t, o.Step([]*optim.Param{p}))
	}
	require.Equal(t, []float64{1.5, -2}, values(p))
}

func movesFloat32AsFloat64(t *testing.T, start func() optim.Optimizer) {
	wide, narrow := param("x", 1.5, -2), param[float32]("x", 1.5, -2)
	a, b := start(), start()
	for range 100 {
		for i, x := range values(wide) {
			grads(wide)[i] = x * x * x
		}
		for i, x := range narrow.Value.Float32s() {
			narrow.Grad.Float32s()[i] = x * x * x
		}
		require.NoError(t, a.Step([]*optim.Param{wide}))
		require.NoError(t, b.Step([]*optim.Param{narrow}))
	}
	require.InDeltaSlice(t, values(wide), narrow.Value.Float32s(), 1e-5)
}

func isDeterministic(t *testing.T, start func() optim.Optimizer) {
	walk := func() []float64 {
		one, other, o := param("one", 1.0, 2, 3), param("other", -1.0), start()
		one.Group, other.Group = "one", "other"
		for range 20 {
			for _, p := range []*optim.Param{one, other} {
				for i, x := range values(p) {
					grads(p)[i] = math.Exp(x)
				}
			}
			require.NoError(t, o.Step([]*optim.Param{one, other}))
		}
		return append(values(one), values(other)...)
	}
	require.Equal(t, walk(), walk())
}

func namesGradientNotFinite(t *testing.T, start func() optim.Optimizer) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1e200} {
		good, culprit := param("good", 1.0), param("culprit", 1.0, 2, 3)
		good.Group, culprit.Group = "one", "other"
		grads(good)[0], grads(culprit)[0], grads(culprit)[1] = 1, 5, bad
		err := start().Step([]*optim.Param{good, culprit})
		var broken *optim.GradientError
		require.True(t, errors.As(err, &broken), "%g", bad)
		require.Equal(t, "culprit", broken.Param)
		require.Equal(t, 1, broken.Index)
		require.Equal(t, math.Float64bits(bad), math.Float64bits(broken.Value))
		require.Equal(t, []float64{1}, values(good), "nothing has moved")
	}
	single := param[float32]("single", 1, 2)
	single.Grad.Float32s()[1] = float32(math.NaN())
	err := start().Step([]*optim.Param{single})
	require.EqualError(t, err, "optim: the gradient of single is NaN at element 1")
	single.Grad.Float32s()[1] = math.MaxFloat32
	require.NoError(t, start().Step([]*optim.Param{single}), "large is not infinite")
}

func allocatesNothing(t *testing.T, start func() optim.Optimizer) {
	wide, narrow, o := param("wide", make([]float64, 100)...), param("narrow", make([]float32, 100)...), start()
	wide.Group, narrow.Group = "one", "other"
	params := []*optim.Param{wide, narrow}
	require.NoError(t, o.Step(params))
	require.Zero(t, testing.AllocsPerRun(10, func() {
		grads(wide)[0], narrow.Grad.Float32s()[0] = 100, 100
		if err := o.Step(params); err != nil {
			panic(err)
		}
	}))
}

func hasRate(t *testing.T, start func() optim.Optimizer) {
	o, p := start(), param("x", 1.0)
	require.Equal(t, 0.02, o.LearningRate())
	o.SetLearningRate(0)
	require.Zero(t, o.LearningRate())
	grads(p)[0] = 1
	require.NoError(t, o.Step([]*optim.Param{p}))
	require.Equal(t, []float64{1}, values(p), "at a rate of 0 nothing moves")
}
