package layers

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Strength is what an average week of a channel adds: e^(β_m + β_rm) times the region's level, above 0.
type Strength struct {
	average shrunk // β_m
	region  regional
}

var _ graph.Layer = (*Strength)(nil)

// NewStrength declares `effect.average` and, if effects differ by region, `effect.region`.
func NewStrength(s *graph.Scope, regions, channels int, p EffectPriors) *Strength {
	return &Strength{newShrunk(s, "effect.average", graph.Coefficients, channels, p.Average), newRegional(s, regions, channels, p.Region)}
}

// Forward maps the logarithms of the regions' levels [regions] to the strength [regions, channels].
func (l *Strength) Forward(logLevel *graph.Node) *graph.Node {
	return op.Exp(op.Add(op.Expand(logLevel.Shape(), l.average.Node, nil), l.region.shift(logLevel, l.average.Shape()[0])))
}

// Penalty implements graph.Penalised.
func (l *Strength) Penalty() *graph.Node { return l.region.penalised(l.average.penalty()) }

// SignedStrength is what an average week of a channel adds, of either sign: β_m·e^β_rm times the region's level. A channel below 0
// takes sales away.
type SignedStrength struct {
	average shrunk // β_m
	region  regional
}

var _ graph.Layer = (*SignedStrength)(nil)

// NewSignedStrength declares `effect.signed` and, if effects differ by region, `effect.region`.
func NewSignedStrength(s *graph.Scope, regions, channels int, p EffectPriors) *SignedStrength {
	return &SignedStrength{newShrunk(s, "effect.signed", graph.Coefficients, channels, p.Signed), newRegional(s, regions, channels, p.Region)}
}

// Forward maps the logarithms of the regions' levels [regions] to the strength [regions, channels].
func (l *SignedStrength) Forward(logLevel *graph.Node) *graph.Node {
	return op.Mul(op.Expand(logLevel.Shape(), l.average.Node, nil), op.Exp(l.region.shift(logLevel, l.average.Shape()[0])))
}

// Penalty implements graph.Penalised.
func (l *SignedStrength) Penalty() *graph.Node { return l.region.penalised(l.average.penalty()) }

// regional are the logarithms of the regions' factors of a strength.
type regional struct {
	*graph.Node         // [regions, channels], β_rm; nil if effects are the same in all regions. Starts at 0.
	sd          float64 // of its prior
}

func newRegional(s *graph.Scope, regions, channels int, sd float64) regional {
	if sd == 0 {
		return regional{}
	}
	return regional{s.PerRegion("effect.region", graph.Coefficients, graph.Fill(0), regions, channels), sd}
}

// shift is ln level + β_rm [regions, channels].
func (l regional) shift(logLevel *graph.Node, channels int) *graph.Node {
	levels := op.Expand(nil, logLevel, []int{channels})
	if l.Node == nil {
		return levels
	}
	return op.Add(levels, l.Node)
}

func (l regional) penalised(others *graph.Node) *graph.Node {
	if l.Node == nil {
		return others
	}
	return op.Add(others, Shrink(l.Node, 0, l.sd))
}
