package dag

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/optim"
)

// Step is one round of the outer loop of NOTEARS or DAGMA, and the acyclicity that its inner minimisation reached.
type Step struct {
	Round      int
	Iterations int     // of the inner minimisation
	Score      float64 // the loss, without penalties
	H          float64
	Rho, Alpha float64 // NOTEARS: the penalty's weights in this round
	Mu         float64 // DAGMA: the weight of the score in this round
}

// ConvergenceError is a solver that ended with a graph that is not acyclic, and how it came there.
type ConvergenceError struct {
	Method Method
	Path   []Step
	Radius float64 // the spectral radius of W∘W, by whose exponential h grows
}

func (e *ConvergenceError) Error() string {
	last := e.Path[len(e.Path)-1]
	return fmt.Sprintf("dag: %s has not converged: h is %.3g after round %d, and the spectral radius of W∘W %.3g "+
		"(raise lambda1, or rescale the data)", e.Method, last.H, len(e.Path), e.Radius)
}

// continuous is the problem that NOTEARS and DAGMA solve: a smooth loss of the weights B [P, d] with an L1 penalty,
// where the weights of the same time must be acyclic. Only weights that may be other than 0 are free.
type continuous struct {
	score
	d, p   int
	free   []int     // places in B, row-major
	lambda []float64 // the L1 penalty of each
	start  []float64 // nil is 0
	b, g   blas64.General
	w, gh  *mat.Dense // of the same time, and the gradient of their acyclicity
}

func newContinuous(s score, d, lags int, c *Constraints, lambda float64) *continuous {
	p := d * (1 + lags)
	general := func() blas64.General {
		return blas64.General{Rows: p, Cols: d, Stride: d, Data: make([]float64, p*d)}
	}
	q := &continuous{score: s, d: d, p: p, b: general(), g: general(), gh: mat.NewDense(d, d, nil)}
	q.w = mat.NewDense(d, d, q.b.Data[:d*d]) // a view
	for i := range p {
		for j := range d {
			if i < d && !c.Allowed(i, j) || i >= d && !c.allowedLag(i%d, j) {
				continue
			}
			q.free = append(q.free, i*d+j)
			if i < d && c.Required(i, j) {
				q.lambda = append(q.lambda, 0)
			} else {
				q.lambda = append(q.lambda, lambda)
			}
		}
	}
	return q
}

// inner is the solver of one round, for an objective of a size. From a start only the graph's order is wanted, which
// refining then settles, and the last digits of its weights do not matter.
func (q *continuous) inner(size float64) optim.OWLQN {
	if q.start != nil {
		return optim.OWLQN{Tolerance: 1e-3 * size, Progress: 1e-6, MaxIterations: 100}
	}
	return optim.OWLQN{Tolerance: 1e-4 * size}
}

// set puts the free weights in their places.
func (q *continuous) set(x []float64) {
	for i, at := range q.free {
		q.b.Data[at] = x[i]
	}
}

// loss sets grad to the gradient of the score by the free weights.
func (q *continuous) loss(x, grad []float64) float64 {
	q.set(x)
	v := q.evaluate(q.b, q.g)
	for i, at := range q.free {
		grad[i] = q.g.Data[at]
	}
	return v
}

// addGradient adds factor·∂h/∂W, which stands in gh.
func (q *continuous) addGradient(grad []float64, factor float64) {
	h := q.gh.RawMatrix().Data
	for i, at := range q.free {
		if at < len(h) {
			grad[i] += factor * h[at]
		}
	}
}

// weights copies B apart: those of the same time, and those of each lag.
func (q *continuous) weights(x []float64) []*mat.Dense {
	q.set(x)
	var w []*mat.Dense
	for at := 0; at < len(q.b.Data); at += q.d * q.d {
		w = append(w, mat.DenseCopyOf(mat.NewDense(q.d, q.d, q.b.Data[at:at+q.d*q.d])))
	}
	return w
}

// acyclic is the h at which NOTEARS is done (Zheng et al. 2018).
const acyclic = 1e-8

// startAt begins at a graph rather than at 0. Since it is acyclic, the solvers begin near the end of their paths, with
// the weights of acyclicity and score that they would have there: from the beginning they would only leave it.
func (q *continuous) startAt(weights []*mat.Dense) {
	q.start = make([]float64, len(q.free))
	for i, at := range q.free {
		k, place := at/(q.d*q.d), at%(q.d*q.d)
		q.start[i] = weights[k].At(place/q.d, place%q.d)
	}
}

