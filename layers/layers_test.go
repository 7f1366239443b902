package layers_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// fixture builds layers on one float64 graph and evaluates them.
type fixture struct {
	*graph.Scope
	params *graph.Params
}

func newFixture() fixture {
	params := graph.NewParams(tensor.Float64, 1)
	return fixture{graph.NewScope(gorgonia.NewGraph(), params), params}
}

func (f fixture) run(t require.TestingT, n *graph.Node) []float64 {
	m := graph.NewMachine(graph.Nodes{n})
	require.NoError(t, m.Run())
	return m.Floats(n)
}

func draw(t *rapid.T, name string, lo, hi float64, n int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(lo, hi), n, n).Draw(t, name)
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

func TestAdstockWithoutDecayIsTheIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture()
		x := draw(t, "x", 0, 10, 2*7*3)
		l := layers.NewAdstock(f.Scope, 3)
		require.NoError(t, f.params.Set("alpha", []float64{-800, -800, -800})) // σ(−800) is 0
		got := f.run(t, l.Forward(f.Constant("x", x, 2, 7, 3)))
		require.Equal(t, x, got)
	})
}

func TestAdstockOfAConstantTendsToItsGeometricSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture()
		decay := rapid.Float64Range(0.01, 0.79).Draw(t, "decay")
		x := rapid.Float64Range(0, 2).Draw(t, "x")
		const weeks = 200
		series := make([]float64, weeks)
		for i := range series {
			series[i] = x
		}
		l := layers.NewAdstock(f.Scope, 1)
		require.NoError(t, f.params.Set("alpha", []float64{logit(decay)}))
		got := f.run(t, l.Forward(f.Constant("x", series, 1, weeks, 1)))
		require.InDelta(t, x/(1-decay), got[weeks-1], 1e-9)
	})
}

func TestAdstockNeverDecaysSlowerThanItsCap(t *testing.T) {
	f := newFixture()
	l := layers.NewAdstock(f.Scope, 1).(*layers.Adstock)
	require.NoError(t, f.params.Set("alpha", []float64{50}))
	require.Equal(t, []float64{layers.MaxDecay}, f.run(t, l.Decay()))
	require.Equal(t, []float64{layers.MaxDecay}, l.Decays())
}

// saturate runs the Hill layer on one channel at slope and half-saturation.
func saturate(t require.TestingT, slope, half float64, x ...float64) []float64 {
	f := newFixture()
	l := layers.NewHill(f.Scope, 1)
	inverse := func(y float64) []float64 { return []float64{math.Log(math.Expm1(y))} } // of softplus
	require.NoError(t, f.params.Set("hill_a", inverse(slope)))
	require.NoError(t, f.params.Set("hill_g", inverse(half)))
	return f.run(t, l.Forward(f.Constant("x", x, 1, len(x), 1)))
}

func TestHillIsZeroAtZeroHalfAtItsKneeAndMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slope := rapid.Float64Range(2, 5).Draw(t, "slope")
		half := rapid.Float64Range(0.1, 1).Draw(t, "half")
		lo := rapid.Float64Range(0, 3).Draw(t, "lo")
		hi := lo + rapid.Float64Range(0.01, 3).Draw(t, "step")
		s := saturate(t, slope, half, 0, half, lo, hi)
		require.InDelta(t, 0, s[0], 1e-12)
		require.InDelta(t, 0.5, s[1], 0.01, "the floor of 1e-8 shifts it where half^slope is small")
		require.LessOrEqual(t, s[2], s[3])
		require.True(t, s[2] >= 0 && s[3] <= 1)
	})
	require.InDelta(t, 0.5, saturate(t, 2, 1, 1)[0], 1e-7)
}

func TestHillKeepsItsBounds(t *testing.T) {
	for _, raw := range []struct{ slope, half, wantSlope, wantHalf float64 }{
		{-9, -9, 2, 0.01}, {9, 9, 5, 1},
	} {
		f := newFixture()
		l := layers.NewHill(f.Scope, 1).(*layers.Hill)
		require.NoError(t, f.params.Set("hill_a", []float64{raw.slope}))
		require.NoError(t, f.params.Set("hill_g", []float64{raw.half}))
		require.Equal(t, []float64{raw.wantSlope}, f.run(t, l.Slope()))
		require.Equal(t, []float64{raw.wantHalf}, f.run(t, l.Half()))
		half, slope := l.Curves()
		require.Equal(t, []float64{raw.wantSlope, raw.wantHalf}, []float64{slope[0], half[0]})
	}
}

