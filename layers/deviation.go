package layers

import (
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
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

// NewDeviation declares a GRU of some units over features [R, T, F], and `deviation.weight` and `deviation.bias`. The
// penalty counts the first so many weeks, those that are forecast included, so that the factor does not run off where
// features are as they never were in training.
func NewDeviation(s *graph.Scope, features *gorgonia.Node, units, channels, counted int, sd float64) (_ *Deviation, err error) {
	defer op.Catch(&err)
	h := op.Must(NewGRU(s, 0, features.Shape()[2], units).Forward(features))
	head := NewLinear(s, "deviation", graph.Coefficients, units, channels, op.Tanh, graph.Xavier(0.1), graph.Fill(0))
	factor := op.Must(op.Affine(maxDeviation, op.Must(head.Forward(h)), 1))
	weeks := make([]float64, features.Shape()[1])
	for t := range min(counted, len(weeks)) {
		weeks[t] = 1
	}
	early := op.Must(op.Expand([]int{features.Shape()[0]}, s.Constant("weeks that count", weeks, len(weeks)), []int{channels}))
	distance := op.Must(op.Mul(early, op.Must(op.Affine(1, factor, -1))))
	shrunk, err := Shrink(distance, 0, sd)
	return &Deviation{factor, shrunk}, err
}
