package layers

import (
	"math"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Hill saturates an adstocked exposure x:
//
//	s = xⁿ / (xⁿ + kⁿ),  n = clip(softplus(hill_a), 2, 5),  k = clip(softplus(hill_g), 0.01, 1)
//
// with slope n and half-saturation k learned per channel (Hill 1910; in media mix models: Jin et al. 2017).
type Hill struct {
	Slope *gorgonia.Node // [channels], raw. Starts at 2.5.
	Half  *gorgonia.Node // [channels], raw. Starts at the data: see panel.Starts; −1.5 without.
}

var _ graph.Layer = (*Hill)(nil)

// NewHill declares `hill_a` and `hill_g`.
func NewHill(s *graph.Scope, channels int) graph.Layer {
	return &Hill{
		Slope: s.Param("hill_a", graph.Structure, graph.Fill(2.5), channels),
		Half:  s.Param("hill_g", graph.Structure, graph.Fill(-1.5), channels),
	}
}

// Shape returns slope n and half-saturation k, each [channels].
func (l *Hill) Shape() (n, k *gorgonia.Node, err error) {
	defer op.Catch(&err)
	n = op.Must(op.Clip(op.Must(op.Softplus(l.Slope)), 2, 5))
	k = op.Must(op.Clip(op.Must(op.Softplus(l.Half)), 0.01, 1))
	return n, k, nil
}

// SlopeOf is the slope of a channel whose hill_a is raw.
func SlopeOf(raw float64) float64 { return min(max(softplus(raw), 2), 5) }

// HalfSaturationOf is the half-saturation of a channel whose hill_g is raw.
func HalfSaturationOf(raw float64) float64 { return min(max(softplus(raw), 0.01), 1) }

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// Saturation is Hill's equation for one exposure x, with slope n and half-saturation k.
func Saturation(x, n, k float64) float64 { return math.Pow(x, n) / (math.Pow(x, n) + math.Pow(k, n)) }

// Forward maps exposure [regions, weeks, channels] to saturation in [0, 1] of the same shape.
func (l *Hill) Forward(x *gorgonia.Node) (*gorgonia.Node, error) {
	n, k, err := l.Shape()
	if err != nil {
		return nil, err
	}
	return op.Hill(x, n, k)
}
