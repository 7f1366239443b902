package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Hill saturates adstocked exposure x:
//
//	s = xⁿ / (xⁿ + kⁿ),  n = clip(softplus(hill_a), 2, 5),  k = clip(softplus(hill_g), 0.01, 1)
//
// with slope n and half-saturation k learned per channel (Hill 1910; in media mix models: Jin et al. 2017).
type Hill struct {
	RawSlope *graph.Node // [channels]. Starts at 2.5.
	RawHalf  *graph.Node // [channels]. Starts from the data, see starts in train/neural; −1.5 without.
}

var _ graph.Layer = (*Hill)(nil)

// The bounds of slope and half-saturation.
const (
	minSlope, maxSlope = 2, 5
	minHalf, maxHalf   = 0.01, 1
)

// NewHill declares `hill_a` and `hill_g`.
func NewHill(s *graph.Scope, channels int) graph.Layer {
	return &Hill{
		RawSlope: s.Param("hill_a", graph.Structure, graph.Fill(2.5), channels),
		RawHalf:  s.Param("hill_g", graph.Structure, graph.Fill(-1.5), channels),
	}
}

// Slope is n [channels].
func (l *Hill) Slope() *graph.Node { return op.Clip(op.Softplus(l.RawSlope), minSlope, maxSlope) }

// Half is k [channels].
func (l *Hill) Half() *graph.Node { return op.Clip(op.Softplus(l.RawHalf), minHalf, maxHalf) }

// Forward maps exposure [regions, weeks, channels] to saturation in [0, 1] of the same shape.
func (l *Hill) Forward(x *graph.Node) *graph.Node { return op.Hill(x, l.Slope(), l.Half()) }

// Curves implements Saturating.
func (l *Hill) Curves() (half, slope []float64) {
	half = each(l.RawHalf, func(raw float64) float64 { return min(max(softplus(raw), minHalf), maxHalf) })
	slope = each(l.RawSlope, func(raw float64) float64 { return min(max(softplus(raw), minSlope), maxSlope) })
	return half, slope
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
