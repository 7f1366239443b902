package learn

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// objective is structure learning as one expression graph. For weights B [P, d], of which the first d rows are W, the
// solver minimises smooth + μ·Σ Λ∘|B| with
//
//	smooth = μ·(score(B) + γ·Σ_j ‖B_j‖) + ½ρ·h(W)² + α·h(W)
//
// OWL-QN adds the L1 penalty. NOTEARS has μ = 1 and moves the duals ρ and α; DAGMA has ρ = 0 and α = 1 and lowers μ. Gradients are symbolic.
type objective struct {
	weights *tensor.Dense // B
	edges   *mat.Dense    // W, a view of B

	mu, rho, alpha, s       *graph.Node // scalar inputs; s belongs to DAGMA's h
	score, group, h, smooth *graph.Node // group is nil for γ = 0
	gradient                *graph.Node // ∂smooth/∂B
	b                       *graph.Node
	machine                 *graph.Machine
	failure                 error // of the machine
}

// groupEps keeps the norm of a column differentiable at 0.
const groupEps = 1e-8

// newObjective builds the graph for data: the covariance of dag.NewMoments, or the rows of dag.Stack for the logistic loss.
func newObjective(o Options, d int, data blas64.General) *objective {
	P := data.Cols
	s := graph.NewScope(gorgonia.NewGraph(), graph.NewParams(tensor.Float64, 0))
	q := &objective{mu: s.Scalar("mu", 1), rho: s.Scalar("rho", 0), alpha: s.Scalar("alpha", 0), s: s.Scalar("s", 1)}
	q.b = s.Input("B", P, d)
	q.weights = q.b.Value().(*tensor.Dense)
	q.edges = mat.NewDense(d, d, q.weights.Float64s()[:d*d])

	w, observed := op.Rows(d, q.b), s.Constant("data", data.Data, data.Rows, P)
	if o.Loss == Logistic {
		q.score = op.LogisticScore(q.b, observed)
	} else {
		q.score = op.QuadraticScore(q.b, observed)
	}
	if o.Method == DAGMA {
		q.h = op.LogDet(w, q.s)
	} else {
		q.h = op.TraceExp(w)
	}
	fit := q.score
	if o.GroupL1 > 0 {
		q.group = op.GroupNorm(q.b, groupEps)
		fit = op.Combine([]float64{1, o.GroupL1}, q.score, q.group)
	}
	q.smooth = op.Combine([]float64{1, 0.5, 1}, op.Mul(q.mu, fit), op.Mul(q.rho, op.SquareSum(q.h)), op.Mul(q.alpha, q.h))
	return q
}

// compile differentiates the smooth part and prepares to evaluate it.
func (q *objective) compile() {
	q.gradient = graph.Grad(q.smooth, q.b)[0]
	q.machine = graph.NewMachine(graph.Nodes{q.score, q.h}, graph.Nodes{q.smooth, q.gradient})
}

// evaluate returns the smooth part at B, or +Inf outside of its domain, and its gradient [P·d], which the next evaluation
// overwrites.
func (q *objective) evaluate() (value float64, gradient []float64) {
	if q.failure = q.machine.Run(); q.failure != nil {
		return math.Inf(1), nil
	}
	value = q.machine.Scalar(q.smooth)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return math.Inf(1), nil
	}
	return value, q.machine.Value(q.gradient).(*tensor.Dense).Float64s()
}

// measure returns the score and the acyclicity at B.
func (q *objective) measure() (score, h float64) {
	if q.failure = q.machine.RunTo(0); q.failure != nil {
		return math.NaN(), math.NaN()
	}
	return q.machine.Scalar(q.score), q.machine.Scalar(q.h)
}

// BinaryError is an observation that is neither 0 nor 1.
type BinaryError struct {
	Series, Row, Column int // counted from 0
	Value               float64
}

func (e *BinaryError) Error() string {
	return fmt.Sprintf("learn: series %d, row %d, column %d is %v, but the logistic loss takes 0 and 1 only",
		e.Series+1, e.Row+1, e.Column+1, e.Value)
}

// data returns what the score is computed from: the covariance, or all rows for the logistic loss, which must be binary.
func (o Options) data(m *dag.Moments, series []mat.Matrix) (blas64.General, error) {
	if o.Loss != Logistic {
		return m.Covariance, nil
	}
	for s, x := range series {
		n, d := x.Dims()
		for i := range n {
			for j := range d {
				if v := x.At(i, j); v != 0 && v != 1 {
					return blas64.General{}, &BinaryError{s, i, j, v}
				}
			}
		}
	}
	return dag.Stack(o.Lags, series...)
}
