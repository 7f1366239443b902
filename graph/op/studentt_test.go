package op_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// It is the weighted mean of gonum's density; what has no weight may be anything.
func TestStudentTIsTheDensity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 6
		prediction, target, weight := draw(t, "prediction", -5, 5, n), draw(t, "target", -5, 5, n), draw(t, "weight", 0.1, 3, n)
		logSigma, logDof := rapid.Float64Range(-3, 1).Draw(t, "ln σ"), rapid.Float64Range(0, 8).Draw(t, "ln ν")
		density := distuv.StudentsT{Sigma: math.Exp(logSigma), Nu: math.Exp(logDof)}
		sum, total := 0.0, 0.0
		for i := range n - 1 {
			sum -= weight[i] * density.LogProb(prediction[i]-target[i])
			total += weight[i]
		}
		weight[n-1], target[n-1] = 0, math.NaN()
		got := evaluate(t, func(s *graph.Scope) *graph.Node {
			return op.StudentT(s.Constant("p", prediction, 2, 3), s.Constant("y", target, 2, 3), s.Constant("w", weight, 2, 3),
				s.Constant("σ", []float64{logSigma}, 1), s.Constant("ν", []float64{logDof}, 1))
		})
		require.InDelta(t, sum/total, got[0], 1e-8*max(1, math.Abs(sum/total)))
	})
}

// The penalty of a heavy tail, ½(ν + 1)·ln(1 + x²/ν), is minus the log density of Student's t up to a constant.
func TestStudentSumIsTheDensity(t *testing.T) {
	x := []float64{-3, -0.1, 0, 2, 100}
	for _, dof := range []float64{1, 2, 30} {
		density := distuv.StudentsT{Sigma: 1, Nu: dof}
		want := 0.0
		for _, v := range x {
			want += density.LogProb(0) - density.LogProb(v)
		}
		require.InDelta(t, want, evaluate(t, func(s *graph.Scope) *graph.Node { return op.StudentSum(s.Constant("x", x, 5), dof) })[0], 1e-9)
	}
}
