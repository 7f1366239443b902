package layers

import (
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph/op"
)

// maxDeviation is by how much a coefficient can stand above or below its mean.
const maxDeviation = 0.5

// Deviation lets coefficients vary over weeks and regions around their mean, by a factor from a GRU's states h:
//
//	d = 1 + ½·tanh(h·Wᵀ + b)
//
// It has to earn its keep: its distance from 1 is penalised as that of a normal variable of standard deviation sd.
type Deviation struct {
	Factor *gorgonia.Node // [R, T, M]
	Shrunk *gorgonia.Node // the penalty
}

// NewDeviation declares a GRU of some units over features [R, T, F], and `deviation.weight` and `deviation.bias`.
func NewDeviation(s *Scope, features *gorgonia.Node, units, channels int, sd float64) (_ *Deviation, err error) {
	defer op.Catch(&err)
	h := op.Must(NewGRU(s, 0, features.Shape()[2], units).Forward(features))
	head := NewLinear(s, "deviation", Coefficients, units, channels, op.Tanh, Xavier(0.1), Fill(0))
	factor := op.Must(op.Affine(maxDeviation, op.Must(head.Forward(h)), 1))
	shrunk, err := Shrink(factor, 1, sd)
	return &Deviation{factor, shrunk}, err
}
