package learn

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// The terms of the objective with their gradients written by hand: the oracle of the expression graph.

// score is a smooth function of the weights B [P, d]: those of the same time above those of each lag.
type score interface {
	// evaluate returns the loss and sets grad to its gradient.
	evaluate(b, grad blas64.General) float64
}

// leastSquares is ½·tr((E − B)ᵀ·S·(E − B)), where E picks the variables from S's columns.
type leastSquares struct{ m *dag.Moments }

func (l leastSquares) evaluate(b, grad blas64.General) float64 {
	d, s := l.m.Variables, l.m.Covariance
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, s, b, 0, grad) // S·B
	loss := 0.0
	for i := range b.Rows {
		for j := range d {
			at := i*d + j
			sb, sij := grad.Data[at], s.Data[i*s.Stride+j]
			loss += b.Data[at] * (sb/2 - sij)
			grad.Data[at] = sb - sij
		}
	}
	for j := range d {
		loss += s.Data[j*s.Stride+j] / 2
	}
	return loss
}

// logistic has an intercept of its own for each variable, profiled out by a Newton step at each evaluation of the
// loss, which starts from the last.
type logistic struct {
	x          blas64.General // [n, P], as it is
	d          int
	intercepts []float64
	margins    []float64 // [n, d], then the errors σ(m) − x
}

func newLogistic(lags int, series []mat.Matrix) (*logistic, error) {
	x, err := dag.Stack(lags, series...)
	if err != nil {
		return nil, err
	}
	_, d := series[0].Dims()
	return &logistic{x: x, d: d, intercepts: make([]float64, d), margins: make([]float64, x.Rows*d)}, nil
}

func (l *logistic) evaluate(b, grad blas64.General) float64 {
	n := l.x.Rows
	margins := blas64.General{Rows: n, Cols: l.d, Stride: l.d, Data: l.margins}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, l.x, b, 0, margins)
	losses := make([]float64, l.d)
	for j := range l.d {
		losses[j] = l.fitIntercept(j)
	}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1/float64(n), l.x, margins, 0, grad)
	loss := 0.0
	for _, v := range losses {
		loss += v
	}
	return loss / float64(n)
}

// fitIntercept finds the b_j at which the mean error is 0 by Newton's method, turns variable j's margins into errors,
// and returns its loss. Since the loss is at its minimum in b_j, its gradient by the weights is the one at that b_j.
func (l *logistic) fitIntercept(j int) float64 {
	const steps, bound = 30, 30
	n, b := l.x.Rows, l.intercepts[j]
	for range steps {
		slope, curve := 0.0, 1e-12
		for i := range n {
			p := 1 / (1 + math.Exp(-l.margins[i*l.d+j]-b))
			slope += p - l.x.Data[i*l.x.Stride+j]
			curve += p * (1 - p)
		}
		step := max(-2, min(2, slope/curve))
		b = max(-bound, min(bound, b-step))
		if math.Abs(step) < 1e-10 {
			break
		}
	}
	l.intercepts[j] = b
	loss := 0.0
	for i := range n {
		m, x := l.margins[i*l.d+j]+b, l.x.Data[i*l.x.Stride+j]
		loss += max(m, 0) + math.Log1p(math.Exp(-math.Abs(m))) - x*m
		l.margins[i*l.d+j] = 1/(1+math.Exp(-m)) - x
	}
	return loss
}

// traceExp is tr(exp(W∘W)) − d with the gradient exp(W∘W)ᵀ ∘ 2W, by gonum's exponential.
func traceExp(grad, w *mat.Dense) float64 {
	var squared, exp mat.Dense
	squared.MulElem(w, w)
	exp.Exp(&squared)
	n, _ := w.Dims()
	grad.Apply(func(i, j int, v float64) float64 { return 2 * v * exp.At(j, i) }, w)
	return mat.Trace(&exp) - float64(n)
}

// groupNorm is Σ_j √(Σ_i B_ij² + eps).
func groupNorm(grad, b *mat.Dense) (sum float64) {
	rows, cols := b.Dims()
	for j := range cols {
		norm := groupEps
		for i := range rows {
			norm += b.At(i, j) * b.At(i, j)
		}
		norm = math.Sqrt(norm)
		sum += norm
		for i := range rows {
			grad.Set(i, j, b.At(i, j)/norm)
		}
	}
	return sum
}

// logDet returns h_s(W) and sets grad to its gradient 2(sI − W∘W)^−ᵀ ∘ W. It is not ok outside of h_s's domain, where
// the inverse is not the sum of all walks and so has negative entries.
func logDet(grad, w *mat.Dense, s float64) (h float64, ok bool) {
	n, _ := w.Dims()
	m := blas64.General{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)}
	for i, v := range w.RawMatrix().Data {
		m.Data[i] = -v * v
	}
	for i := range n {
		m.Data[i*n+i] += s
	}
	pivots := make([]int, n)
	if !lapack64.Getrf(m, pivots) {
		return 0, false
	}
	h = float64(n) * math.Log(s)
	positive := true
	for i, swapped := range pivots {
		u := m.Data[i*n+i]
		positive = positive == ((u > 0) == (swapped == i))
		h -= math.Log(math.Abs(u))
	}
	if !positive || math.IsNaN(h) || math.IsInf(h, 0) {
		return 0, false
	}
	var size [1]float64
	lapack64.Getri(m, pivots, size[:], -1)
	if !lapack64.Getri(m, pivots, make([]float64, int(size[0])), int(size[0])) {
		return 0, false
	}
	if floats.Min(m.Data) < -1e-12*floats.Max(m.Data) {
		return 0, false
	}
	grad.Apply(func(i, j int, v float64) float64 { return 2 * v * m.Data[j*n+i] }, w)
	return h, true
}
