// Package blas selects the BLAS backend: our own kernels, a BLAS of the machine, loaded at run time without cgo, or gonum. The
// choice holds for the whole process; before Use it is Go. Start reading at Use.
package blas

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"golang.org/x/sys/cpu"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/gorgonia"

	"deepcausalmmm/internal/cores"
	"deepcausalmmm/internal/simd"
)

// Choices of Use besides the path of a library.
const (
	Auto = "auto" // Go if the processor can run our kernels, else the machine's BLAS if its products are correct, else Go
	Go   = "go"   // our own kernels if the processor can run them, else gonum
)

// Variable is the environment variable with the default choice.
const Variable = "DEEPCAUSALMMM_BLAS"

var (
	used string
	ours bool // our own kernels are in use
)

func init() { set(pureGo()) }

// Used names the backend in use.
func Used() string { return used }

// Choice returns the value of the flag, or else of the environment variable, or else Auto.
func Choice(flag string) string {
	for _, choice := range []string{flag, os.Getenv(Variable)} {
		if choice != "" {
			return choice
		}
	}
	return Auto
}

// errNone means that the machine has no BLAS, or that this build cannot load one.
var errNone = errors.New("no BLAS to load")

// Use selects the backend: Auto, Go, or the path of a library with a CBLAS interface. If the products of a library differ from
// gonum's, Go is used and a warning returned. A path that cannot be loaded is an error. Use must not be called while matrices
// are being multiplied.
//
// Auto prefers our kernels to the machine's BLAS because they are faster on this model's products, see docs/performance.md.
// A loaded library is set to one thread, and runs on the calling goroutine like our kernels: its own threads would wait for
// the next product in a busy loop, and take the cores from the computations in between.
func Use(choice string) (warning string, err error) {
	set(pureGo())
	if choice == Go || choice == Auto && simd.Available() {
		return "", nil
	}
	lib, name, err := load(choice)
	switch {
	case choice == Auto && err != nil: // none, or one that cannot be used
		return "", nil
	case err != nil:
		said := "--blas"
		if choice == os.Getenv(Variable) {
			said = "$" + Variable
		}
		return "", fmt.Errorf("%s %s: %w (auto and go do not need it)", said, choice, err)
	}
	if off := disagreement(lib); !(off <= tolerance) {
		return fmt.Sprintf("%s multiplies incorrectly (off by %.2g); %s is used instead", name, off, used), nil
	}
	set(lib, name)
	return "", nil
}

// pureGo is gonum, with our own kernels for matrix products if the processor can run them.
func pureGo() (gorgonia.BLAS, string) {
	if !simd.Available() {
		return gonum.Implementation{}, "gonum"
	}
	return kernels{}, "gonum with " + simd.Kernel() + " kernels"
}

// kernels is gonum with our own matrix products.
type kernels struct{ gonum.Implementation }

// Sgemm is c ← alpha·a·b + beta·c in float32.
func (l kernels) Sgemm(ta, tb blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int,
	beta float32, c []float32, ldc int) {
	if alpha != 1 { // not used by the model
		l.Implementation.Sgemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	simd.Gemm(ta != blas.NoTrans, tb != blas.NoTrans, m, n, k, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm is c ← alpha·a·b + beta·c in float64.
func (l kernels) Dgemm(ta, tb blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int,
	beta float64, c []float64, ldc int) {
	if alpha != 1 {
		l.Implementation.Dgemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	simd.Gemm(ta != blas.NoTrans, tb != blas.NoTrans, m, n, k, a, lda, b, ldb, beta, c, ldc)
}

func set(lib gorgonia.BLAS, name string) {
	blas32.Use(lib)
	blas64.Use(lib)
	gorgonia.Use(lib)
	used = name
	_, ours = lib.(kernels)
}

// ShareRows distributes the rows of products over the cores, as cores.Share does. Our kernels compute each row independently
// of the others. Another BLAS may not, so for it the division depends only on n: with either, the same seed gives the same
// bytes on any number of cores.
func ShareRows(n, grain int, do func(lo, hi int)) {
	if ours {
		cores.Share(n, grain, do)
		return
	}
	const most, fewestRows = 8, 64 // a library copies its right-hand side for each product
	blocks := max(1, min(most, n/max(grain, fewestRows)))
	cores.Share(blocks, 1, func(lo, hi int) {
		for b := lo; b < hi; b++ {
			do(n*b/blocks, n*(b+1)/blocks)
		}
	})
}

// AVX512 reports whether the processor has every extension that OpenBLAS's kernels for SkylakeX need.
func AVX512() bool {
	x := cpu.X86
	return x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512CD
}

// tolerance of the check, in units of the precision times the length of the sums.
const tolerance = 4

// disagreement multiplies random matrices, transposed and not, with a library and with gonum. It returns the largest
// difference in units of the precision times the length of the sums.
func disagreement(lib gorgonia.BLAS) float64 {
	const m, n, k, stride = 37, 53, 41, 64
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func() ([]float64, []float32) {
		wide, narrow := make([]float64, stride*stride), make([]float32, stride*stride)
		for i := range wide {
			wide[i] = rng.Float64() - 0.5
			narrow[i] = float32(wide[i])
		}
		return wide, narrow
	}
	a64, a32 := draw()
	b64, b32 := draw()
	worst := 0.0
	for _, ta := range []blas.Transpose{blas.NoTrans, blas.Trans} {
		for _, tb := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			for _, beta := range []float64{0, 1} {
				c64, c32 := draw()
				want64, want32 := append([]float64(nil), c64...), append([]float32(nil), c32...)
				lib.Dgemm(ta, tb, m, n, k, 1, a64, stride, b64, stride, beta, c64, stride)
				gonum.Implementation{}.Dgemm(ta, tb, m, n, k, 1, a64, stride, b64, stride, beta, want64, stride)
				lib.Sgemm(ta, tb, m, n, k, 1, a32, stride, b32, stride, float32(beta), c32, stride)
				gonum.Implementation{}.Sgemm(ta, tb, m, n, k, 1, a32, stride, b32, stride, float32(beta), want32, stride)
				for i := range c64 {
					worst = larger(worst, math.Abs(c64[i]-want64[i])/(k*0x1p-53))
					worst = larger(worst, math.Abs(float64(c32[i]-want32[i]))/(k*0x1p-24))
				}
			}
		}
	}
	return worst
}

// larger returns the maximum, with NaN as the largest value.
func larger(a, b float64) float64 {
	if b > a || math.IsNaN(b) {
		return b
	}
	return a
}
