package dag

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Moments are the covariances of variables at time t and of their lags, at t − 1, t − 2 and so on: the sufficient
// statistics of a linear Gaussian graph.
type Moments struct {
	Observations int
	Variables    int
	Lags         int

	// Covariance is [P, P] with P = Variables·(1 + Lags), in the layout of Stack.
	Covariance blas64.General
}

// DataError is an observation that is not a finite number.
type DataError struct {
	Series, Row, Column int // counted from 0
	Value               float64
}

func (e *DataError) Error() string {
	return fmt.Sprintf("dag: series %d, row %d, column %d is %v (leave such rows out, or fill them)",
		e.Series+1, e.Row+1, e.Column+1, e.Value)
}

var errNoData = errors.New("dag: no data")

// NewMoments takes series of observations [time, variables] of the same variables: one plain table, or a panel's
// regions. Lags do not reach from one series into another. The covariances are about the mean of all observations.
func NewMoments(lags int, series ...mat.Matrix) (*Moments, error) {
	m, rows, err := newMoments(lags, series)
	if err != nil {
		return nil, err
	}
	centre(rows)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, rows, rows, 0, m.Covariance)
	blas64.Scal(1/float64(rows.Rows), blas64.Vector{N: len(m.Covariance.Data), Data: m.Covariance.Data, Inc: 1})
	return m, m.check()
}

// CrossProducts are sums of products instead of covariances: the normal equations of a model without intercepts. They are
// summed in the order of the observations, so that not even the last digit depends on the BLAS backend.
func CrossProducts(lags int, series ...mat.Matrix) (*Moments, error) {
	m, rows, err := newMoments(lags, series)
	if err != nil {
		return nil, err
	}
	p, data := rows.Cols, m.Covariance.Data
	for row := range rows.Rows {
		x := rows.Data[row*p : (row+1)*p]
		for i, v := range x {
			for j, u := range x[:i+1] {
				data[i*p+j] += v * u
			}
		}
	}
	for i := range p {
		for j := range i {
			data[j*p+i] = data[i*p+j]
		}
	}
	return m, m.check()
}

// newMoments lays out the observations for covariances that are still 0.
func newMoments(lags int, series []mat.Matrix) (*Moments, blas64.General, error) {
	rows, err := Stack(lags, series...)
	if err != nil {
		return nil, rows, err
	}
	n, p := rows.Rows, rows.Cols
	if n < 2 {
		return nil, rows, fmt.Errorf("dag: %d observations with %d lags: two are the fewest", n, lags)
	}
	m := &Moments{Observations: n, Variables: p / (1 + lags), Lags: lags}
	m.Covariance = blas64.General{Rows: p, Cols: p, Stride: p, Data: make([]float64, p*p)}
	return m, rows, nil
}

// check refuses covariances that overflow.
func (m *Moments) check() error {
	for at, v := range m.Covariance.Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			i, j := at/m.Covariance.Cols%m.Variables, at%m.Variables
			return fmt.Errorf("dag: the covariance of columns %d and %d overflows (divide them by a power of ten)", 1+i, 1+j)
		}
	}
	return nil
}

// Stack lays out series of observations with their lags [observations, P]: a row holds the variables z_t, then those of
// each lag, so that column i + k·d is variable i at t − k. A series' first weeks are lags only.
func Stack(lags int, series ...mat.Matrix) (blas64.General, error) {
	if len(series) == 0 {
		return blas64.General{}, errNoData
	}
	_, d := series[0].Dims()
	rows := 0
	for s, x := range series {
		n, cols := x.Dims()
		if cols != d {
			return blas64.General{}, fmt.Errorf("dag: series %d has %d variables, the first %d", s+1, cols, d)
		}
		for i := range n {
			for j := range d {
				if v := x.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
					return blas64.General{}, &DataError{s, i, j, v}
				}
			}
		}
		rows += max(0, n-lags)
	}
	p := d * (1 + lags)
	out := blas64.General{Rows: rows, Cols: p, Stride: p, Data: make([]float64, 0, rows*p)}
	for _, x := range series {
		n, _ := x.Dims()
		for t := lags; t < n; t++ {
			for k := range 1 + lags {
				for j := range d {
					out.Data = append(out.Data, x.At(t-k, j))
				}
			}
		}
	}
	return out, nil
}

// epsilon is the relative rounding error of a sum of two numbers.
const epsilon = 0x1p-52

// centre subtracts each column's mean. A column of which only rounding errors are left is 0: standardised, they would pass for
// data.
func centre(x blas64.General) {
	for j := range x.Cols {
		mean := 0.0
		for i := range x.Rows {
			mean += x.Data[i*x.Stride+j]
		}
		mean /= float64(x.Rows)
		furthest := 0.0
		for i := range x.Rows {
			x.Data[i*x.Stride+j] -= mean
			furthest = max(furthest, math.Abs(x.Data[i*x.Stride+j]))
		}
		if furthest > epsilon*float64(x.Rows)*math.Abs(mean) {
			continue
		}
		for i := range x.Rows {
			x.Data[i*x.Stride+j] = 0
		}
	}
}

// Columns returns P.
func (m *Moments) Columns() int { return m.Covariance.Cols }

// At returns the covariance of two columns.
func (m *Moments) At(i, j int) float64 { return m.Covariance.Data[i*m.Covariance.Stride+j] }

// Standardise divides each variable, and its lags, by its standard deviation. A constant stays as it is.
func (m *Moments) Standardise() *Moments {
	p := m.Columns()
	scaled := *m
	scaled.Covariance.Data = make([]float64, p*p)
	for i := range p {
		for j := range p {
			v := m.At(i, j)
			if si, sj := m.At(i%m.Variables, i%m.Variables), m.At(j%m.Variables, j%m.Variables); si > 0 && sj > 0 {
				v /= math.Sqrt(si) * math.Sqrt(sj)
			}
			scaled.Covariance.Data[i*p+j] = v
		}
	}
	return &scaled
}

// Regression is the least squares of a variable on columns of its moments.
type Regression struct {
	Parents  []int // columns
	Weights  []float64
	Residual float64 // variance of the residuals
}

// Regress returns the least squares of variable j on columns, and the inverse of their covariance (nil without columns).
// Linearly dependent columns get the weights of a small ridge, a constant gets none.
func (m *Moments) Regress(j int, columns []int) (Regression, *mat.SymDense) {
	k := len(columns)
	r := Regression{Parents: slices.Clone(columns), Weights: make([]float64, k), Residual: m.At(j, j)}
	if k == 0 {
		return r, nil
	}
	cov, cross := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for a, col := range columns {
		for b := a; b < k; b++ {
			cov.SetSym(a, b, m.At(col, columns[b]))
		}
		if cov.At(a, a) == 0 {
			cov.SetSym(a, a, 1)
		}
		cross.SetVec(a, m.At(col, j))
	}
	var chol mat.Cholesky
	for ridge := Negligible; !chol.Factorize(cov); ridge *= 2 {
		for a := range k {
			cov.SetSym(a, a, cov.At(a, a)*(1+ridge))
		}
	}
	inverse := mat.NewSymDense(k, nil)
	_ = chol.SolveVecTo(mat.NewVecDense(k, r.Weights), cross) // its error only says that the columns are ill-conditioned
	_ = chol.InverseTo(inverse)
	for a, w := range r.Weights {
		r.Residual -= w * cross.AtVec(a)
	}
	r.Residual = max(r.Residual, 0)
	return r, inverse
}

// Negligible is the share of a variable's variance below which a residual variance is rounding error: the variable is a
// linear combination of others.
const Negligible = 1e-10
