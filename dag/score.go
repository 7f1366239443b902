package dag

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/internal/cores"
)

// Loss is how well a graph's weights explain the data.
type Loss string

const (
	Linear   Loss = "linear"   // ½/n·‖X − XW‖², from the covariance alone
	Logistic Loss = "logistic" // the negative log-likelihood of 0/1 data, 1/n·Σ ln(1 + e^m) − x·m with m = XW + b
)

// score is a smooth function of the weights B [P, d]: those of the same time above those of each lag.
type score interface {
	// evaluate returns the loss and sets grad to its gradient.
	evaluate(b, grad blas64.General) float64
}

// leastSquares is ½·tr((E − B)ᵀ·S·(E − B)), where E picks the variables from S's columns.
type leastSquares struct{ m *Moments }

func (l leastSquares) evaluate(b, grad blas64.General) float64 {
	d, s := l.m.Variables, l.m.Covariance
	multiplyAdd(s, b, 0, grad) // S·B
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

// BinaryError is an observation that is neither 0 nor 1.
type BinaryError struct {
	Series, Row, Column int // counted from 0
	Value               float64
}

func (e *BinaryError) Error() string {
	return fmt.Sprintf("dag: series %d, row %d, column %d is %v, but the logistic loss takes 0 and 1 only",
		e.Series+1, e.Row+1, e.Column+1, e.Value)
}

// logistic has an intercept of its own for each variable, profiled out by a Newton step at each evaluation of the
// loss, which starts from the last.
type logistic struct {
	x          blas64.General // [n, P], as it is
	d          int
	intercepts []float64
	margins    []float64 // [n, d], then the errors σ(m) − x
}

// newLogistic takes 0/1 data, with its lags.
func newLogistic(lags int, series []mat.Matrix) (*logistic, error) {
	for s, x := range series {
		n, d := x.Dims()
		for i := range n {
			for j := range d {
				if v := x.At(i, j); v != 0 && v != 1 {
					return nil, &BinaryError{s, i, j, v}
				}
			}
		}
	}
	x, err := stack(lags, series)
	if err != nil {
		return nil, err
	}
	_, d := series[0].Dims()
	return &logistic{x: x, d: d, intercepts: make([]float64, d), margins: make([]float64, x.Rows*d)}, nil
}

func (l *logistic) evaluate(b, grad blas64.General) float64 {
	n := l.x.Rows
	margins := blas64.General{Rows: n, Cols: l.d, Stride: l.d, Data: l.margins}
	multiplyAdd(l.x, b, 0, margins)
	losses := make([]float64, l.d)
	cores.Share(l.d, 1, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			losses[j] = l.fitIntercept(j)
		}
	})
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
