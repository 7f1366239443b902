package layers

import (
	"math"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// MaxDecay bounds the carry-over of a week into the next.
const MaxDecay = 0.8

// Adstock lets exposure linger: a week carries over into the next at the channel's decay a,
//
//	a = min(σ(alpha), MaxDecay)
//	A_t = clip(x_t + a ∘ A_{t−1}, 0, 10)
//
// (Broadbent 1979).
type Adstock struct {
	Alpha *gorgonia.Node // [channels], logit of the decay. Starts at 0.8.
}

var _ graph.Layer = (*Adstock)(nil)

// NewAdstock declares `alpha`.
func NewAdstock(s *graph.Scope, channels int) graph.Layer {
	return &Adstock{s.Param("alpha", graph.Structure, graph.Fill(0.8), channels)}
}

// Decay is a [channels], in (0, MaxDecay].
func (l *Adstock) Decay() (*gorgonia.Node, error) {
	a, err := op.Sigmoid(l.Alpha)
	if err != nil {
		return nil, err
	}
	return op.Clip(a, 0, MaxDecay)
}

// DecayOf is the decay of a channel whose alpha is raw.
func DecayOf(raw float64) float64 { return min(1/(1+math.Exp(-raw)), MaxDecay) }

// Forward maps exposure [regions, weeks, channels] to adstocked exposure of the same shape.
func (l *Adstock) Forward(x *gorgonia.Node) (*gorgonia.Node, error) {
	a, err := l.Decay()
	if err != nil {
		return nil, err
	}
	return op.Adstock(x, a)
}
