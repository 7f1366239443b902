package op

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
)

func TestSpreadProductIsTheWholeOne(t *testing.T) {
	const m, n, k, stride = 90, 80, 70, 96
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(rows, cols int) matrix[float64] {
		data := make([]float64, (rows-1)*stride+cols)
		for i := range data {
			data[i] = rng.NormFloat64()
		}
		return matrix[float64]{data, rows, cols, stride}
	}
	for _, ta := range []blas.Transpose{asIs, transposed} {
		for _, tb := range []blas.Transpose{asIs, transposed} {
			a, b := draw(m, k), draw(k, n)
			if ta == transposed {
				a = draw(k, m)
			}
			if tb == transposed {
				b = draw(n, k)
			}
			want := draw(m, n)
			got := matrix[float64]{append([]float64(nil), want.data...), m, n, stride}
			whole(ta, a, tb, b, 1, want)
			gemm(ta, a, tb, b, 1, got)
			require.InDeltaSlice(t, want.data, got.data, 1e-12, "%c %c", ta, tb)
		}
	}
}

func TestColumnSums(t *testing.T) {
	m := matrix[float64]{[]float64{1, 2, 3, 9, 4, 5, 6, 9}, 2, 3, 4}
	sum := []float64{100, 100, 100}
	columnSums(sum, m)
	require.Equal(t, []float64{5, 7, 9}, sum)
}
