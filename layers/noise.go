package layers

import (
	"math"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Noise is Student's t distribution of the errors, with a width σ and degrees of freedom ν that are learned (Lange, Little and Taylor
// 1989). Many degrees are normal noise; with few, a week far off hardly moves the fit.
type Noise struct {
	size, dof shrunk
}

// NoiseSize and NoiseDof are the priors of ln σ and ln ν. They are weak: σ is from a few thousandths of an average week to more than half of it, ν from 2.5 to 40.
var (
	NoiseSize = Prior{Mean: math.Log(0.05), SD: 1.5}
	NoiseDof  = Prior{Mean: math.Log(10), SD: 0.7}
)

// leastSigma bounds the width from below: the density of data without noise has no maximum.
var leastSigma = math.Log(1e-4)

// NewNoise declares `noise.size` and `noise.dof`.
func NewNoise(s *graph.Scope) *Noise {
	return &Noise{
		newShrunk(s, "noise.size", graph.Structure, 1, NoiseSize),
		newShrunk(s, "noise.dof", graph.Structure, 1, NoiseDof),
	}
}

// Loss is minus the weighted mean log density of a prediction's errors, see op.StudentT.
func (l *Noise) Loss(prediction, target, weight *graph.Node) *graph.Node {
	logSigma := op.Affine(1, op.Softplus(op.Affine(1, l.size.Node, -leastSigma)), leastSigma)
	return op.StudentT(prediction, target, weight, logSigma, l.dof.Node)
}

// Penalty implements graph.Penalised.
func (l *Noise) Penalty() *graph.Node { return op.Add(l.size.penalty(), l.dof.penalty()) }

// Width is the current width σ.
func (l *Noise) Width() float64 {
	return each(l.size.Node, func(raw float64) float64 { return math.Exp(leastSigma + softplus(raw-leastSigma)) })[0]
}

// Dof is the current number of degrees of freedom ν.
func (l *Noise) Dof() float64 { return each(l.dof.Node, math.Exp)[0] }

// HeavyTailed is a penalty that pulls small elements of p to 0 and leaves large ones where they are: minus the log density of Student's
// t distribution with 2 degrees of freedom and a scale for each element, up to a constant.
func HeavyTailed(p *graph.Node, scale float64) *graph.Node {
	const dof = 2
	return op.StudentSum(op.Affine(1/scale, p, 0), dof)
}