// notears solves min score + λ·‖B‖₁ subject to h(W) = 0 by the augmented Lagrangian (Zheng et al. 2018, algorithm 1):
// each round minimises score + λ·‖B‖₁ + ½ρh² + αh, then the duals take a step.
func (q *continuous) notears(ctx context.Context, progress func(Step)) ([]*mat.Dense, []Step, error) {
	x, rho := make([]float64, len(q.free)), 1.0
	if q.start != nil {
		copy(x, q.start)
		rho = 1e6
	}
	duals := NewDuals(rho, 0, 10, 1e16)
	var path []Step
	for round := 1; ; round++ {
		lagrangian := func(x, grad []float64) float64 {
			v := q.loss(x, grad)
			h := AcyclicityGrad(q.gh, q.w)
			penalty := duals.Rho/2*h*h + duals.Alpha*h
			if math.IsInf(penalty, 1) { // the radius of W∘W is too large, or nearly so: the line search backs off
				return penalty
			}
			q.addGradient(grad, duals.Rho*h+duals.Alpha)
			return v + penalty
		}
		min, err := q.inner(1).Minimise(ctx, lagrangian, q.lambda, x)
		if err != nil {
			return nil, path, err
		}
		step := Step{Round: round, Iterations: min.Iterations, Rho: duals.Rho, Alpha: duals.Alpha}
		step.Score = q.loss(x, make([]float64, len(x)))
		step.H = Acyclicity(q.w)
		path = append(path, step)
		progress(step)
		if step.H <= acyclic {
			return q.weights(x), path, nil
		}
		if duals.Rho >= duals.RhoMax || math.IsInf(min.Value, 1) {
			return nil, path, &ConvergenceError{MethodNOTEARS, path, SpectralRadius(q.w)}
		}
		duals.Update(step.H)
	}
}

// dagma follows the central path of min μ·(score + λ·‖B‖₁) + h_s(W), for falling μ and s (Bello et al. 2022, algorithm
// 1), with
//
//	h_s(W) = −ln det(sI − W∘W) + d·ln s
//
// which is 0 on acyclic graphs, and defined where all eigenvalues of W∘W are below s.
func (q *continuous) dagma(ctx context.Context, progress func(Step)) ([]*mat.Dense, []Step, error) {
	x, first := make([]float64, len(q.free)), 0
	if q.start != nil {
		copy(x, q.start)
		first = 3
	}
	var path []Step
	for round, s := range []float64{1, 0.9, 0.8, 0.7, 0.6} {
		if round < first {
			continue
		}
		mu := math.Pow(0.1, float64(round))
		central := func(x, grad []float64) float64 {
			v := q.loss(x, grad)
			h, ok := logDet(q.gh, q.w, s)
			if !ok {
				return math.Inf(1)
			}
			floats.Scale(mu, grad)
			q.addGradient(grad, 1)
			return mu*v + h
		}
		lambda := append([]float64(nil), q.lambda...)
		floats.Scale(mu, lambda)
		min, err := q.inner(mu).Minimise(ctx, central, lambda, x)
		if err != nil {
			return nil, path, err
		}
		step := Step{Round: round + 1, Iterations: min.Iterations, Mu: mu}
		step.Score = q.loss(x, make([]float64, len(x)))
		if h, ok := logDet(q.gh, q.w, s); ok {
			step.H = h
		} else {
			step.H = math.Inf(1)
		}
		path = append(path, step)
		progress(step)
		if math.IsInf(min.Value, 1) {
			return nil, path, &ConvergenceError{MethodDAGMA, path, SpectralRadius(q.w)}
		}
	}
	return q.weights(x), path, nil
}

// logDet returns h_s(W) and sets grad to its gradient 2(sI − W∘W)^−ᵀ ∘ W. It is not ok outside of h_s's domain, where
// the inverse is not the sum of all walks and so has negative entries.
func logDet(grad, w *mat.Dense, s float64) (h float64, ok bool) {
	n, _ := w.Dims()
	m := blas64.General{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)}
	square(m, w.RawMatrix())
	blas64.Scal(-1, blas64.Vector{N: n * n, Data: m.Data, Inc: 1})
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
	if floats.Min(m.Data) < -1e-12*floats.Max(m.Data) {
		return 0, false
	}
	grad.Apply(func(i, j int, v float64) float64 { return 2 * v * m.Data[j*n+i] }, w)
	return h, true
}
