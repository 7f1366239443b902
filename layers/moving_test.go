package layers_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/gradcheck"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

func TestRampsRiseOneAfterAnotherAndStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		knots, training := rapid.IntRange(1, 9).Draw(t, "knots"), rapid.IntRange(2, 60).Draw(t, "training")
		more := rapid.IntRange(0, 20).Draw(t, "more")
		weeks := training + more
		ramps := layers.Ramps(knots, training, 0, weeks)
		for week := range weeks {
			sum := 0.0
			for k := range knots {
				sum += ramps[k*weeks+week]
			}
			// Equal steps are a straight line over the training, and constant after it.
			require.InDelta(t, float64(knots)*min(1, float64(week)/float64(training-1)), sum, 1e-12)
		}
		for k := range knots {
			require.Zero(t, ramps[k*weeks])
			require.InDelta(t, 1, ramps[k*weeks+weeks-1], 1e-12)
			require.IsNonDecreasing(t, ramps[k*weeks:(k+1)*weeks])
		}
		from := rapid.IntRange(0, weeks-1).Draw(t, "from")
		later := layers.Ramps(knots, training, from, weeks-from)
		for k := range knots {
			require.Equal(t, ramps[k*weeks+from:(k+1)*weeks], later[k*(weeks-from):(k+1)*(weeks-from)])
		}
	})
}

// Over a year of equal weeks the waves are orthogonal, as sines and cosines are, and without a mean.
func TestWavesAreOrthogonalOverAYear(t *testing.T) {
	const weeks, harmonics = 52, 3
	years := make([]float64, weeks)
	for i := range years {
		years[i] = 7.3 + float64(i)/weeks
	}
	waves := layers.Waves(harmonics, years)
	require.Len(t, waves, 2*harmonics*weeks)
	for a := range 2 * harmonics {
		mean := 0.0
		for b := range 2 * harmonics {
			dot := 0.0
			for i := range weeks {
				dot += waves[a*weeks+i] * waves[b*weeks+i]
			}
			want := 0.0
			if a == b {
				want = weeks / 2
			}
			require.InDelta(t, want, dot, 1e-9)
		}
		for _, v := range waves[a*weeks : (a+1)*weeks] {
			mean += v
		}
		require.InDelta(t, 0, mean, 1e-9)
	}
}

func TestBaselineIsLevelTimesTrendTimesSeason(t *testing.T) {
	const R, knots, weeks = 2, 3, 10
	f := newFixture()
	ramps, waves := layers.Ramps(knots, 8, 0, weeks), layers.Waves(1, []float64{0, .1, .2, .3, .4, .5, .6, .7, .8, .9})
	priors := layers.MovingPriors{Trend: 0.1, RegionTrend: 0.05, Season: 0.2}
	l := layers.NewMovingBaseline(f.Scope, R, knots, 1, priors)
	base := l.Forward(f.Constant("ramps", ramps, knots, weeks), f.Constant("waves", waves, 2, weeks))
	level, national := []float64{-0.4, 0.2}, []float64{0.1, -0.2, 0.3}
	regional, season := []float64{0.01, 0.02, -0.03, 0, 0.05, 0.1}, []float64{0.2, -0.1}
	for name, values := range map[string][]float64{
		"baseline.level": level, "baseline.trend": national, "baseline.region_trend": regional, "baseline.season": season,
	} {
		require.NoError(t, f.params.Set(name, values))
	}
	all, flat, moved := f.run(t, base.All), f.run(t, base.Level), f.run(t, base.WithTrend)
	for r := range R {
		for week := range weeks {
			trend, wave := 0.0, 1.0
			for k := range knots {
				trend += ramps[k*weeks+week] * (national[k] + regional[r*knots+k])
			}
			for h := range season {
				wave += waves[h*weeks+week] * season[h]
			}
			at := r*weeks + week
			require.InDelta(t, math.Exp(level[r]), flat[at], 1e-12)
			require.InDelta(t, math.Exp(level[r]+trend), moved[at], 1e-12)
			require.InDelta(t, math.Exp(level[r]+trend)*wave, all[at], 1e-12)
		}
	}
	penalty := 0.0
	for _, part := range []struct {
		values []float64
		sd     float64
	}{{national, 0.1}, {regional, 0.05}, {season, 0.2}} {
		for _, v := range part.values {
			penalty += v * v / (2 * part.sd * part.sd)
		}
	}
	require.InDelta(t, penalty, f.run(t, l.Penalty())[0], 1e-9)
	gotNational, gotRegional := l.Steps()
	require.Equal(t, [][]float64{national, regional}, [][]float64{gotNational, gotRegional})
}

