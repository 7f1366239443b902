package layers

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Effect is what a channel sells, in multiples of its region's level:
//
//	e^(β_m + β_rm) · S(A),  A = carry-over of the exposure,  S(A) = Aⁿ/(Aⁿ + kⁿ)
//
// with carry-over a, half-saturation k, slope n and greatest effect e^β learned for each channel. Exposure is relative to
// the region and channel's mean, so an exposure of 1 is an average week. All are shrunk to what is usual, by the priors.
type Effect struct {
	Decay  *gorgonia.Node // [channels], logit of a
	Half   *gorgonia.Node // [channels], ln k
	Slope  *gorgonia.Node // [channels], ln n
	Effect *gorgonia.Node // [channels], β
	Region *gorgonia.Node // [regions, channels], β_rm; nil where regions do not differ
	Shrunk *gorgonia.Node // the penalty

	Carried, Saturated, Strength, Contributions *gorgonia.Node // [R, T, M] each, but Strength [R, M]: e^(β_m + β_rm)·level_r
}

// A Prior is a normal distribution.
type Prior struct{ Mean, SD float64 }

// EffectPriors are what is known of channels before looking at data. DefaultEffectPriors has the defaults.
type EffectPriors struct {
	Decay  Prior   // of the logit of a
	Half   Prior   // of ln k
	Slope  Prior   // of ln n
	Effect Prior   // of β
	Region float64 // the standard deviation of β_rm; 0: regions do not differ

	// Anchors [EffectAnchors, channels] move the means of decay, half-saturation, slope and effect, in standard deviations. Fits whose
	// anchors are drawn from N(0, 1) spread as the posterior does where data say little (Pearce et al. 2020). nil: none.
	Anchors []float64
}

// EffectAnchors is how many anchors a channel has.
const EffectAnchors = 4

// DefaultEffectPriors: carry-over of a few days to a few weeks; half-saturation near an average week, within a factor of
// two; a slope about halfway between concave and a clear S, held tightly, since data tell it hardly apart from the level of
// the curve; and all channels together about as strong as the baseline, were they saturated.
func DefaultEffectPriors(channels int) EffectPriors {
	return EffectPriors{
		Decay: Prior{-0.5, 1}, Half: Prior{math.Log(0.9), 0.6}, Slope: Prior{math.Log(1.6), 0.15},
		Effect: Prior{math.Log(0.8 / float64(channels)), 0.5},
	}
}

// NewEffect declares `effect.decay`, `effect.half`, `effect.slope`, `effect.size` and `effect.region`, and applies them to
// exposure [R, T, M] and levels [R].
func NewEffect(s *graph.Scope, exposure, logLevel *gorgonia.Node, p EffectPriors) (_ *Effect, err error) {
	defer op.Catch(&err)
	R, M := exposure.Shape()[0], exposure.Shape()[2]
	l := &Effect{
		Decay:  s.Param("effect.decay", graph.Structure, graph.Fill(p.Decay.Mean), M),
		Half:   s.Param("effect.half", graph.Structure, graph.Fill(p.Half.Mean), M),
		Slope:  s.Param("effect.slope", graph.Structure, graph.Fill(p.Slope.Mean), M),
		Effect: s.Param("effect.size", graph.Coefficients, graph.Fill(p.Effect.Mean), M),
	}
	var penalties gorgonia.Nodes
	for i, c := range []struct {
		node  *gorgonia.Node
		prior Prior
	}{{l.Decay, p.Decay}, {l.Half, p.Half}, {l.Slope, p.Slope}, {l.Effect, p.Effect}} {
		centred := c.node
		if p.Anchors != nil {
			anchor := s.Constant(fmt.Sprintf("anchor %d", i), p.Anchors[i*M:(i+1)*M], M)
			centred = op.Must(op.Combine([]float64{1, -c.prior.SD}, c.node, anchor))
		}
		penalties = append(penalties, op.Must(Shrink(centred, c.prior.Mean, c.prior.SD)))
	}
	logs := op.Must(op.Add(op.Must(op.Expand([]int{R}, l.Effect, nil)), op.Must(op.Expand(nil, logLevel, []int{M}))))
	if p.Region > 0 {
		l.Region = s.Param("effect.region", graph.Coefficients, graph.Fill(0), R, M)
		penalties = append(penalties, op.Must(Shrink(l.Region, 0, p.Region)))
		logs = op.Must(op.Add(logs, l.Region))
	}
	l.Shrunk = op.Must(op.Add(penalties...))
	l.Carried = op.Must(op.Carryover(exposure, op.Must(op.Sigmoid(l.Decay))))
	l.Saturated = op.Must(op.Hill(l.Carried, op.Must(op.Exp(l.Slope)), op.Must(op.Exp(l.Half))))
	l.Strength = op.Must(op.Exp(logs))
	l.Contributions, err = op.ByRegion(l.Saturated, l.Strength)
	return l, err
}
