package optim_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/optim"
)

func TestAdamWFollowsPyTorch(t *testing.T) {
	for i, c := range pytorch(t).AdamW {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			var params []*optim.Param
			for _, start := range c.Start {
				params = append(params, param("θ", start...))
			}
			adam := &optim.AdamW{Rate: c.Rate, Beta1: c.Beta1, Beta2: c.Beta2, Eps: c.Eps, WeightDecay: c.Decay}
			clip := optim.ClipNorm{Max: math.Inf(1)}
			if c.Clip > 0 {
				clip.Max = c.Clip
			}
			for step, want := range c.Path {
				moved := params
				if step < c.Joins {
					moved = params[:1]
				}
				for _, p := range moved {
					for j, x := range values(p) {
						grads(p)[j] = 4*x*x*x + 3
					}
				}
				norm, err := clip.Clip(moved)
				require.NoError(t, err)
				if len(c.Norms) > 0 {
					require.InEpsilon(t, c.Norms[step], norm, 1e-12)
				}
				if step == len(c.Path)/2 {
					adam.SetLearningRate(c.Rate / 2)
				}
				require.NoError(t, adam.Step(moved))
				for k, p := range params {
					require.InDeltaSlice(t, want[k], values(p), 1e-12, "step %d", step)
				}
			}
		})
	}
}

func TestNewAdamWHasPyTorchsDefaults(t *testing.T) {
	want := &optim.AdamW{Rate: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01}
	require.Equal(t, want, optim.NewAdamW(0.1))
}

// Whatever the gradient's unit, the step is the same, but for ε.
func TestAdamWForgetsTheGradientsScale(t *testing.T) {
	walk := func(scale float64) []float64 {
		p, adam := param("x", 3.0, -2), &optim.AdamW{Rate: 0.1, Beta1: 0.9, Beta2: 0.999, WeightDecay: 0.1}
		for range 50 {
			for i, x := range values(p) {
				grads(p)[i] = scale * (x - 1)
			}
			require.NoError(t, adam.Step([]*optim.Param{p}))
		}
		return values(p)
	}
	require.InDeltaSlice(t, walk(1), walk(1e6), 1e-12)
	require.InDeltaSlice(t, walk(1), walk(1e-6), 1e-12)
}

// Without a gradient only the decay remains, which does not depend on the moments.
func TestAdamWDecaysByRateAlone(t *testing.T) {
	p, adam := param("x", 2.0), &optim.AdamW{Rate: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.5}
	for range 3 {
		require.NoError(t, adam.Step([]*optim.Param{p}))
	}
	require.InDelta(t, 2*math.Pow(1-0.1*0.5, 3), values(p)[0], 1e-15)
}

func BenchmarkAdamW(b *testing.B) {
	params := []*optim.Param{param("x", make([]float32, 700_000)...)}
	adam := optim.NewAdamW(0.01)
	b.SetBytes(700_000 * 4 * 4) // value, gradient and both moments
	b.ReportAllocs()
	for b.Loop() {
		if err := adam.Step(params); err != nil {
			b.Fatal(err)
		}
	}
}
