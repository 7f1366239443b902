package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Delayed carries exposure over with weights that peak θ ≥ 0 rows after the exposure:
//
//	w_l ∝ a^((l − θ)²),  Σ_l w_l = 1
//
// with a in (0, 1): a Gaussian bell over the lags (delayed adstock, Jin et al. 2017). See op.Lags.
type Delayed struct {
	logDelay shrunk // ln θ
	spread   shrunk // logit of a
	lags     *graph.Node
}

var _ graph.Layer = (*Delayed)(nil)

// NewDelayed declares `effect.delay` and `effect.spread`. Lags from 0 to window − 1 rows have a weight.
func NewDelayed(s *graph.Scope, channels, window int, p EffectPriors) *Delayed {
	lags := make([]float64, window*channels)
	for i := range lags {
		lags[i] = float64(i / channels)
	}
	return &Delayed{
		logDelay: newShrunk(s, "effect.delay", graph.Structure, channels, p.Delay),
		spread:   newShrunk(s, "effect.spread", graph.Structure, channels, p.Spread),
		lags:     s.Constant("lags", lags, window, channels),
	}
}

// Weights are the weights of the lags [window, channels].
func (l *Delayed) Weights() *graph.Node {
	window := l.lags.Shape()[:1]
	off := op.Sub(l.lags, op.Expand(window, op.Exp(l.logDelay.Node), nil))
	narrow := op.Softplus(op.Affine(-1, l.spread.Node, 0)) // −ln a
	return op.Softmax(op.Affine(-1, op.Mul(op.Mul(off, off), op.Expand(window, narrow, nil)), 0))
}

// Forward maps exposure [regions, weeks, channels] to carried-over exposure of the same shape.
func (l *Delayed) Forward(x *graph.Node) *graph.Node { return op.Lags(x, l.Weights()) }

// Penalty implements graph.Penalised.
func (l *Delayed) Penalty() *graph.Node { return op.Add(l.logDelay.penalty(), l.spread.penalty()) }

// Weibull carries exposure over with the weights of a Weibull distribution F of the lag:
//
//	w_l ∝ F(l + 1) − F(l),  F(t) = 1 − e^(−(t/λ)^k),  Σ_l w_l = 1
//
// With a shape k up to 1 the weights fall from the first row on, the slower at the end the smaller k is; with a greater one they
// peak near the scale λ, in rows. See op.Lags.
type Weibull struct {
	logShape, logScale shrunk
	from, to           *graph.Node // [window, channels]: ln l and ln(l + 1)
}

var _ graph.Layer = (*Weibull)(nil)

// NewWeibull declares `effect.weibull_shape` and `effect.weibull_scale`. Lags from 0 to window − 1 rows have a weight.
func NewWeibull(s *graph.Scope, channels, window int, p EffectPriors) *Weibull {
	from, to := make([]float64, window*channels), make([]float64, window*channels)
	for i := range from {
		from[i], to[i] = logOfNone, math.Log(float64(i/channels+1))
		if i >= channels {
			from[i] = math.Log(float64(i / channels))
		}
	}
	return &Weibull{
		logShape: newShrunk(s, "effect.weibull_shape", graph.Structure, channels, p.WeibullShape),
		logScale: newShrunk(s, "effect.weibull_scale", graph.Structure, channels, p.WeibullScale),
		from:     s.Constant("ln of the lags", from, window, channels),
		to:       s.Constant("ln of the next lags", to, window, channels),
	}
}

// logOfNone stands for ln 0: nothing survives less.
const logOfNone = -1e3

// Beyond these bounds of ln((t/λ)^k), e^(−(t/λ)^k) is 1 or 0 to the last bit.
const leastLog, mostLog = -40, 7

// Weights are the weights of the lags [window, channels].
func (l *Weibull) Weights() *graph.Node {
	window := l.to.Shape()[:1]
	shape, scale := op.Expand(window, op.Exp(l.logShape.Node), nil), op.Expand(window, l.logScale.Node, nil)
	surviving := func(logs *graph.Node) *graph.Node { // 1 − F
		power := op.Clip(op.Mul(shape, op.Sub(logs, scale)), leastLog, mostLog)
		return op.Exp(op.Affine(-1, op.Exp(power), 0))
	}
	return op.Normalise(op.Sub(surviving(l.from), surviving(l.to)))
}

// Forward maps exposure [regions, weeks, channels] to carried-over exposure of the same shape.
func (l *Weibull) Forward(x *graph.Node) *graph.Node { return op.Lags(x, l.Weights()) }

// Penalty implements graph.Penalised.
func (l *Weibull) Penalty() *graph.Node { return op.Add(l.logShape.penalty(), l.logScale.penalty()) }

// Unchanged is a carry-over that carries nothing over, or a saturation that does not saturate: x.
type Unchanged struct{}

var _ graph.Layer = Unchanged{}

// Forward returns x.
func (Unchanged) Forward(x *graph.Node) *graph.Node { return x }
