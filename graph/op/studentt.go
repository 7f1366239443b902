package op

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gorgonia.org/tensor"

	"deepcausalmmm/internal/cores"
)

// StudentT is the weighted mean of minus the log density of the error e = prediction − target under Student's t distribution with
// width σ and ν degrees of freedom (Lange, Little and Taylor 1989):
//
//	ln σ + ½ ln(νπ) + ln Γ(ν/2) − ln Γ((ν+1)/2) + ½(ν+1)·ln(1 + e²/(νσ²))
//
// with a weight w ≥ 0 for each element. ln σ and ln ν are tensors of one element. The target of an element of weight 0 is ignored;
// target and weight are constants to differentiation.
func StudentT(prediction, target, weight, logSigma, logDof *Node) *Node {
	return pick(prediction, studentT[float32], studentT[float64])(prediction, target, weight, logSigma, logDof)
}

// tDensity is the distribution at the parameters of a run.
type tDensity struct{ logSigma, sigma, dof float64 }

func densityAt[F Float](logSigma, logDof []F) tDensity {
	return tDensity{float64(logSigma[0]), math.Exp(float64(logSigma[0])), math.Exp(float64(logDof[0]))}
}

// constant is minus the log density at an error of 0.
func (t tDensity) constant() float64 {
	half, _ := math.Lgamma(t.dof / 2)
	more, _ := math.Lgamma((t.dof + 1) / 2)
	return t.logSigma + math.Log(t.dof*math.Pi)/2 + half - more
}

// constantSlope is the derivative of constant in ln ν.
func (t tDensity) constantSlope() float64 {
	return (1 + t.dof*(mathext.Digamma(t.dof/2)-mathext.Digamma((t.dof+1)/2))) / 2
}

func studentT[F Float](prediction, target, weight, logSigma, logDof *Node) *Node {
	if !prediction.Shape().Eq(target.Shape()) || !prediction.Shape().Eq(weight.Shape()) {
		Fail("op: student t: prediction %v, target %v and weight %v differ in shape", prediction.Shape(), target.Shape(), weight.Shape())
	}
	one := tensor.Shape{1}
	if !logSigma.Shape().Eq(one) || !logDof.Shape().Eq(one) {
		Fail("op: student t: ln σ is %v and ln ν %v, which must be [1]", logSigma.Shape(), logDof.Shape())
	}
	total := func(weight []F) float64 {
		return cores.Sum(len(weight), func(lo, hi int) (sum float64) {
			for _, w := range weight[lo:hi] {
				sum += float64(w)
			}
			return sum
		})
	}
	forward := func(out []F, in [][]F) {
		prediction, target, weight := in[0], in[1], in[2]
		t := densityAt(in[3], in[4])
		scale := 1 / (t.dof * t.sigma * t.sigma)
		sum := cores.Sum(len(prediction), func(lo, hi int) (sum float64) {
			for i := lo; i < hi; i++ {
				if w := float64(weight[i]); w > 0 {
					e := float64(prediction[i] - target[i])
					sum += w * math.Log1p(e*e*scale)
				}
			}
			return sum
		})
		out[0] = F(t.constant() + (t.dof+1)/2*sum/total(weight))
	}
	backward := func(outs, in [][]F) {
		prediction, target, weight, g := in[0], in[1], in[2], float64(in[5][0])
		t := densityAt(in[3], in[4])
		n, variance := total(weight), t.dof*t.sigma*t.sigma
		cores.Share(len(prediction), elementGrain, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				outs[0][i] = 0
				if w := float64(weight[i]); w > 0 {
					e := float64(prediction[i] - target[i])
					outs[0][i] = F(g * w / n * (t.dof + 1) * e / (variance + e*e))
				}
			}
		})
		shares := cores.Sum(len(prediction), func(lo, hi int) (sum float64) { // of the errors in νσ² + e²
			for i := lo; i < hi; i++ {
				if w := float64(weight[i]); w > 0 {
					e := float64(prediction[i] - target[i])
					sum += w * e * e / (variance + e*e)
				}
			}
			return sum
		}) / n
		logs := cores.Sum(len(prediction), func(lo, hi int) (sum float64) {
			for i := lo; i < hi; i++ {
				if w := float64(weight[i]); w > 0 {
					e := float64(prediction[i] - target[i])
					sum += w * math.Log1p(e*e/variance)
				}
			}
			return sum
		}) / n
		outs[1][0] = F(g * (1 - (t.dof+1)*shares))
		outs[2][0] = F(g * (t.constantSlope() + t.dof/2*logs - (t.dof+1)/2*shares))
	}
	return apply(kernel[F]{
		name: "student t", run: forward, constants: []int{1, 2},
		diff: func(in Nodes, _, grad *Node) Nodes {
			of := gradients("student t", Nodes{in[0], in[3], in[4]}, backward, in[0], in[1], in[2], in[3], in[4], grad)
			return Nodes{of[0], nil, nil, of[1], of[2]}
		},
	}, prediction, target, weight, logSigma, logDof)
}
