package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Strength is what an average week of a channel adds: c_m·e^(β + β_m + β_rm) times the region's level, above 0, with what is
// expected c_m, a factor of all channels e^β, the channel's own and the region's.
type Strength struct {
	common  common
	average shrunk // β_m
	region  regional
}

var _ graph.Layer = (*Strength)(nil)

// NewStrength declares `effect.together`, `effect.average` and, if effects differ by region, `effect.region`.
func NewStrength(s *graph.Scope, regions, channels int, p EffectPriors) *Strength {
	return &Strength{
		newCommon(s, regions, channels, p), newShrunk(s, "effect.average", graph.Coefficients, channels, p.Average),
		newRegional(s, regions, channels, p.Region),
	}
}

// Forward maps the logarithms of the regions' levels [regions] to the strength [regions, channels].
func (l *Strength) Forward(logLevel *graph.Node) *graph.Node {
	logs := op.Add(l.common.logs(), op.Expand(logLevel.Shape(), l.average.Node, nil), l.region.shift(logLevel, l.average.Shape()[0]))
	return op.Exp(logs)
}

// Penalty implements graph.Penalised.
func (l *Strength) Penalty() *graph.Node {
	return l.region.penalised(op.Add(l.common.together.penalty(), l.average.penalty()))
}

// SignedStrength is what an average week of a channel adds, of either sign: c_m·β_m·e^(β + β_rm) times the region's level. A channel
// below 0 takes sales away.
type SignedStrength struct {
	common  common
	average shrunk // β_m
	region  regional
}

var _ graph.Layer = (*SignedStrength)(nil)

// NewSignedStrength declares `effect.together`, `effect.signed` and, if effects differ by region, `effect.region`.
func NewSignedStrength(s *graph.Scope, regions, channels int, p EffectPriors) *SignedStrength {
	return &SignedStrength{
		newCommon(s, regions, channels, p), newShrunk(s, "effect.signed", graph.Coefficients, channels, p.Signed),
		newRegional(s, regions, channels, p.Region),
	}
}

// Forward maps the logarithms of the regions' levels [regions] to the strength [regions, channels].
func (l *SignedStrength) Forward(logLevel *graph.Node) *graph.Node {
	logs := op.Add(l.common.logs(), l.region.shift(logLevel, l.average.Shape()[0]))
	return op.Mul(op.Expand(logLevel.Shape(), l.average.Node, nil), op.Exp(logs))
}

// Penalty implements graph.Penalised.
func (l *SignedStrength) Penalty() *graph.Node {
	return l.region.penalised(op.Add(l.common.together.penalty(), l.average.penalty()))
}

// common is what all regions' strengths have in common besides β_m.
type common struct {
	expected *graph.Node // ln c_m [regions, channels]
	together shrunk      // β [1]
	ones     *graph.Node // [regions, 1]
}

func newCommon(s *graph.Scope, regions, channels int, p EffectPriors) common {
	var logs []float64
	for range regions {
		for _, c := range p.Expected {
			logs = append(logs, math.Log(c))
		}
	}
	return common{
		s.Constant("expected effects", logs, regions, channels), newShrunk(s, "effect.together", graph.Coefficients, 1, p.Together),
		s.Constant("ones of regions", Ones(regions), regions, 1),
	}
}

// logs is ln c_m + β [regions, channels].
func (l common) logs() *graph.Node {
	channels := l.expected.Shape()[1]
	return op.Add(l.expected, op.Product(l.ones, op.Expand(nil, l.together.Node, []int{channels})))
}

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
