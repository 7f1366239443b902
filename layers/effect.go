package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// The effect of a channel, in multiples of its region's level, is
//
//	c_m · e^(β + β_m + β_rm) · f(A)  or  c_m · β_m · e^(β + β_rm) · f(A)
//
// with the carry-over A of its exposure (Carryover, Delayed, Weibull, Unchanged), its saturation f (HillCurve, ExponentialCurve,
// PowerCurve, Unchanged) and its strength (Strength, SignedStrength), of which c_m is expected. The
// factor e^β of all channels lets them learn from each other what media are worth. Exposure is relative to the region and channel's mean, so an
// exposure of 1 is an average week. Every saturation has f(0) = 0 and f(1) = 1, so whatever the curve, the strength is what an
// average week adds.

// EffectPriors are the priors of the channels' effects, those of all forms. DefaultEffectPriors has the defaults.
type EffectPriors struct {
	Decay                      Prior // of the logit of the decay of Carryover
	Delay, Spread              Prior // of ln θ and of the logit of a of Delayed, in rows
	WeibullShape, WeibullScale Prior // of ln k and of ln λ of Weibull, in rows

	Half     Prior   // of ln k of a saturation
	Slope    Prior   // of ln n of HillCurve
	Exponent Prior   // of the logit of ρ of PowerCurve
	Together Prior   // of β: the logarithm of a factor of all channels
	Average  Prior   // of β_m of Strength: the logarithm of what an average week adds, relative to what is expected
	Signed   Prior   // of β_m of SignedStrength: what an average week adds, of either sign, relative to what is expected
	Region   float64 // standard deviation of β_rm; 0: the same effect in all regions

	Expected []float64 // [channels]: what an average week is expected to add, in multiples of the level
}

// DefaultEffectPriors are the priors of a panel of weeks. Half of what a week's exposure does comes within a week, and within two standard
// deviations within days or two months (advertising on television has half-lives of two to seven weeks; Broadbent 1979); a delayed
// carry-over peaks after up to a month. An average week is about halfway up its curve, within a factor of two.
// All channels together are expected to add 0.3 of the level in an average week, equal parts each, within a factor of two; each differs from what is expected by
// another factor of two. A strength of either sign is negative with a probability of 16 %.
func DefaultEffectPriors(channels int) EffectPriors {
	const together = 0.3
	p := EffectPriors{
		Decay: Prior{Mean: 0, SD: 1.2},
		Delay: Prior{Mean: 0, SD: 0.8}, Spread: Prior{Mean: 1.2, SD: 1.6},
		WeibullShape: Prior{Mean: math.Log(1.3), SD: 0.4}, WeibullScale: Prior{Mean: math.Log(2), SD: 0.8},
		Half: Prior{Mean: math.Log(1.2), SD: math.Log(2.2)}, Slope: ConcaveSlope, Exponent: Prior{Mean: 0, SD: 0.7},
		Together: Prior{Mean: 0, SD: 0.7}, Average: Prior{Mean: 0, SD: 0.7}, Signed: Prior{Mean: 1, SD: 1},
	}
	for range channels {
		p.Expected = append(p.Expected, together/float64(channels))
	}
	return p
}

// ConcaveSlope expects diminishing returns from the first unit on, or from early on; SShapedSlope a threshold.
var (
	ConcaveSlope = Prior{Mean: 0.2, SD: 0.35}
	SShapedSlope = Prior{Mean: math.Log(2.2), SD: 0.25}
)

// InRows returns the priors for a panel with a number of rows in a week: 7 of days, 0.23 of months.
func (p EffectPriors) InRows(perWeek float64) EffectPriors {
	rows := math.Log(perWeek)
	p.Decay.Mean += rows // the logit is the logarithm of the mean lag a/(1 − a)
	p.Delay.Mean += rows
	p.WeibullScale.Mean += rows
	p.Spread.Mean = -math.Log(math.Expm1(softplus(-p.Spread.Mean) / (perWeek * perWeek))) // −ln a shrinks with the square
	return p
}

// Named returns the priors by the names of the parameters that have them.
func (p EffectPriors) Named() map[string]Prior {
	return map[string]Prior{
		"effect.decay": p.Decay, "effect.delay": p.Delay, "effect.spread": p.Spread, "effect.weibull_shape": p.WeibullShape,
		"effect.weibull_scale": p.WeibullScale, "effect.half": p.Half, "effect.slope": p.Slope, "effect.exponent": p.Exponent,
		"effect.together": p.Together, "effect.average": p.Average, "effect.signed": p.Signed,
	}
}

// Carryover carries exposure over from week to week at the channel's decay a, with weights that add up to one:
//
//	A_0 = x_0,  A_t = (1 − a) ∘ x_t + a ∘ A_{t−1}
//
// (Jin et al. 2017), see op.Carryover.
type Carryover struct {
	logit shrunk // of a
}

var _ graph.Layer = (*Carryover)(nil)

// NewCarryover declares `effect.decay`.
func NewCarryover(s *graph.Scope, channels int, p EffectPriors) *Carryover {
	return &Carryover{newShrunk(s, "effect.decay", graph.Structure, channels, p.Decay)}
}

// Forward maps exposure [regions, weeks, channels] to carried-over exposure of the same shape.
func (l *Carryover) Forward(x *graph.Node) *graph.Node {
	return op.Carryover(x, op.Sigmoid(l.logit.Node))
}

// Penalty implements graph.Penalised.
func (l *Carryover) Penalty() *graph.Node { return l.logit.penalty() }

// Decays implements Decaying.
func (l *Carryover) Decays() []float64 { return each(l.logit.Node, sigmoid) }
