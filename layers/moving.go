package layers

import (
	"math"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Ramps is a basis of trends [knots, weeks]: row k rises from 0 at knot k to 1 at knot k + 1, and stays there. The knots
// stand at equal distances over so many training weeks, of which the first has the number 0 and the basis' first week the
// number from; before the first and behind the last knot every trend is flat.
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

// Waves is a basis of seasons [2·harmonics, weeks]: sines and cosines of the time of the year, once to harmonics times a
// year. years are the weeks' times in years.
func Waves(harmonics int, years []float64) []float64 {
	basis := make([]float64, 0, 2*harmonics*len(years))
	for h := range harmonics {
		for _, wave := range []func(float64) float64{math.Sin, math.Cos} {
			for _, y := range years {
				basis = append(basis, wave(2*math.Pi*float64(h+1)*y))
			}
		}
	}
	return basis
}

// MovingBaseline is what sells without media and controls, in multiples of a region's average week:
//
//	level_r · exp(Σ_k ramp_k(t)·(τ_k + τ_rk)) · (1 + Σ_h wave_h(t)·γ_h)
//
// a level, a trend by knots, which is near 1 + Σ_k … where it is small and leaves no region with less than nothing, and of which the national steps τ and the regions' own τ_r are shrunk to 0, and a yearly season.
type MovingBaseline struct {
	LogLevel    *gorgonia.Node // [regions]
	Trend       *gorgonia.Node // [1, knots]: national steps
	RegionTrend *gorgonia.Node // [regions, knots]: what a region's steps have in addition
	Season      *gorgonia.Node // [1, 2·harmonics]; nil without a season
	Shrunk      *gorgonia.Node // the penalty on trend and season

	Level, WithTrend, All *gorgonia.Node // [regions, weeks]: the level; with the trend; with the season too
}

// MovingPriors are the standard deviations that the steps and the season are shrunk by.
type MovingPriors struct{ Trend, RegionTrend, Season float64 }

// startLevel is the part of sales that a baseline starts at; the rest is left to media.
const startLevel = 0.6

// NewMovingBaseline declares `baseline.level`, `baseline.trend`, `baseline.region_trend` and `baseline.season`, and
// applies them to the bases ramps [knots, weeks] and waves [2·harmonics, weeks] (nil: no season).
func NewMovingBaseline(s *graph.Scope, regions int, ramps, waves *gorgonia.Node, p MovingPriors) (_ *MovingBaseline, err error) {
	defer op.Catch(&err)
	knots, weeks := ramps.Shape()[0], ramps.Shape()[1]
	l := &MovingBaseline{
		LogLevel:    s.Param("baseline.level", graph.Structure, graph.Fill(math.Log(startLevel)), regions),
		Trend:       s.Param("baseline.trend", graph.Structure, graph.Fill(0), 1, knots),
		RegionTrend: s.Param("baseline.region_trend", graph.Structure, graph.Fill(0), regions, knots),
	}
	penalties := gorgonia.Nodes{
		op.Must(Shrink(l.Trend, 0, p.Trend)), op.Must(Shrink(l.RegionTrend, 0, p.RegionTrend)),
	}
	everyRegion := func(row *gorgonia.Node) *gorgonia.Node { // [1, n] to [regions, n]
		ones := s.Constant("ones", Ones(regions), regions, 1)
		return op.Must(op.Product(ones, row))
	}
	l.Level = op.Must(op.Expand(nil, op.Must(op.Exp(l.LogLevel)), []int{weeks}))
	steps := op.Must(op.Add(everyRegion(l.Trend), l.RegionTrend))
	l.WithTrend = op.Must(op.Mul(l.Level, op.Must(op.Exp(op.Must(op.Product(steps, ramps))))))
	l.All = l.WithTrend
	if waves != nil {
		l.Season = s.Param("baseline.season", graph.Structure, graph.Fill(0), 1, waves.Shape()[0])
		penalties = append(penalties, op.Must(Shrink(l.Season, 0, p.Season)))
		season := everyRegion(op.Must(op.Product(l.Season, waves)))
		l.All = op.Must(op.Mul(l.WithTrend, op.Must(op.Affine(1, season, 1))))
	}
	l.Shrunk, err = op.Add(penalties...)
	return l, err
}

// Ones is n times 1.
func Ones(n int) []float64 {
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	return ones
}
