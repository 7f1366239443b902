//go:build (linux || darwin) && !static

package blas

import (
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/ebitengine/purego"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/gorgonia"
)

// libraries lists the names of the BLAS on each system, best first.
var libraries = map[string][]string{
	"linux":  {"libopenblas.so.0", "libopenblas.so"},
	"darwin": {"/System/Library/Frameworks/Accelerate.framework/Accelerate"},
}

// library is a CBLAS for matrix products. The rest of BLAS, which the model does not use, is gonum's.
type library struct {
	gonum.Implementation
	sgemm func(order, ta, tb, m, n, k int32, alpha float32, a *float32, lda int32, b *float32, ldb int32,
		beta float32, c *float32, ldc int32)
	dgemm func(order, ta, tb, m, n, k int32, alpha float64, a *float64, lda int32, b *float64, ldb int32,
		beta float64, c *float64, ldc int32)
}

// load opens the system's BLAS (Auto) or the library at a path.
func load(choice string) (lib gorgonia.BLAS, name string, err error) {
	prepare()
	paths := []string{choice}
	if choice == Auto {
		paths = libraries[runtime.GOOS]
	}
	var handle uintptr
	for _, path := range paths {
		if handle, err = purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL); err == nil {
			name = filepath.Base(path)
			break
		}
	}
	switch {
	case err != nil && choice == Auto:
		return nil, "", errNone
	case err != nil:
		return nil, "", err
	}
	l := &library{}
	for symbol, f := range map[string]any{"cblas_sgemm": &l.sgemm, "cblas_dgemm": &l.dgemm} {
		address, err := purego.Dlsym(handle, symbol)
		if err != nil {
			return nil, "", fmt.Errorf("%s has no %s", name, symbol)
		}
		purego.RegisterFunc(f, address)
	}
	if address, err := purego.Dlsym(handle, "openblas_set_num_threads"); err == nil {
		var setThreads func(n int32)
		purego.RegisterFunc(&setThreads, address)
		setThreads(1) // see Use
	}
	return l, name + core(handle), nil
}

// core returns the processor type of OpenBLAS's kernels, "" for any other library.
func core(handle uintptr) string {
	address, err := purego.Dlsym(handle, "openblas_get_corename")
	if err != nil {
		return ""
	}
	var name func() string
	purego.RegisterFunc(&name, address)
	return " (" + name() + ")"
}

// prepare sets the variables that OpenBLAS reads when it is loaded, unless the user set them: one thread, see Use, and its
// AVX-512 kernels if the processor has AVX-512. On a processor newer than the library, OpenBLAS would otherwise use AVX2
// kernels at half the speed. It reads libc's environment, which os.Setenv does not change.
func prepare() {
	if runtime.GOOS != "linux" {
		return
	}
	libc, err := purego.Dlopen("libc.so.6", purego.RTLD_NOW)
	if err != nil {
		return // another libc: OpenBLAS chooses its own, slower kernels
	}
	var setenv func(name, value string, overwrite int32) int32
	purego.RegisterLibFunc(&setenv, libc, "setenv")
	setenv("OPENBLAS_NUM_THREADS", "1", 0)
	if AVX512() {
		setenv("OPENBLAS_CORETYPE", "SkylakeX", 0)
	}
}

// CBLAS constants for row-major order and transposition.
const (
	rowMajor = 101
	noTrans  = 111
	trans    = 112
)

func flag(t blas.Transpose) int32 {
	if t == blas.NoTrans {
		return noTrans
	}
	return trans
}

// Sgemm is c ← alpha·a·b + beta·c in float32.
func (l *library) Sgemm(ta, tb blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int,
	beta float32, c []float32, ldc int) {
	if m == 0 || n == 0 || k == 0 { // there is no first element
		l.Implementation.Sgemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	l.sgemm(rowMajor, flag(ta), flag(tb), int32(m), int32(n), int32(k), alpha, &a[0], int32(lda), &b[0], int32(ldb),
		beta, &c[0], int32(ldc))
}

// Dgemm is c ← alpha·a·b + beta·c in float64.
func (l *library) Dgemm(ta, tb blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int,
	beta float64, c []float64, ldc int) {
	if m == 0 || n == 0 || k == 0 { // there is no first element
		l.Implementation.Dgemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	l.dgemm(rowMajor, flag(ta), flag(tb), int32(m), int32(n), int32(k), alpha, &a[0], int32(lda), &b[0], int32(ldb),
		beta, &c[0], int32(ldc))
}
