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

// NoiseSize and NoiseDof are the priors of ln σ and ln(ν − 2). They are weak: σ is from a few thousandths of an average week to more than half of
// it, ν from 3.6 to 42.
var (
	NoiseSize = Prior{Mean: math.Log(0.05), SD: 1.5}
	NoiseDof  = Prior{Mean: math.Log(8), SD: 0.8}
)

// The width and the degrees of freedom are bounded from below: the density of data without noise has no maximum, and with ν < p/(n − p) neither
// has that of n weeks of which p parameters fit p exactly (Fernández and Steel 1999). With ν > 2 the noise has a variance.
var (
	leastSigma = math.Log(1e-4)
	leastDof   = math.Log(2)
)

// NewNoise declares `noise.size` and `noise.dof`.
func NewNoise(s *graph.Scope) *Noise {
	return &Noise{
		newShrunk(s, "noise.size", graph.Structure, 1, NoiseSize),
		newShrunk(s, "noise.dof", graph.Structure, 1, NoiseDof),
	}
}

// Loss is minus the weighted mean log density of a prediction's errors, see op.StudentT.
func (l *Noise) Loss(prediction, target, weight *graph.Node) *graph.Node {
	return op.StudentT(prediction, target, weight, l.LogWidth(), above(leastDof, l.dof.Node))
}

// LogWidth is ln σ [1].
func (l *Noise) LogWidth() *graph.Node { return above(leastSigma, l.size.Node) }

// Penalty implements graph.Penalised.
func (l *Noise) Penalty() *graph.Node { return op.Add(l.size.penalty(), l.dof.penalty()) }

// above is ln(e^least + e^raw).
func above(least float64, raw *graph.Node) *graph.Node {
	return op.Affine(1, op.Softplus(op.Affine(1, raw, -least)), least)
}

// Width is the current width σ.
func (l *Noise) Width() float64 {
	return each(l.size.Node, func(raw float64) float64 { return math.Exp(leastSigma) + math.Exp(raw) })[0]
}

// Dof is the current number of degrees of freedom ν.
func (l *Noise) Dof() float64 {
	return each(l.dof.Node, func(raw float64) float64 { return math.Exp(leastDof) + math.Exp(raw) })[0]
}

// HeavyTailed is a penalty that pulls small elements of p to 0 and leaves large ones where they are: minus the log density of Student's
// t distribution with 2 degrees of freedom and a scale for each element, up to a constant.
func HeavyTailed(p *graph.Node, scale float64) *graph.Node {
	const dof = 2
	return op.StudentSum(op.Affine(1/scale, p, 0), dof)
}
