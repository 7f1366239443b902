package dag

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	multiply "deepcausalmmm/internal/blas" // makes our own kernels the default of gonum's interface too
	"deepcausalmmm/internal/cores"
)

// Acyclicity is h(W) = tr(exp(W∘W)) − d, for W [d, d]: 0 on a directed acyclic graph and positive on any other (Zheng
// et al. 2018, theorem 1).
//
// Both hold exactly, in any order of the nodes and however weak the cycle: the structure decides whether a graph is
// acyclic, and an h that underflows is the smallest positive number. Otherwise h is accurate to nearly all digits; see
// expm1. It is +Inf if a weight is not finite, and on a cyclic graph whose exp(W∘W) overflows or that has a node whose
// squared weights sum to more than 2⁴⁰.
func Acyclicity(w mat.Matrix) float64 {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	_, h := s.walks(w)
	return h
}

// AcyclicityGrad sets dst [d, d] to the gradient ∂h/∂W = exp(W∘W)ᵀ ∘ 2W and returns h(W). The gradient is exactly 0 on
// a DAG, where no edge has a way back, and NaN if h is +Inf, so that no solver descends along it. As elsewhere in gonum,
// dst may be empty, or w itself.
func AcyclicityGrad(dst *mat.Dense, w mat.Matrix) (h float64) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	e, h := s.walks(w)
	weights := raw(w)
	n := weights.Rows
	if dst.IsEmpty() {
		dst.ReuseAs(n, n)
	}
	grad := dst.RawMatrix()
	for i := range n {
		row := grad.Data[i*grad.Stride : i*grad.Stride+n]
		for j, v := range weights.Data[i*weights.Stride : i*weights.Stride+n] {
			switch {
			case h == 0:
				row[j] = 0
			case math.IsInf(h, 1):
				row[j] = math.NaN()
			case i == j:
				row[j] = 2 * v * (1 + e.Data[j*e.Stride+i])
			default:
				row[j] = 2 * v * e.Data[j*e.Stride+i]
			}
		}
	}
	return h
}

