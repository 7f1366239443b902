package op

import (
	"math"

	"deepcausalmmm/internal/cores"
)

// QuadraticScore is the least-squares score of a linear graph over lags, a scalar:
//
//	½/n·‖Z − Z·W − Σ_k Z_{t−k}·A_k‖² = ½·tr((E − B)ᵀ·S·(E − B))
//
// for weights B [(1+K)·d, d], W above A_1 … A_K, and the covariance S [(1+K)·d, (1+K)·d] of the variables and their lags in
// the same layout; E picks the variables. Its cost does not depend on the number of rows of Z. S is a constant to
// differentiation.
func QuadraticScore(b, s *Node) *Node {
	return pick(b, quadraticScore[float32], quadraticScore[float64])(b, s)
}

func quadraticScore[F Float](b, s *Node) *Node {
	P, d := matrixShape("score: weights", b)
	if rows, cols := matrixShape("score: covariance", s); rows != P || cols != P || d == 0 || P%d != 0 {
		Fail("op: score of weights %v for a covariance %v", b.Shape(), s.Shape())
	}
	slope := make([]F, P*d) // S·B − S·E, left by the forward run
	return apply(kernel[F]{
		name: "quadratic score", constants: []int{1},
		run: func(out []F, in [][]F) {
			b, s := in[0], in[1]
			gemm(asIs, full(s, P, P), asIs, full(b, P, d), 0, full(slope, P, d))
			score := 0.0
			for i := range P {
				for j := range d {
					at := i*d + j
					sb, sij := slope[at], s[i*P+j]
					score += float64(b[at]) * (float64(sb)/2 - float64(sij))
					slope[at] = sb - sij
				}
			}
			for j := range d {
				score += float64(s[j*P+j]) / 2
			}
			out[0] = F(score)
		},
		diff: func(in Nodes, out, grad *Node) Nodes {
			return Nodes{scaledBy("∂quadratic score", b, slope, out, grad), nil}
		},
	}, b, s)
}

// LogisticScore is the score of a linear graph over lags of binary variables, a scalar: the mean over rows of
//
//	Σ_j ln(1 + e^m_j) − x_j·m_j,  m = x·B + c
//
// where x [n, (1+K)·d] holds 0 and 1, the variables and then their lags, B [(1+K)·d, d] the weights, and c the intercepts
// that minimise the score. x is a constant to differentiation.
func LogisticScore(b, x *Node) *Node {
	return pick(b, logisticScore[float32], logisticScore[float64])(b, x)
}

func logisticScore[F Float](b, x *Node) *Node {
	P, d := matrixShape("score: weights", b)
	n, cols := matrixShape("score: data", x)
	if cols != P || d > P || n == 0 {
		Fail("op: score of weights %v for data %v", b.Shape(), x.Shape())
	}
	intercepts := make([]float64, d) // where the next run starts
	errors := make([]F, n*d)         // σ(m) − x, left by the forward run
	return apply(kernel[F]{
		name: "logistic score", constants: []int{1},
		run: func(out []F, in [][]F) {
			x := full(in[1], n, P)
			gemm(asIs, x, asIs, full(in[0], P, d), 0, full(errors, n, d))
			losses := make([]float64, d)
			cores.Share(d, 1, func(lo, hi int) {
				for j := lo; j < hi; j++ {
					losses[j], intercepts[j] = fitIntercept(full(errors, n, d), x, j, intercepts[j])
				}
			})
			score := 0.0
			for _, v := range losses {
				score += v
			}
			out[0] = F(score / float64(n))
		},
		diff: func(in Nodes, out, grad *Node) Nodes {
			db := apply(kernel[F]{
				name: "∂logistic score", shape: b.Shape(),
				run: func(dst []F, in [][]F) {
					gemm(transposed, full(in[0], n, P), asIs, full(errors, n, d), 0, full(dst, P, d))
					g := in[2][0] / F(n)
					for i := range dst {
						dst[i] *= g
					}
				},
			}, in[1], out, grad) // out, so that it runs after the forward op
			return Nodes{db, nil}
		},
	}, b, x)
}

// fitIntercept finds by Newton's method the intercept c at which variable j's mean error is 0, replaces its margins by
// the errors σ(m + c) − x, and returns its loss. The score is minimal in c, so its gradient by the weights is the partial
// one at that c.
func fitIntercept[F Float](margins, x matrix[F], j int, start float64) (loss, c float64) {
	const steps, bound = 30, 30
	c = start
	for range steps {
		slope, curve := 0.0, 1e-12
		for i := range x.rows {
			p := 1 / (1 + math.Exp(-float64(margins.data[i*margins.stride+j])-c))
			slope += p - float64(x.data[i*x.stride+j])
			curve += p * (1 - p)
		}
		step := max(-2, min(2, slope/curve))
		c = max(-bound, min(bound, c-step))
		if math.Abs(step) < 1e-10 {
			break
		}
	}
	for i := range x.rows {
		at := i*margins.stride + j
		m, v := float64(margins.data[at])+c, float64(x.data[i*x.stride+j])
		loss += max(m, 0) + math.Log1p(math.Exp(-math.Abs(m))) - v*m
		margins.data[at] = F(1/(1+math.Exp(-m)) - v)
	}
	return loss, c
}

// scaledBy is the gradient of a scalar op by its first input, given the slope that its forward run, out, has left.
func scaledBy[F Float](name string, input *Node, slope []F, out, grad *Node) *Node {
	return apply(kernel[F]{
		name: name, shape: input.Shape(),
		run: func(dst []F, in [][]F) {
			for i, s := range slope {
				dst[i] = in[1][0] * s
			}
		},
	}, out, grad)
}

func matrixShape(name string, x *Node) (rows, cols int) {
	if x.Dims() != 2 {
		Fail("op: %s %v: not a matrix", name, x.Shape())
	}
	return x.Shape()[0], x.Shape()[1]
}
