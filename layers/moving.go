package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Ramps is a basis of trends [knots, weeks]: row k rises linearly from 0 at knot k to 1 at knot k + 1 and is constant
// before and after. Knots are equidistant over the training weeks, of which the first has number 0; the first week of the
// basis has number from. After the last knot every trend is flat.
func Ramps(knots, training, from, weeks int) []float64 {
	basis := make([]float64, knots*weeks)
	length := float64(max(training-1, 1)) / float64(knots)
	for k := range knots {
		for t := range weeks {
			basis[k*weeks+t] = min(max(float64(from+t)/length-float64(k), 0), 1)
		}
	}
	return basis
}

// Waves is a Fourier basis of a season [2·harmonics, rows]: sines and cosines of 1 to harmonics periods a cycle. times are
// the rows' times in cycles, such as years.
func Waves(harmonics int, times []float64) []float64 {
	basis := make([]float64, 0, 2*harmonics*len(times))
	for h := range harmonics {
		for _, wave := range []func(float64) float64{math.Sin, math.Cos} {
			for _, y := range times {
				basis = append(basis, wave(2*math.Pi*float64(h+1)*y))
			}
		}
	}
	return basis
}

// MovingBaseline is sales without media and controls, in multiples of a region's average week:
//
//	level_r · exp(Σ_k ramp_k(t)·(τ_k + τ_rk) + Σ_i step_i(t)·s_i) · (1 + Σ_h wave_h(t)·γ_h)
//
// with a level, a piecewise log-linear trend, which is about 1 + Σ_k … where it is small and always positive, and a season
// of the year, perhaps with one of the week. The national steps τ, the regions' own steps τ_r and the season have normal priors around 0. So have the
// shifts s of the national level, if there are any, see Shifted.
type MovingBaseline struct {
	LogLevel    *graph.Node // [regions]. Starts at ln 0.6: the rest is left to media.
	Trend       *graph.Node // [1, knots]: national steps. Starts at 0.
	RegionTrend *graph.Node // [regions, knots]: a region's own steps, added to the national ones. Starts at 0.
	Season      *graph.Node // [1, 2·harmonics]; nil without a season. Starts at 0.
	Shift       *graph.Node // [1, shifts]; nil without
	steps       *graph.Node // [shifts, weeks]: 0 before a shift, 1 from it on
	ones        *graph.Node // [regions, 1]
	fade        *graph.Node // [1, 2·harmonics]: 1/Fade; nil without
	priors      MovingPriors
}

// Moving are the nodes of a baseline that moves, [regions, weeks] each but LogLevel.
type Moving struct {
	LogLevel  *graph.Node // [regions]: the level that effects are multiples of
	Level     *graph.Node
	WithTrend *graph.Node // with the trend
	All       *graph.Node // with the trend and the season
}

// MovingPriors are the standard deviations of the priors of the steps and the waves of the season.
type MovingPriors struct {
	Trend, RegionTrend, Season float64
	Shift                      float64   // of a shift
	Fade                       []float64 // [harmonics]: factors of Season; nil: 1
}

const startLevel = 0.6

// NewMovingBaseline declares `baseline.level`, `baseline.trend`, `baseline.region_trend` and, if there are harmonics,
// `baseline.season`.
func NewMovingBaseline(s *graph.Scope, regions, knots, harmonics int, p MovingPriors) *MovingBaseline {
	l := &MovingBaseline{
		LogLevel:    s.PerRegion("baseline.level", graph.Structure, graph.Fill(math.Log(startLevel)), regions),
		Trend:       s.Param("baseline.trend", graph.Structure, graph.Fill(0), 1, knots),
		RegionTrend: s.PerRegion("baseline.region_trend", graph.Structure, graph.Fill(0), regions, knots),
		ones:        s.Constant("ones", Ones(regions), regions, 1),
		priors:      p,
	}
	if harmonics > 0 {
		l.Season = s.Param("baseline.season", graph.Structure, graph.Fill(0), 1, 2*harmonics)
	}
	if p.Fade != nil {
		l.fade = s.Constant("fade of the season", inverse(p.Fade), 1, 2*harmonics)
	}
	return l
}

// Shifted declares `baseline.shift`: the logarithms of national shifts of the level, which last from then on. Shift i has the basis
// steps[i·weeks:(i+1)·weeks]: 0 before it, 1 from its first week on. It returns l.
func (l *MovingBaseline) Shifted(s *graph.Scope, steps []float64, shifts, weeks int) *MovingBaseline {
	l.Shift = s.Param("baseline.shift", graph.Structure, graph.Fill(0), 1, shifts)
	l.steps = s.Constant("shifts", steps, shifts, weeks)
	return l
}

// Forward maps the bases ramps [knots, weeks] and waves [2·harmonics, weeks] to the baseline. waves is nil without a season.
func (l *MovingBaseline) Forward(ramps, waves *graph.Node) Moving {
	b := Moving{LogLevel: l.LogLevel, Level: op.Expand(nil, op.Exp(l.LogLevel), ramps.Shape()[1:])}
	steps := op.Add(l.everyRegion(l.Trend), l.RegionTrend)
	trend := op.Product(steps, ramps)
	if l.Shift != nil {
		trend = op.Add(trend, l.everyRegion(op.Product(l.Shift, l.steps)))
	}
	b.WithTrend = op.Mul(b.Level, op.Exp(trend))
	b.All = b.WithTrend
	if l.Season != nil {
		b.All = op.Mul(b.WithTrend, op.Affine(1, l.everyRegion(op.Product(l.Season, waves)), 1))
	}
	return b
}

// everyRegion repeats a row [1, n] for every region: [regions, n].
func (l *MovingBaseline) everyRegion(row *graph.Node) *graph.Node { return op.Product(l.ones, row) }

// Penalty implements graph.Penalised.
func (l *MovingBaseline) Penalty() *graph.Node {
	penalties := graph.Nodes{Shrink(l.Trend, 0, l.priors.Trend), Shrink(l.RegionTrend, 0, l.priors.RegionTrend)}
	if l.Shift != nil {
		penalties = append(penalties, Shrink(l.Shift, 0, l.priors.Shift))
	}
	if l.Season != nil {
		waves := l.Season
		if l.fade != nil {
			waves = op.Mul(waves, l.fade)
		}
		penalties = append(penalties, Shrink(waves, 0, l.priors.Season))
	}
	return op.Add(penalties...)
}

// inverse is 1/x of each harmonic, for its sine and its cosine.
func inverse(fade []float64) []float64 {
	var all []float64
	for _, f := range fade {
		all = append(all, 1/f, 1/f)
	}
	return all
}

// Steps are the current steps from knot to knot: the national ones [knots], and the regions' own [regions, knots].
func (l *MovingBaseline) Steps() (national, regional []float64) {
	return graph.Floats(l.Trend.Value()), graph.Floats(l.RegionTrend.Value())
}

// Ones is n times 1.
func Ones(n int) []float64 {
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	return ones
}
