package dag

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Moments are the covariances that a linear graph is learned from, which is all it takes: of the variables at time t
// and, with lags, of the same at t − 1, t − 2 and so on.
type Moments struct {
	Observations int
	Variables    int
	Lags         int

	// Covariance is [P, P] with P = Variables·(1 + Lags): variable i of k weeks ago stands at i + k·Variables.
	Covariance blas64.General
}

// DataError is an observation that is not a number.
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
// regions. Lags do not reach from one series into another. It subtracts the mean of all observations.
func NewMoments(lags int, series ...mat.Matrix) (*Moments, error) {
	if len(series) == 0 {
		return nil, errNoData
	}
	_, d := series[0].Dims()
	m := &Moments{Variables: d, Lags: lags}
	rows, err := stack(lags, series)
	if err != nil {
		return nil, err
	}
	if rows.Rows < 2 {
		return nil, fmt.Errorf("dag: %d observations with %d lags: two are the fewest", rows.Rows, lags)
	}
	m.Observations = rows.Rows
	centre(rows)
	p := rows.Cols
	m.Covariance = blas64.General{Rows: p, Cols: p, Stride: p, Data: make([]float64, p*p)}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, rows, rows, 0, m.Covariance)
	blas64.Scal(1/float64(rows.Rows), blas64.Vector{N: p * p, Data: m.Covariance.Data, Inc: 1})
	return m, nil
}

// stack puts each observation beside its lags, a row each.
func stack(lags int, series []mat.Matrix) (blas64.General, error) {
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
	out := blas64.General{Rows: rows, Cols: p, Stride: p, Data: make([]float64, rows*p)}
	at := 0
	for _, x := range series {
		n, _ := x.Dims()
		for t := lags; t < n; t++ {
			for k := range 1 + lags {
				for j := range d {
					out.Data[at] = x.At(t-k, j)
					at++
				}
			}
		}
	}
	return out, nil
}

// centre subtracts each column's mean.
func centre(x blas64.General) {
	for j := range x.Cols {
		mean := 0.0
		for i := range x.Rows {
			mean += x.Data[i*x.Stride+j]
		}
		mean /= float64(x.Rows)
		for i := range x.Rows {
			x.Data[i*x.Stride+j] -= mean
		}
	}
}

// columns is P.
func (m *Moments) columns() int { return m.Covariance.Cols }

func (m *Moments) at(i, j int) float64 { return m.Covariance.Data[i*m.Covariance.Stride+j] }

// Standardise divides each variable, and its lags, by its standard deviation. A constant stays as it is.
func (m *Moments) Standardise() *Moments {
	p := m.columns()
	scaled := *m
	scaled.Covariance.Data = make([]float64, p*p)
	for i := range p {
		for j := range p {
			v := m.at(i, j)
			if si, sj := m.at(i%m.Variables, i%m.Variables), m.at(j%m.Variables, j%m.Variables); si > 0 && sj > 0 {
				v /= math.Sqrt(si) * math.Sqrt(sj)
			}
			scaled.Covariance.Data[i*p+j] = v
		}
	}
	return &scaled
}
