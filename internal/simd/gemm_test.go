package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

func draw(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func trans(yes bool) blas.Transpose {
	if yes {
		return blas.Trans
	}
	return blas.NoTrans
}

func widen(x []float32) []float64 {
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return wide
}

// Sizes stand around a tile's 12 × 32 and 6 × 16, and around the blocks.
func TestGemmIsGonumsProduct(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range []int{1, 5, 6, 11, 12, 13, 24, 37, 400} {
		for _, n := range []int{1, 7, 15, 16, 17, 31, 32, 33, 70} {
			for _, k := range []int{0, 1, 2, 153, 319, 320, 321, 700} {
				for way := range 4 {
					transA, transB := way&1 == 1, way&2 == 2
					lda, ldb, ldc := k+3, n+1, n+2
					a, b, c := draw(rng, m*lda), draw(rng, k*ldb), draw(rng, m*ldc)
					if transA {
						lda = m + 3
						a = draw(rng, k*lda)
					}
					if transB {
						ldb = k + 1
						b = draw(rng, n*ldb)
					}
					for _, beta := range []float32{0, 1, -0.5} {
						want := widen(c)
						gonum.Implementation{}.Dgemm(trans(transA), trans(transB), m, n, k, 1, widen(a), max(lda, 1), widen(b),
							max(ldb, 1), float64(beta), want, ldc)
						for _, tile := range tiles {
							got := append([]float32(nil), c...)
							gemm(&tile, transA, transB, m, n, k, a, lda, b, ldb, beta, got, ldc)
							for i := range want {
								if d := float64(got[i]) - want[i]; d > 2e-4 || d < -2e-4 {
									t.Fatalf("%s: %d×%d×%d, transposed %v %v, beta %v: c[%d, %d] is %v, not %v",
										tile.name, m, n, k, transA, transB, beta, i/ldc, i%ldc, got[i], want[i])
								}
							}
						}
					}
				}
			}
		}
	}
}

func BenchmarkGemm(b *testing.B) {
	for _, tile := range tiles {
		for _, s := range [][3]int{{9690, 280, 280}, {9690, 840, 153}, {95, 840, 280}} {
			m, n, k := s[0], s[1], s[2]
			x, w, y := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
			for name, f := range map[string]func(){
				"NT": func() { gemm(&tile, false, true, m, n, k, x, k, w, k, 0, y, n) },
				"NN": func() { gemm(&tile, false, false, m, k, n, y, n, w, k, 0, x, k) },
				"TN": func() { gemm(&tile, true, false, n, k, m, y, n, x, k, 0, w, k) },
			} {
				b.Run(fmt.Sprintf("%s/%s/%d×%d×%d", tile.name, name, m, n, k), func(b *testing.B) {
					for b.Loop() {
						f()
					}
					b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
