package blas

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"deepcausalmmm/internal/simd"
)

func TestUse(t *testing.T) {
	defer func() { _, _ = Use(Go) }()
	warning, err := Use(Auto)
	require.NoError(t, err)
	require.Empty(t, warning)
	t.Log(Used())
	_, err = Use(Go)
	require.NoError(t, err)
	require.Regexp(t, "^gonum", Used())
	_, err = Use("/none/libblas.so")
	require.ErrorContains(t, err, "--blas /none/libblas.so")
	require.Regexp(t, "^gonum", Used(), "what cannot be loaded leaves gonum in use")
}

func TestUseLoadsALibrary(t *testing.T) {
	defer func() { _, _ = Use(Go) }()
	const openblas = "libopenblas.so.0"
	warning, err := Use(openblas)
	if err != nil {
		t.Skip("no OpenBLAS to load: ", err)
	}
	require.Empty(t, warning)
	require.Regexp(t, "^"+openblas, Used())
}

func TestOurKernelsAgreeWithGonum(t *testing.T) {
	if !simd.Available() {
		t.Skip("no kernels for this processor")
	}
	ours, name := pureGo()
	require.Equal(t, "gonum with "+simd.Kernel()+" kernels", name)
	require.LessOrEqual(t, disagreement(ours), float64(tolerance))
	require.Equal(t, name, Used())
}

// broken computes one element incorrectly.
type broken struct {
	gonum.Implementation
	by float32
}

func (l broken) Sgemm(ta, tb blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int,
	beta float32, c []float32, ldc int) {
	l.Implementation.Sgemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	if ta == blas.Trans && beta == 1 {
		c[ldc+1] += l.by
	}
}

func TestDisagreementDetectsAWrongProduct(t *testing.T) {
	require.Zero(t, disagreement(gonum.Implementation{}))
	require.Greater(t, disagreement(broken{by: 1e-3}), float64(tolerance))
	off := disagreement(broken{by: float32(math.NaN())})
	require.True(t, !(off <= tolerance), "NaN too")
}
