package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

func draw[F Float](rng *rand.Rand, n int) []F {
	x := make([]F, n)
	for i := range x {
		x[i] = F(rng.NormFloat64())
	}
	return x
}

func trans(yes bool) blas.Transpose {
	if yes {
		return blas.Trans
	}
	return blas.NoTrans
}

func widen[F Float](x []F) []float64 {
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return wide
}

func TestGemmAgreesWithGonum(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testGemm(t, singles, 2e-4) })
	t.Run("float64", func(t *testing.T) { testGemm(t, doubles, 1e-12) })
}

// Sizes around those of the tiles, 12 × 32 and 6 × 16, and of the blocks.
func testGemm[F Float](t *testing.T, tiles []tile[F], tolerance float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range []int{1, 5, 6, 11, 12, 13, 24, 37, 400} {
		for _, n := range []int{1, 7, 15, 16, 17, 31, 32, 33, 70} {
			for _, k := range []int{0, 1, 2, 153, 320, 321} {
				for way := range 4 {
					transA, transB := way&1 == 1, way&2 == 2
					lda, ldb, ldc := k+3, n+1, n+2
					if n == 70 {
						ldb = 256 // rows that collide in the cache
					}
					if m == 37 {
						lda = 512
					}
					a, b, c := draw[F](rng, m*lda), draw[F](rng, k*ldb), draw[F](rng, m*ldc)
					if transA {
						lda = max(m+3, lda-lda%256)
						a = draw[F](rng, k*lda)
					}
					if transB {
						ldb = k + 1
						b = draw[F](rng, n*ldb)
					}
					for _, beta := range []F{0, 1, -0.5} {
						want := widen(c)
						gonum.Implementation{}.Dgemm(trans(transA), trans(transB), m, n, k, 1, widen(a), max(lda, 1), widen(b),
							max(ldb, 1), float64(beta), want, ldc)
						for _, tile := range tiles {
							got := append([]F(nil), c...)
							gemm(&tile, transA, transB, m, n, k, a, lda, b, ldb, beta, got, ldc)
							for i := range want {
								if !(math.Abs(float64(got[i])-want[i]) < tolerance) {
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

// The bits of a product do not depend on the kernel, nor on how its rows are distributed over cores.
func TestGemmDoesNotDependOnTheKernelNorTheCores(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testBits(t, singles) })
	t.Run("float64", func(t *testing.T) { testBits(t, doubles) })
}

func testBits[F Float](t *testing.T, tiles []tile[F]) {
	if len(tiles) < 2 {
		t.Skip("the processor has one kernel or none")
	}
	const m, n, k = 100, 90, 500
	rng := rand.New(rand.NewPCG(1, 2))
	a, b, c := draw[F](rng, m*k), draw[F](rng, k*n), make([]F, m*n)
	gemm(&tiles[0], false, false, m, n, k, a, k, b, n, 0, c, n)
	for i, tile := range tiles {
		for _, split := range []int{0, 1, 17, 50} {
			got := make([]F, m*n)
			gemm(&tile, false, false, split, n, k, a, k, b, n, 0, got, n)
			gemm(&tile, false, false, m-split, n, k, a[split*k:], k, b, n, 0, got[split*n:], n)
			for j := range c {
				if got[j] != c[j] {
					t.Fatalf("kernel %d, split at %d: element %d is %v, not %v", i, split, j, got[j], c[j])
				}
			}
		}
	}
}

func BenchmarkGemm(b *testing.B) {
	b.Run("float32", func(b *testing.B) { benchmarkGemm(b, singles) })
	b.Run("float64", func(b *testing.B) { benchmarkGemm(b, doubles) })
}

func benchmarkGemm[F Float](b *testing.B, tiles []tile[F]) {
	for _, tile := range tiles {
		for _, s := range [][3]int{{9690, 280, 280}, {9690, 840, 153}, {95, 840, 280}, {200, 200, 200}, {960, 1024, 1024}, {95, 768, 256}} {
			m, n, k := s[0], s[1], s[2]
			x, w, y := make([]F, m*k), make([]F, n*k), make([]F, m*n)
			for _, way := range []struct {
				name string
				run  func()
			}{
				{"NT", func() { gemm(&tile, false, true, m, n, k, x, k, w, k, 0, y, n) }},
				{"NN", func() { gemm(&tile, false, false, m, k, n, y, n, w, k, 0, x, k) }},
				{"TN", func() { gemm(&tile, true, false, n, k, m, y, n, x, k, 0, w, k) }},
			} {
				b.Run(fmt.Sprintf("%s/%s/%d×%d×%d", tile.name, way.name, m, n, k), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						way.run()
					}
					b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