func TestDAGMixWithoutMixingIsTheIdentity(t *testing.T) {
	f := newFixture()
	l := layers.NewDAGMix(f.Scope, 3, dag.NOTEARS, 0.5)
	require.NoError(t, f.params.Set("interaction_weight", []float64{-800, -800, -800}))
	x := []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}
	got := f.run(t, l.Forward(f.Constant("s", x, 1, 2, 3)))
	require.Equal(t, x, got)
}

func TestFadeRunsFromStableToDynamic(t *testing.T) {
	for _, way := range []layers.Stabilization{layers.Exponential, layers.LinearFade, layers.SigmoidFade} {
		w := layers.Fade(20, 6, way)
		for i := 1; i < len(w); i++ {
			require.LessOrEqual(t, w[i], w[i-1], "%s, week %d", way, i)
		}
		require.Zero(t, w[6], "%s is over after the burn-in", way)
		require.Greater(t, w[0], 0.8, "%s starts stable", way)
		require.Equal(t, []float64{1, 1, 1}, layers.Fade(3, 3, way), "%s with no week after the burn-in", way)
	}
	require.InDelta(t, math.Exp(-1), layers.Fade(20, 6, layers.Exponential)[2], 1e-15)
	require.InDelta(t, 1-2.0/6, layers.Fade(20, 6, layers.LinearFade)[2], 1e-15)
	require.InDelta(t, 0.5, layers.Fade(20, 6, layers.SigmoidFade)[3], 1e-15)
}

func TestDropoutKeepsTheMeanAndDropsItsShare(t *testing.T) {
	const n, share = 200_000, 0.12
	f := newFixture()
	l := layers.NewDropout(f.Scope, "mask", share, 1, n, 1)
	l.Draw(rand.New(rand.NewPCG(1, 2)))
	dropped, sum := 0, 0.0
	for _, v := range graph.Floats(l.Mask.Value()) {
		sum += v
		if v == 0 {
			dropped++
		}
	}
	sd := math.Sqrt(share * (1 - share) / n)
	require.InDelta(t, share, float64(dropped)/n, 5*sd)
	require.InDelta(t, 1, sum/n, 5*sd/(1-share))
	l.Pass()
	require.NotContains(t, graph.Floats(l.Mask.Value()), 0.0)
}

func TestStartsDependOnlyOnTheirName(t *testing.T) {
	one, two := newFixture(), newFixture()
	layers.NewGRU(one.Scope, 0, 3, 4)
	layers.NewMediaHead(two.Scope, 4, 2) // declared first, without effect on the next
	layers.NewGRU(two.Scope, 0, 3, 4)
	for _, p := range one.params.All() {
		require.Equal(t, p.Value.Data(), two.params.Get(p.Name).Value.Data(), p.Name)
	}
}

