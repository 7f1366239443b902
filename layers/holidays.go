package layers

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Holidays are effects of days of the calendar, in multiples of a region's baseline b with its trend:
//
//	b_rt · Σ_h η_h·i_h(t)
//
// with indicators i, the same in all regions, and heavy-tailed priors of the effects η around 0, see HeavyTailed.
type Holidays struct {
	Effect *graph.Node // [1, holidays]. Starts at 0.
	scale  float64
}

// NewHolidays declares `holidays.effect`. scale is the scale of each effect's prior.
func NewHolidays(s *graph.Scope, holidays int, scale float64) *Holidays {
	return &Holidays{s.Param("holidays.effect", graph.Structure, graph.Fill(0), 1, holidays), scale}
}

// Forward maps the baseline [regions, weeks] and the indicators [holidays, weeks] to the holidays' contribution
// [regions, weeks].
func (l *Holidays) Forward(baseline, indicators *graph.Node) *graph.Node {
	effect := op.Reduce(1, op.Product(l.Effect, indicators), 0)
	return op.Mul(baseline, op.Expand(baseline.Shape()[:1], effect, nil))
}

// Penalty implements graph.Penalised.
func (l *Holidays) Penalty() *graph.Node { return HeavyTailed(l.Effect, l.scale) }