// scratch is the memory of one evaluation, reused by the next: allocating the matrices would cost as much as the
// products.
type scratch struct {
	matrices []float64
	sets     []uint64
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// square returns k matrices [n, n], the first of them for A.
func (s *scratch) square(k, n int) []blas64.General {
	if cap(s.matrices) < k*n*n {
		s.matrices = make([]float64, k*n*n)
	}
	m := make([]blas64.General, k)
	for i := range m {
		m[i] = blas64.General{Rows: n, Cols: n, Stride: n, Data: s.matrices[i*n*n : (i+1)*n*n]}
	}
	return m
}

// maxNorm bounds the number of squarings, and so the time spent on absurdly large weights.
const maxNorm = 1 << 40

// walks returns E = exp(W∘W) − I and its trace h. Entry [i, j] of E sums over all walks from i to j, of k steps each,
// the product of their squared weights over k!; the diagonal holds the cycles. If h is 0 or +Inf, E is undefined.
func (s *scratch) walks(w mat.Matrix) (e blas64.General, h float64) {
	n := order(w)
	m := s.square(6, n)
	norm := square(m[0], raw(w))
	switch {
	case math.IsNaN(norm):
		return e, math.Inf(1)
	case IsDAG(w):
		return e, 0
	case norm > maxNorm:
		return e, math.Inf(1)
	}
	e = s.expm1(m, norm)
	for i := range n {
		h += e.Data[i*n+i]
	}
	if math.IsNaN(h) { // Inf·0, after an overflow
		return e, math.Inf(1)
	}
	return e, max(h, math.SmallestNonzeroFloat64)
}

// square sets A to W∘W and returns its largest row sum, which is NaN if any weight is not finite.
func square(a, w blas64.General) (norm float64) {
	for i := range w.Rows {
		sum := 0.0
		row := a.Data[i*a.Stride : i*a.Stride+w.Cols]
		for j, v := range w.Data[i*w.Stride : i*w.Stride+w.Cols] {
			row[j] = v * v
			sum += v*v + 0*v // 0·v is NaN for an infinite v, but not where only v² overflows
		}
		norm = max(norm, sum) // max passes a NaN on
	}
	return norm
}

// degree is the last term of the Taylor series of a scaled A, and stride the grouping of its terms by Paterson and
// Stockmeyer (1973): given A², A³ and A⁴, 16 terms take three more products, six in all.
const (
	degree = 16
	stride = 4
)

// expm1 returns E = exp(A) − I for the first matrix, A ≥ 0 of a largest row sum norm; it overwrites all six.
//
// The direct computation, tr(exp A) − d by Padé approximation, subtracts d from a sum near d and solves with pivots, so
// that rounding errors of 1e-15 hide weak cycles. Here nothing is subtracted: with B = A/2^s, the series Σ_{k≥1} Bᵏ/k! and
// then s squarings E ← 2E + E² only add and multiply non-negative numbers. Each entry keeps its own relative accuracy, and
// structural zeros stay 0 (Xue and Ye 2013). The 6 + s matrix products dominate the cost.
func (s *scratch) expm1(m []blas64.General, norm float64) (e blas64.General) {
	a := m[0]
	squarings := s.squarings(a, norm)
	blas64.Scal(math.Ldexp(1, -squarings), blas64.Vector{N: len(a.Data), Data: a.Data, Inc: 1})
	powers := [stride]blas64.General{a, m[1], m[2], m[3]}
	e, next := m[4], m[5]
	multiplyAdd(a, a, 0, powers[1])
	multiplyAdd(powers[1], a, 0, powers[2])
	multiplyAdd(powers[1], powers[1], 0, powers[3])
	terms(e, powers, degree-stride)
	for k := degree - 2*stride; k >= 0; k -= stride { // Horner's rule in B⁴
		terms(next, powers, k)
		multiplyAdd(powers[stride-1], e, 1, next)
		e, next = next, e
	}
	for range squarings {
		copy(next.Data, e.Data)
		multiplyAdd(e, e, 2, next)
		e, next = next, e
	}
	return e
}

// squarings is the s at which truncating the series at degree m changes no digit of any entry of exp(A) − I.
//
// The truncation error is at most 2^(−sm)·A^(m+1)·exp(A)/(m+1)!, entry by entry. By norms that is soon small enough. But
// two nodes may be joined only by walks of many steps, k say, whose weight is 1/k! of what the norm suggests, and h must not
// miss a weak cycle through all nodes. Its relative error is as if the norm were k + ‖A‖. Few terms and more squarings take
// the fewest products (Shao, Gao and Xue 2014): 7 if weak edges join all nodes, 11 for a ring of 13 nodes, 15 for one of
// 200.
func (s *scratch) squarings(a blas64.General, norm float64) int {
	lnFactorial, _ := math.Lgamma(degree + 2)
	lost := ((degree+1)*math.Log(float64(s.diameter(a))+norm) - lnFactorial) / math.Ln2
	return max(0, int(math.Ceil((lost+53)/degree)))
}

// diameter is the largest number of steps of a shortest walk from one node to another, or back to itself. With sets of
// nodes as bits, a step costs n/64 operations per edge.
func (s *scratch) diameter(a blas64.General) int {
	const word = 64
	n, words := a.Rows, (a.Rows+word-1)/word
	if cap(s.sets) < 2*n*words {
		s.sets = make([]uint64, 2*n*words)
	}
	reached, next := s.sets[:n*words], s.sets[n*words:2*n*words] // from i in a number of steps, and in one more
	clear(reached)
	for i := range n {
		for j, v := range a.Data[i*n : (i+1)*n] {
			if v != 0 {
				reached[i*words+j/word] |= 1 << (j % word)
			}
		}
	}
	for steps := 1; ; steps++ {
		copy(next, reached)
		for i := range n {
			to := next[i*words : (i+1)*words]
			for j, v := range a.Data[i*n : (i+1)*n] {
				if v == 0 {
					continue
				}
				for k, set := range reached[j*words : (j+1)*words] {
					to[k] |= set
				}
			}
		}
		if slices.Equal(next, reached) {
			return steps
		}
		reached, next = next, reached
	}
}

// terms sets dst to Σ_{p=1..stride} Bᵖ/(k+p)!.
func terms(dst blas64.General, powers [stride]blas64.General, k int) {
	var c [stride]float64
	for p := range c {
		c[p] = 1 / math.Gamma(float64(k+p+2))
	}
	cores.Share(len(dst.Data), 1<<13, func(lo, hi int) {
		p0, p1, p2, p3 := powers[0].Data[lo:hi], powers[1].Data[lo:hi], powers[2].Data[lo:hi], powers[3].Data[lo:hi]
		for i := range p0 {
			dst.Data[lo+i] = c[0]*p0[i] + c[1]*p1[i] + c[2]*p2[i] + c[3]*p3[i]
		}
	})
}

// multiplyAdd sets dst to A·B + beta·dst. The cores share the rows.
func multiplyAdd(a, b blas64.General, beta float64, dst blas64.General) {
	multiply.ShareRows(a.Rows, max(1, multiplyGrain/(a.Cols*b.Cols)), func(lo, hi int) {
		rows := func(m blas64.General) blas64.General {
			return blas64.General{Rows: hi - lo, Cols: m.Cols, Stride: m.Stride, Data: m.Data[lo*m.Stride:]}
		}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, rows(a), b, beta, rows(dst))
	})
}

// multiplyGrain is the fewest multiplications worth a goroutine.
const multiplyGrain = 1 << 17
