package dag_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

func TestFromLogits(t *testing.T) {
	logits := mat.NewDense(3, 3, []float64{9, 0, 0.5, -0.5, 9, 1, 2, -2, 9})
	for _, mode := range []dag.Mode{dag.Triangular, dag.NOTEARS} {
		w, mask := dag.FromLogits(logits, mode, 0.5), dag.Mask(3, mode)
		for i := range 3 {
			for j := range 3 {
				want := mask.At(i, j) / (1 + math.Exp(-logits.At(i, j)/0.5))
				require.InDelta(t, want, w.At(i, j), 1e-15)
			}
		}
	}
	cold := dag.FromLogits(logits, dag.Triangular, 0)
	require.Equal(t, 1.0, cold.At(0, 2), "a temperature of 0 decides, and does not divide by 0")
	require.Equal(t, 0.5, cold.At(0, 1))
}

func TestMask(t *testing.T) {
	require.Equal(t, []float64{0, 1, 1, 0, 0, 1, 0, 0, 0}, dag.Mask(3, dag.Triangular).RawMatrix().Data)
	require.Equal(t, []float64{0, 1, 1, 1, 0, 1, 1, 1, 0}, dag.Mask(3, dag.NOTEARS).RawMatrix().Data)
}

func TestPenalties(t *testing.T) {
	w := mat.NewDense(2, 2, []float64{3, -1, -4, 2})
	require.InDelta(t, 10, dag.L1(w), 1e-15)
	require.InDelta(t, 5+math.Sqrt(5), dag.GroupL1(w, 0), 1e-15)
	require.InDelta(t, 2*math.Sqrt(1e-8), dag.GroupL1(mat.NewDense(2, 2, nil), 1e-8), 1e-20)
}