func TestGradientsOfTheStructuralLayers(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const R, T, M = 2, 6, 3
	x := gradcheck.Uniform(rng, "x", 0.2, 2, R, T, M)
	priors := layers.DefaultEffectPriors(M)
	priors.Region, priors.Expected = 0.3, []float64{0.1, 0.3, 0.02}
	require.NoError(t, gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
		baseline := layers.NewMovingBaseline(s, R, 2, 1, layers.MovingPriors{Trend: 1, RegionTrend: 2, Season: 3})
		carryOver, saturation, strength := layers.NewCarryover(s, M, priors), layers.NewHillCurve(s, M, priors), layers.NewStrength(s, R, M, priors)
		deviation := layers.NewDeviation(s, 3, M, T, T-1, 0.2)

		base := baseline.Forward(s.Constant("ramps", layers.Ramps(2, 5, 0, T), 2, T), s.Constant("waves", layers.Waves(1, make([]float64, T)), 2, T))
		saturated := saturation.Forward(carryOver.Forward(in[0]))
		factor := deviation.Forward(layers.NewGRU(s, 0, M, 3).Forward(saturated))
		media := op.Mul(op.ByRegion(saturated, strength.Forward(base.LogLevel)), factor)
		return op.Add(op.Sum(base.All), op.Sum(media), baseline.Penalty(), carryOver.Penalty(), saturation.Penalty(),
			strength.Penalty(), deviation.Penalty(factor))
	}, x))
	for _, form := range forms {
		require.NoError(t, gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
			l, x := form.build(s, M, priors), in[0]
			if strings.HasSuffix(form.name, "strength") {
				x = s.Constant("level", []float64{0.1, -0.2}, R)
			}
			return op.Add(op.SquareSum(l.Forward(x)), graph.Penalty(l), op.Sum(in[0]))
		}, x), form.name)
	}
	require.NoError(t, gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
		fading := layers.NewMovingBaseline(s, R, 2, 2, layers.MovingPriors{Trend: 1, RegionTrend: 2, Season: 3, Fade: []float64{1, 0.5}})
		holidays := layers.NewHolidays(s, 2, 0.4)
		years := []float64{0, 0.1, 0.3, 0.4, 0.7, 0.9}
		base := fading.Forward(s.Constant("ramps", layers.Ramps(2, 5, 0, T), 2, T), s.Constant("waves", layers.Waves(2, years), 4, T))
		days := holidays.Forward(base.WithTrend, s.Constant("days", []float64{0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0}, 2, T))
		return op.Add(op.Sum(op.Mul(base.All, base.All)), op.Sum(op.Mul(days, base.All)), fading.Penalty(), holidays.Penalty(), op.Sum(in[0]))
	}, x))
	for _, by := range dag.Mechanisms {
		require.NoError(t, gradcheck.Layer(rng, func(s *graph.Scope, in ...*graph.Node) *graph.Node {
			same := []float64{0, 0.5, 0, 0, 0, -0.4, 0, 0, 0}
			l := layers.NewEquations(s, []int{0, 1, 2}, by, same, []float64{0, 0, 0.2, 0, 0, 0, 0, 0, 0})
			held := make([]float64, T*M)
			held[0], held[M] = 1, 1 // the first channel, in the first two weeks
			return l.Forward(in[0], in[1], s.Constant("held", held, T, M))
		}, x, gradcheck.Uniform(rng, "set", 0.2, 2, R, T, M)))
	}
}
