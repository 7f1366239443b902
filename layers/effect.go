package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// The effect of a channel, in multiples of its region's level, is
//
//	e^(β_m + β_rm) · S(A)
//
// with the carry-over A of its exposure (Carryover), its saturation S (SCurve) and its strength (Strength). Exposure is
// relative to the region and channel's mean, so an exposure of 1 is an average week.

// EffectPriors are the priors of the channels' effects. DefaultEffectPriors has the defaults.
type EffectPriors struct {
	Decay  Prior   // of the logit of the decay
	Half   Prior   // of ln k
	Slope  Prior   // of ln n
	Effect Prior   // of β_m
	Region float64 // standard deviation of β_rm; 0: the same effect in all regions
}

// EffectAnchors is the number of anchors of a channel.
const EffectAnchors = 4

// DefaultEffectPriors: carry-over of a few days to a few weeks; half-saturation near an average week, within a factor of
// two; a slope about halfway between a concave and a clear S curve, with a narrow prior, since data hardly distinguish it
// from the level of the curve; and all channels together about as strong as the baseline, if they were saturated.
func DefaultEffectPriors(channels int) EffectPriors {
	return EffectPriors{
		Decay: Prior{Mean: -0.5, SD: 1}, Half: Prior{Mean: math.Log(0.9), SD: 0.6}, Slope: Prior{Mean: math.Log(1.6), SD: 0.15},
		Effect: Prior{Mean: math.Log(0.8 / float64(channels)), SD: 0.5},
	}
}

// Anchored returns the priors with anchors [EffectAnchors, channels]: of decay, half-saturation, slope and effect.
func (p EffectPriors) Anchored(anchors []float64) EffectPriors {
	channels := len(anchors) / EffectAnchors
	for i, prior := range [EffectAnchors]*Prior{&p.Decay, &p.Half, &p.Slope, &p.Effect} {
		prior.Anchor = anchors[i*channels : (i+1)*channels]
	}
	return p
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

// SCurve saturates carried-over exposure x:
//
//	s = xⁿ / (xⁿ + kⁿ)
//
// with any positive slope n and half-saturation k.
type SCurve struct {
	logHalf, logSlope shrunk
}

var _ graph.Layer = (*SCurve)(nil)

// NewSCurve declares `effect.half` and `effect.slope`.
func NewSCurve(s *graph.Scope, channels int, p EffectPriors) *SCurve {
	return &SCurve{
		logHalf:  newShrunk(s, "effect.half", graph.Structure, channels, p.Half),
		logSlope: newShrunk(s, "effect.slope", graph.Structure, channels, p.Slope),
	}
}

// Forward maps exposure [regions, weeks, channels] to saturation in [0, 1] of the same shape.
func (l *SCurve) Forward(x *graph.Node) *graph.Node {
	return op.Hill(x, op.Exp(l.logSlope.Node), op.Exp(l.logHalf.Node))
}

// Penalty implements graph.Penalised.
func (l *SCurve) Penalty() *graph.Node { return op.Add(l.logHalf.penalty(), l.logSlope.penalty()) }

// Curves implements Saturating.
func (l *SCurve) Curves() (half, slope []float64) {
	return each(l.logHalf.Node, math.Exp), each(l.logSlope.Node, math.Exp)
}

// Strength is the effect of a saturated channel: e^(β_m + β_rm) times the region's level.
type Strength struct {
	size   shrunk      // β_m
	region *graph.Node // [regions, channels], β_rm; nil if effects are the same in all regions. Starts at 0.
	sd     float64     // of the prior of β_rm
}

var _ graph.Layer = (*Strength)(nil)

// NewStrength declares `effect.size` and, if effects differ by region, `effect.region`.
func NewStrength(s *graph.Scope, regions, channels int, p EffectPriors) *Strength {
	l := &Strength{size: newShrunk(s, "effect.size", graph.Coefficients, channels, p.Effect), sd: p.Region}
	if p.Region > 0 {
		l.region = s.Param("effect.region", graph.Coefficients, graph.Fill(0), regions, channels)
	}
	return l
}

// Forward maps the logarithms of the regions' levels [regions] to the strength [regions, channels].
func (l *Strength) Forward(logLevel *graph.Node) *graph.Node {
	regions, channels := logLevel.Shape()[0], l.size.Shape()[0]
	logs := op.Add(op.Expand([]int{regions}, l.size.Node, nil), op.Expand(nil, logLevel, []int{channels}))
	if l.region != nil {
		logs = op.Add(logs, l.region)
	}
	return op.Exp(logs)
}

// Penalty implements graph.Penalised.
func (l *Strength) Penalty() *graph.Node {
	if l.region == nil {
		return l.size.penalty()
	}
	return op.Add(l.size.penalty(), Shrink(l.region, 0, l.sd))
}
