package op

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	multiply "deepcausalmmm/blas"
)

// matrix is a row-major view of rows × cols elements whose rows lie stride apart.
type matrix[F Float] struct {
	data               []F
	rows, cols, stride int
}

func dense[F Float](data []F, rows, cols int) matrix[F] { return matrix[F]{data, rows, cols, cols} }

const (
	asIs       = blas.NoTrans
	transposed = blas.Trans
)

// gemm computes c ← a·b + beta·c, with a and b transposed where asked, by the BLAS that is in use.
func gemm[F Float](ta blas.Transpose, a matrix[F], tb blas.Transpose, b matrix[F], beta F, c matrix[F]) {
	if c.rows == 0 || c.cols == 0 {
		return
	}
	if multiply.SplitsWork() {
		spread(ta, a, tb, b, beta, c)
	} else {
		whole(ta, a, tb, b, beta, c)
	}
}

// spread shares the rows of c between the cores.
func spread[F Float](ta blas.Transpose, a matrix[F], tb blas.Transpose, b matrix[F], beta F, c matrix[F]) {
	inner := a.cols
	if ta == transposed {
		inner = a.rows
	}
	parallel(c.rows, max(1, gemmGrain/(c.cols*inner+1)), func(lo, hi int) {
		part := a
		if ta == transposed {
			part.data, part.cols = a.data[lo:], hi-lo
		} else {
			part.data, part.rows = a.data[lo*a.stride:], hi-lo
		}
		whole(ta, part, tb, b, beta, matrix[F]{c.data[lo*c.stride:], hi - lo, c.cols, c.stride})
	})
}

// gemmGrain is the fewest multiplications that are worth a goroutine.
const gemmGrain = 1 << 17

func whole[F Float](ta blas.Transpose, a matrix[F], tb blas.Transpose, b matrix[F], beta F, c matrix[F]) {
	switch cd := any(c.data).(type) {
	case []float32:
		general := func(m matrix[F]) blas32.General {
			return blas32.General{Rows: m.rows, Cols: m.cols, Stride: m.stride, Data: any(m.data).([]float32)}
		}
		blas32.Gemm(ta, tb, 1, general(a), general(b), float32(beta),
			blas32.General{Rows: c.rows, Cols: c.cols, Stride: c.stride, Data: cd})
	case []float64:
		general := func(m matrix[F]) blas64.General {
			return blas64.General{Rows: m.rows, Cols: m.cols, Stride: m.stride, Data: any(m.data).([]float64)}
		}
		blas64.Gemm(ta, tb, 1, general(a), general(b), float64(beta),
			blas64.General{Rows: c.rows, Cols: c.cols, Stride: c.stride, Data: cd})
	}
}

// columnSums sets sum to the sum over m's rows, column by column. Each column is summed from the first row to the last,
// however many cores share the columns.
func columnSums[F Float](sum []F, m matrix[F]) {
	parallel(m.cols, max(1, elementGrain/max(m.rows, 1)), func(lo, hi int) {
		part := sum[lo:hi]
		clear(part)
		for i := range m.rows {
			for j, v := range m.data[i*m.stride+lo : i*m.stride+hi] {
				part[j] += v
			}
		}
	})
}
