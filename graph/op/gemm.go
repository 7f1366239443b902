package op

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	multiply "deepcausalmmm/internal/blas" // also makes our kernels the default of gonum's interface
	"deepcausalmmm/internal/cores"
	"deepcausalmmm/internal/simd"
)

// matrix is a row-major view of rows × cols elements; rows are stride elements apart.
type matrix[F Float] struct {
	data               []F
	rows, cols, stride int
}

// full is a matrix of contiguous rows.
func full[F Float](data []F, rows, cols int) matrix[F] { return matrix[F]{data, rows, cols, cols} }

const (
	asIs       = blas.NoTrans
	transposed = blas.Trans
)

// gemm computes c ← a·b + beta·c, with a and b optionally transposed, with the BLAS in use. The cores share the rows of c.
func gemm[F Float](ta blas.Transpose, a matrix[F], tb blas.Transpose, b matrix[F], beta F, c matrix[F]) {
	inner := a.cols
	if ta == transposed {
		inner = a.rows
	}
	multiply.ShareRows(c.rows, max(1, gemmGrain/(c.cols*inner+1)), func(lo, hi int) {
		part := a
		if ta == transposed {
			part.data, part.cols = a.data[lo:], hi-lo
		} else {
			part.data, part.rows = a.data[lo*a.stride:], hi-lo
		}
		whole(ta, part, tb, b, beta, matrix[F]{c.data[lo*c.stride:], hi - lo, c.cols, c.stride})
	})
}

// gemmGrain is the number of multiplications that is worth a goroutine.
const gemmGrain = 1 << 17

// whole computes a product on this goroutine.
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

// transpose sets to [cols, rows] to the transpose of from [rows, cols].
func transpose[F Float](to, from []F, rows, cols int) {
	cores.Share(cols, max(1, elementGrain/max(rows, 1)), func(lo, hi int) {
		for i := range rows {
			for j := lo; j < hi; j++ {
				to[j*rows+i] = from[i*cols+j]
			}
		}
	})
}

// columnSums sets sum to the sum over m's rows, column by column.
func columnSums[F Float](sum []F, m matrix[F]) {
	clear(sum)
	addColumns(sum, m)
}

// addColumns adds m's rows to sum in order, on any number of cores.
func addColumns[F Float](sum []F, m matrix[F]) {
	cores.Share(m.cols, max(1, elementGrain/max(m.rows, 1)), func(lo, hi int) {
		part := sum[lo:hi]
		for i := range m.rows {
			simd.Add(part, m.data[i*m.stride+lo:i*m.stride+hi])
		}
	})
}