// TestGradients checks every layer by finite differences in its parameters and its input, at ordinary and degenerate
// sizes: one region, one week, one channel, no week after the burn-in.
func TestGradients(t *testing.T) {
	type sizes struct{ R, T, M, H, burnIn int }
	for _, s := range []sizes{{2, 5, 3, 4, 2}, {1, 4, 2, 3, 1}, {3, 1, 2, 2, 0}, {2, 3, 1, 2, 1}, {2, 3, 2, 4, 3}, {1, 1, 1, 2, 1}} {
		for name, check := range map[string]struct {
			layer func(f *graph.Scope) graph.Layer
			width int
		}{
			"adstock":             {func(f *graph.Scope) graph.Layer { return layers.NewAdstock(f, s.M) }, s.M},
			"hill":                {func(f *graph.Scope) graph.Layer { return layers.NewHill(f, s.M) }, s.M},
			"dag mix, triangular": {func(f *graph.Scope) graph.Layer { return layers.NewDAGMix(f, s.M, dag.Triangular, 0.5) }, s.M},
			"dag mix, notears":    {func(f *graph.Scope) graph.Layer { return layers.NewDAGMix(f, s.M, dag.NOTEARS, 0.5) }, s.M},
			"control features":    {func(f *graph.Scope) graph.Layer { return layers.NewControlFeatures(f, s.M, s.H) }, s.M},
			"gru":                 {func(f *graph.Scope) graph.Layer { return layers.NewGRU(f, 0, s.M, s.H) }, s.M},
			"media head":          {func(f *graph.Scope) graph.Layer { return layers.NewMediaHead(f, s.H, s.M) }, s.H},
			"control head":        {func(f *graph.Scope) graph.Layer { return layers.NewControlHead(f, s.H, s.M) }, s.H},
			"burn-in": {func(f *graph.Scope) graph.Layer {
				return layers.NewBurnIn(f, "stable", s.M, s.T, s.burnIn, layers.Exponential)
			}, s.M},
			"season": {func(f *graph.Scope) graph.Layer { return layers.NewSeasonality(f) }, s.M},
			"scale":  {func(f *graph.Scope) graph.Layer { return layers.NewScale(f) }, s.M},
		} {
			rng := rand.New(rand.NewPCG(uint64(s.R*1000+s.T*100+s.M), 7))
			x := gradcheck.Uniform(rng, "x", 0.05, 1, s.R, s.T, check.width)
			require.NoError(t, gradcheck.Layer(rng, func(f *graph.Scope, in ...*graph.Node) *graph.Node {
				return check.layer(f).Forward(in[0])
			}, x), "%s at %+v", name, s)
		}
		rng := rand.New(rand.NewPCG(3, 3))
		require.NoError(t, gradcheck.Layer(rng, func(f *graph.Scope, _ ...*graph.Node) *graph.Node {
			return layers.NewBaseline(f, s.R, s.T).Forward()
		}), "baseline at %+v", s)
	}
}

func TestLossGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, m := range []int{1, 2, 5} {
		s := gradcheck.Uniform(rng, "s", 0, 1, 1, 1, m)
		check := func(mode dag.Mode, loss func(f *graph.Scope, l *layers.DAGMix) *graph.Node) {
			require.NoError(t, gradcheck.Layer(rng, func(f *graph.Scope, in ...*graph.Node) *graph.Node {
				l := layers.NewDAGMix(f, m, mode, 0.5)
				return op.Add(loss(f, l), op.Sum(l.Forward(in[0]))) // every parameter and the input take part
			}, s), "%s, %d channels", mode, m)
		}
		check(dag.Triangular, func(_ *graph.Scope, l *layers.DAGMix) *graph.Node { return layers.TriangularLoss(l) })
		check(dag.NOTEARS, func(f *graph.Scope, l *layers.DAGMix) *graph.Node {
			d := layers.Duals{Active: f.Scalar("active", 1), Rho: f.Scalar("rho", 3), Alpha: f.Scalar("alpha", 0.7)}
			loss, _ := layers.NOTEARSLoss(l, d, 0.005, 0.01)
			return loss
		})
	}
	require.NoError(t, gradcheck.Check(func(in ...*graph.Node) *graph.Node {
		return layers.AttributionLoss(in[0], in[1], 0.4)
	}, gradcheck.Normal(rng, "media", 1, 1, 3, 4), gradcheck.Normal(rng, "raw", 2, 1, 3, 4)))
	require.NoError(t, gradcheck.Check(func(in ...*graph.Node) *graph.Node {
		return layers.SparsityLoss(in[:1], in[1:])
	}, gradcheck.Normal(rng, "stable", 0, 1, 3), gradcheck.Normal(rng, "gru", 0, 1, 3, 4)))
	require.NoError(t, gradcheck.Check(func(in ...*graph.Node) *graph.Node {
		return layers.SeasonalLoss(&layers.Seasonality{Coefficient: in[0]}, 1)
	}, gradcheck.Normal(rng, "seasonal_coeff", 1, 1, 1)))
	require.NoError(t, gradcheck.Check(func(in ...*graph.Node) *graph.Node {
		l1, l2 := layers.Norms(in)
		return op.Add(l1, l2)
	}, gradcheck.Normal(rng, "a", 0, 1, 3), gradcheck.Normal(rng, "b", 0, 1, 2, 2)))
}
