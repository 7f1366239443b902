package structural

import (
	"cmp"

	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
	"deepcausalmmm/panel"
)

// CarryOver is a form of carry-over.
type CarryOver string

// The forms of carry-over, see layers.Carryover, layers.Delayed and layers.Weibull. The zero value is Geometric.
const (
	Geometric   CarryOver = "geometric" // falls at a constant rate
	Delayed     CarryOver = "delayed"   // peaks some weeks after the exposure
	Weibull     CarryOver = "weibull"   // either
	NoCarryOver CarryOver = "none"
)

// Saturation is a form of saturation.
type Saturation string

// The forms of saturation, see layers.HillCurve, layers.ExponentialCurve and layers.PowerCurve. The zero value is Hill.
const (
	Hill        Saturation = "hill"        // mostly concave
	SCurve      Saturation = "s_curve"     // Hill's curve with a threshold
	Exponential Saturation = "exponential" // concave with a ceiling
	Power       Saturation = "power"       // concave without a ceiling
	Linear      Saturation = "linear"      // none
)

// A form is a part of the model for some channels, under the priors of their effects. A carry-over over lags has weights for a
// window of rows.
type form struct {
	words     string
	slope     layers.Prior // of a Hill curve
	unbounded bool         // a saturation without a ceiling
	layer     func(s *graph.Scope, channels, window int, p layers.EffectPriors) graph.Layer
}

var carryOvers = map[CarryOver]form{
	Geometric: {words: "geometric carry-over", layer: func(s *graph.Scope, channels, _ int, p layers.EffectPriors) graph.Layer {
		return layers.NewCarryover(s, channels, p)
	}},
	Delayed: {words: "delayed carry-over", layer: func(s *graph.Scope, channels, window int, p layers.EffectPriors) graph.Layer {
		return layers.NewDelayed(s, channels, window, p)
	}},
	Weibull: {words: "Weibull carry-over", layer: func(s *graph.Scope, channels, window int, p layers.EffectPriors) graph.Layer {
		return layers.NewWeibull(s, channels, window, p)
	}},
	NoCarryOver: {words: "no carry-over", layer: unchanged},
}

var saturations = map[Saturation]form{
	Hill:   {words: "Hill saturation", slope: layers.ConcaveSlope, layer: hill},
	SCurve: {words: "S-shaped saturation", slope: layers.SShapedSlope, layer: hill},
	Exponential: {words: "exponential saturation", layer: func(s *graph.Scope, channels, _ int, p layers.EffectPriors) graph.Layer {
		return layers.NewExponentialCurve(s, channels, p)
	}},
	Power: {words: "power saturation", unbounded: true, layer: func(s *graph.Scope, channels, _ int, p layers.EffectPriors) graph.Layer {
		return layers.NewPowerCurve(s, channels, p)
	}},
	Linear: {words: "no saturation", unbounded: true, layer: unchanged},
}

func hill(s *graph.Scope, channels, _ int, p layers.EffectPriors) graph.Layer {
	return layers.NewHillCurve(s, channels, p)
}

func unchanged(*graph.Scope, int, int, layers.EffectPriors) graph.Layer { return layers.Unchanged{} }

// form is the carry-over of a name.
func (c CarryOver) form() form { return carryOvers[cmp.Or(c, Geometric)] }

// form is the saturation of a name.
func (s Saturation) form() form { return saturations[cmp.Or(s, Hill)] }

// Carry-over is followed over windowWeeks, and over at least shortestWindow rows.
const (
	windowWeeks    = 26
	shortestWindow = 4
)

// window is the number of rows that have a weight in a carry-over. It does not depend on the panel's length, so that the weights
// of a fitted model are the same on any panel.
func window(every panel.Resolution) int { return max(shortestWindow, every.Rows(windowWeeks)) }

// mostExposure is the multiple of an average week that counts at most where nothing saturates: one outlying week would otherwise
// determine the strength of a channel.
const mostExposure = 10

// strength is what an average week adds: above 0, or of either sign.
func (s Shape) strength(scope *graph.Scope, regions, channels int, p layers.EffectPriors) graph.Layer {
	if s.Signed {
		return layers.NewSignedStrength(scope, regions, channels, p)
	}
	return layers.NewStrength(scope, regions, channels, p)
}

// complete sets what shapes of earlier versions leave open.
func (s Shape) complete() Shape {
	s.Trend = cmp.Or(s.Trend, calmTrend)
	s.CarryOver, s.Saturation = cmp.Or(s.CarryOver, Geometric), cmp.Or(s.Saturation, Hill)
	return s
}
