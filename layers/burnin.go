package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Stabilization is the fade of the first weeks from the stable coefficients to the GRU's.
type Stabilization string

// The fades: the weight of the stable coefficients in week t < b, the length of the burn-in.
const (
	Exponential Stabilization = "exponential" // exp(−3t/b)
	LinearFade  Stabilization = "linear"      // 1 − t/b
	SigmoidFade Stabilization = "sigmoid"     // 1/(1 + exp((t − b/2)/(b/4)))
)

// BurnIn stabilises the coefficients of the first weeks, when the GRU has seen few weeks:
//
//	b_t = w_t·stable + (1 − w_t)·dynamic
//
// for week t < burn-in, and b_t = dynamic after it. If all weeks are in the burn-in, b_t = stable.
type BurnIn struct {
	Stable *graph.Node // [channels]. Starts from the data, see starts in train/neural; 0 without.
	fade   *graph.Node // [weeks]: w
	rest   *graph.Node // [weeks]: 1 − w
}

var _ graph.Layer = (*BurnIn)(nil)

// NewBurnIn declares the stable coefficients under a name (`stable_media_coeff`, `stable_ctrl_coeff`).
func NewBurnIn(s *graph.Scope, name string, channels, weeks, burnIn int, way Stabilization) *BurnIn {
	w := Fade(weeks, burnIn, way)
	rest := make([]float64, weeks)
	for t := range w {
		rest[t] = 1 - w[t]
	}
	return &BurnIn{
		Stable: s.Param(name, graph.Coefficients, graph.Fill(0), channels),
		fade:   s.Constant("fade of "+name, w, weeks),
		rest:   s.Constant("rest of "+name, rest, weeks),
	}
}

// Fade returns the weight w_t of the stable coefficients in each week.
func Fade(weeks, burnIn int, way Stabilization) []float64 {
	w := make([]float64, weeks)
	b := float64(burnIn)
	for i := range w {
		t := float64(i)
		switch {
		case weeks <= burnIn:
			w[i] = 1
		case i >= burnIn:
			w[i] = 0
		case way == Exponential:
			w[i] = math.Exp(-3 * t / b)
		case way == LinearFade:
			w[i] = 1 - t/b
		case way == SigmoidFade:
			w[i] = 1 / (1 + math.Exp((t-b/2)/(b/4)))
		default:
			op.Fail("layers: no stabilization %q", way)
		}
	}
	return w
}

// Forward maps dynamic coefficients [regions, weeks, channels] to stabilised ones of the same shape.
func (l *BurnIn) Forward(dynamic *graph.Node) *graph.Node {
	regions, weeks, channels := dynamic.Shape()[0], dynamic.Shape()[1], dynamic.Shape()[2]
	stable := op.Expand([]int{regions, weeks}, l.Stable, nil)
	fade := op.Expand([]int{regions}, l.fade, []int{channels})
	rest := op.Expand([]int{regions}, l.rest, []int{channels})
	return op.Add(op.Mul(fade, stable), op.Mul(rest, dynamic))
}
