package layers

import (
	"fmt"
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Linear is a fully connected layer with an activation, its parameters named as in PyTorch's nn.Sequential:
//
//	y = act(x·Wᵀ + b)
type Linear struct {
	Weight *graph.Node // [out, in]
	Bias   *graph.Node // [out]
	Act    op.Activation
}

var _ graph.Layer = (*Linear)(nil)

// NewLinear declares `name.weight` and `name.bias`.
func NewLinear(s *graph.Scope, name string, group graph.Group, in, out int, act op.Activation, weight, bias graph.Init) *Linear {
	return &Linear{
		Weight: s.Param(name+".weight", group, weight, out, in),
		Bias:   s.Param(name+".bias", group, bias, out),
		Act:    act,
	}
}

// Forward maps [regions, weeks, in] to [regions, weeks, out].
func (l *Linear) Forward(x *graph.Node) *graph.Node { return op.Dense(x, l.connected()) }

func (l *Linear) connected() op.Connected {
	return op.Connected{Weight: l.Weight, Bias: l.Bias, Act: l.Act}
}

// NewControlFeatures declares `ctrl_mlp.0`, the features of the controls that enter the GRU: tanh(z·Wᵀ + b). It starts in
// ±1/√controls.
func NewControlFeatures(s *graph.Scope, controls, features int) *Linear {
	start := graph.Uniform(1 / math.Sqrt(float64(controls)))
	return NewLinear(s, "ctrl_mlp.0", graph.Structure, controls, features, op.Tanh, start, start)
}

// GRU is a gated recurrent unit over the weeks (Cho et al. 2014) with PyTorch's equations and names; see op.GRU.
type GRU struct {
	InputWeight, HiddenWeight *graph.Node // [3H, in], [3H, H]. Start in ±1/√H.
	InputBias, HiddenBias     *graph.Node // [3H]. Start in ±1/√H.
	Start                     *graph.Node // [1, 1, H]: the state before the first week
}

var _ graph.Layer = (*GRU)(nil)

// Weights returns the recurrence's weights and biases, without the start state.
func (l *GRU) Weights() graph.Nodes {
	return graph.Nodes{l.InputWeight, l.HiddenWeight, l.InputBias, l.HiddenBias}
}

// Forward maps [regions, weeks, in] to the states [regions, weeks, H].
func (l *GRU) Forward(x *graph.Node) *graph.Node {
	return op.GRU(x, l.InputWeight, l.HiddenWeight, l.InputBias, l.HiddenBias, l.Start)
}

// NewGRU declares layer i of a stack: `gru.weight_ih_li` and so on, and the start state `h0`, which all layers share.
// h0 starts at 0.01·N(0, 1).
func NewGRU(s *graph.Scope, i, in, hidden int) *GRU {
	start := graph.Uniform(1 / math.Sqrt(float64(hidden)))
	param := func(name string, shape ...int) *graph.Node {
		return s.Param(fmt.Sprintf("gru.%s_l%d", name, i), graph.Structure, start, shape...)
	}
	return &GRU{
		InputWeight:  param("weight_ih", 3*hidden, in),
		HiddenWeight: param("weight_hh", 3*hidden, hidden),
		InputBias:    param("bias_ih", 3*hidden),
		HiddenBias:   param("bias_hh", 3*hidden),
		Start:        s.Param("h0", graph.Structure, graph.Normal(0, 0.01), 1, 1, hidden),
	}
}
