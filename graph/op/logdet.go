package op

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// LogDet is the acyclicity of DAGMA (Bello et al. 2022) of an adjacency W [d, d], a scalar:
//
//	h_s(W) = −ln det(sI − W∘W) + d·ln s
//
// It is 0 on a directed acyclic graph, and defined if all eigenvalues of W∘W are below the scalar s. Elsewhere it is +Inf
// with a gradient of NaN. s is a constant to differentiation. It computes in float64 whatever the graph's dtype.
func LogDet(w, s *Node) *Node {
	return pick(w, logDetOf[float32], logDetOf[float64])(w, s)
}

func logDetOf[F Float](w, s *Node) *Node {
	d, cols := matrixShape("adjacency", w)
	if cols != d || s.Dims() != 0 {
		Fail("op: log-det of an adjacency %v at s of shape %v", w.Shape(), s.Shape())
	}
	slope := make([]F, d*d) // left by the forward run
	m := blas64.General{Rows: d, Cols: d, Stride: d, Data: make([]float64, d*d)}
	return apply(kernel[F]{
		name: "log-det", constants: []int{1},
		run: func(out []F, in [][]F) {
			h, ok := logDet(m, in[0], float64(in[1][0]))
			for i, v := range in[0] {
				slope[i] = 2 * v * F(m.Data[i%d*d+i/d])
				if !ok {
					h, slope[i] = math.Inf(1), F(math.NaN())
				}
			}
			out[0] = F(h)
		},
		diff: func(in Nodes, out, grad *Node) Nodes {
			return Nodes{scaledBy("∂log-det", w, slope, out, grad), nil}
		},
	}, w, s)
}

// logDet returns h_s(W) and sets m to (sI − W∘W)⁻¹. It is not ok outside of h_s's domain, where the inverse is not the sum
// of all walks and so has negative entries.
func logDet[F Float](m blas64.General, w []F, s float64) (h float64, ok bool) {
	n := m.Rows
	for i, v := range w {
		m.Data[i] = -float64(v) * float64(v)
	}
	for i := range n {
		m.Data[i*n+i] += s
	}
	pivots := make([]int, n)
	if !lapack64.Getrf(m, pivots) {
		return 0, false
	}
	h = float64(n) * math.Log(s)
	positive := true
	for i, swapped := range pivots {
		u := m.Data[i*n+i]
		positive = positive == ((u > 0) == (swapped == i))
		h -= math.Log(math.Abs(u))
	}
	if !positive || math.IsNaN(h) || math.IsInf(h, 0) {
		return 0, false
	}
	var size [1]float64
	lapack64.Getri(m, pivots, size[:], -1)
	if !lapack64.Getri(m, pivots, make([]float64, int(size[0])), int(size[0])) {
		return 0, false
	}
	return h, floats.Min(m.Data) >= -1e-12*floats.Max(m.Data)
}
