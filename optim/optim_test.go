package optim_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"deepcausalmmm/optim"
)

// reference is what PyTorch did; testdata/pytorch.py made it.
type reference struct {
	AdamW []struct {
		Beta1, Beta2, Eps, Decay, Rate, Clip float64
		Start                                [][]float64
		Path                                 [][][]float64
		Norms                                []float64
	}
	Plateau []struct {
		Patience            int
		Factor, Floor, Rate float64
		Figures, Rates      []float64
	}
	Cosine []struct {
		Period, Mult int
		Floor, Rate  float64
		Rates        []float64
	}
}

func pytorch(t *testing.T) (r reference) {
	text, err := os.ReadFile(filepath.Join("testdata", "pytorch.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &r))
	return r
}

func param[F float32 | float64](name string, values ...F) *optim.Param {
	grad := make([]F, len(values))
	return &optim.Param{
		Name:  name,
		Value: tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(append([]F(nil), values...))),
		Grad:  tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(grad)),
	}
}

func values(p *optim.Param) []float64 { return p.Value.Data().([]float64) }
func grads(p *optim.Param) []float64  { return p.Grad.Data().([]float64) }

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
			optimizer := optim.Chain(adam, clip)
			for step, want := range c.Path {
				for _, p := range params {
					for j, x := range values(p) {
						grads(p)[j] = 4*x*x*x + 3
					}
				}
				if len(c.Norms) > 0 {
					require.InEpsilon(t, c.Norms[step], clip.Norm(params), 1e-12)
				}
				if step == len(c.Path)/2 {
					optimizer.SetLearningRate(c.Rate / 2)
				}
				require.NoError(t, optimizer.Step(params))
				for k, p := range params {
					require.InDeltaSlice(t, want[k], values(p), 1e-12, "step %d", step)
				}
			}
		})
	}
}

func TestPlateauFollowsPyTorch(t *testing.T) {
	for _, c := range pytorch(t).Plateau {
		p := optim.Plateau{Patience: c.Patience, Factor: c.Factor, Threshold: 1e-4, MinRate: c.Floor}
		rate := c.Rate
		for step, figure := range c.Figures {
			rate = p.Step(figure, rate)
			require.InEpsilon(t, c.Rates[step], rate, 1e-12, "step %d", step)
		}
	}
}

func TestCosineRestartsFollowsPyTorch(t *testing.T) {
	for _, c := range pytorch(t).Cosine {
		s := optim.CosineRestarts{MaxRate: c.Rate, MinRate: c.Floor, Period: c.Period, Mult: c.Mult}
		for step, want := range c.Rates {
			require.InDelta(t, want, s.At(step), 1e-12, "step %d", step)
		}
	}
}

// optimizers are all that the table below drives, each at a rate that suits its problems.
var optimizers = map[string]func() optim.Optimizer{
	"adamw": func() optim.Optimizer { return &optim.AdamW{Rate: 0.02, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8} },
	"adamw clipped": func() optim.Optimizer {
		return optim.Chain(&optim.AdamW{Rate: 0.02, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}, optim.ClipNorm{Max: 1})
	},
}

func TestEveryOptimizerReachesTheMinimum(t *testing.T) {
	problems := map[string]struct {
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
	for name, make := range optimizers {
		for problem, c := range problems {
			t.Run(name+" on "+problem, func(t *testing.T) {
				p, optimizer := param("x", c.start...), make()
				for range 20_000 {
					c.grad(values(p), grads(p))
					require.NoError(t, optimizer.Step([]*optim.Param{p}))
				}
				require.InDeltaSlice(t, c.want, values(p), 1e-2)
			})
		}
		t.Run(name+" rests on a gradient of 0", func(t *testing.T) {
			p, optimizer := param("x", 1.5, -2), make()
			for range 5 {
				require.NoError(t, optimizer.Step([]*optim.Param{p}))
			}
			require.Equal(t, []float64{1.5, -2}, values(p))
		})
		t.Run(name+" moves float32 as float64", func(t *testing.T) {
			wide, narrow := param("x", 1.5, -2), param[float32]("x", 1.5, -2)
			a, b := make(), make()
			for range 100 {
				for i, x := range values(wide) {
					grads(wide)[i] = x * x * x
				}
				for i, x := range narrow.Value.Data().([]float32) {
					narrow.Grad.Data().([]float32)[i] = x * x * x
				}
				require.NoError(t, a.Step([]*optim.Param{wide}))
				require.NoError(t, b.Step([]*optim.Param{narrow}))
			}
			for i, x := range values(wide) {
				require.InDelta(t, x, narrow.Value.Data().([]float32)[i], 1e-4)
			}
		})
		t.Run(name+" names a gradient that is not finite and moves nothing", func(t *testing.T) {
			good, bad := param("good", 1.0), param("bad", 1.0, 2)
			grads(good)[0], grads(bad)[1] = 1, math.NaN()
			err := make().Step([]*optim.Param{good, bad})
			var broken *optim.GradientError
			require.ErrorAs(t, err, &broken)
			require.Equal(t, "bad", broken.Param)
			require.Equal(t, 1, broken.Index)
			require.Equal(t, []float64{1}, values(good))
		})
	}
}

func TestClipNormKeepsDirectionAndOtherGroups(t *testing.T) {
	a, b, other := param("a", 0.0, 0), param("b", 0.0), param("other", 0.0)
	a.Group, b.Group, other.Group = "mine", "mine", "theirs"
	copy(grads(a), []float64{3, 4})
	grads(b)[0], grads(other)[0] = 12, 100
	clip := optim.ClipNorm{Max: 1.3, Group: "mine"}
	params := []*optim.Param{a, b, other}
	require.InDelta(t, 13, clip.Norm(params), 1e-12)
	require.NoError(t, clip.Apply(params))
	require.InDelta(t, 1.3, clip.Norm(params), 1e-6)
	require.InDelta(t, 4.0/3, grads(a)[1]/grads(a)[0], 1e-12)
	require.Equal(t, []float64{100}, grads(other))

	before := append([]float64(nil), grads(a)...)
	require.NoError(t, optim.ClipNorm{Max: 50}.Apply([]*optim.Param{a}))
	require.Equal(t, before, grads(a), "a norm below the maximum stays")
}

func TestStepAllocatesNothingAfterTheFirst(t *testing.T) {
	p := param("x", make([]float64, 1000)...)
	params := []*optim.Param{p}
	optimizer := optimizers["adamw"]()
	require.NoError(t, optimizer.Step(params))
	require.LessOrEqual(t, testing.AllocsPerRun(10, func() { _ = optimizer.Step(params) }), 12.0, "a handful of headers, no buffer")
}

func BenchmarkAdamW(b *testing.B) {
	p := param("x", make([]float32, 700_000)...)
	optimizer := optimizers["adamw"]()
	b.SetBytes(700_000 * 4 * 4) // value, gradient and both moments
	b.ReportAllocs()
	for b.Loop() {
		if err := optimizer.Step([]*optim.Param{p}); err != nil {
			b.Fatal(err)
		}
	}
}
