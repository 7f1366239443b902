package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// MaxDecay is the upper bound of Adstock's decay.
const MaxDecay = 0.8

// Adstock carries exposure over from week to week at the channel's decay a:
//
//	a = min(σ(alpha), MaxDecay)
//	A_t = clip(x_t + a ∘ A_{t−1}, 0, 10)
//
// (Broadbent 1979).
type Adstock struct {
	Alpha *graph.Node // [channels], logit of the decay. Starts at 0.8.
}

var _ graph.Layer = (*Adstock)(nil)

// NewAdstock declares `alpha`.
func NewAdstock(s *graph.Scope, channels int) graph.Layer {
	return &Adstock{s.Param("alpha", graph.Structure, graph.Fill(0.8), channels)}
}

// Decay is a [channels], in (0, MaxDecay].
func (l *Adstock) Decay() *graph.Node { return op.Clip(op.Sigmoid(l.Alpha), 0, MaxDecay) }

// Forward maps exposure [regions, weeks, channels] to adstocked exposure of the same shape.
func (l *Adstock) Forward(x *graph.Node) *graph.Node { return op.Adstock(x, l.Decay()) }

// Decays implements Decaying.
func (l *Adstock) Decays() []float64 {
	return each(l.Alpha, func(raw float64) float64 { return min(sigmoid(raw), MaxDecay) })
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
