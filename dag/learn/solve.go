package learn

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/optim"
)

// Step is one round of NOTEARS or DAGMA, with the acyclicity that its inner minimisation reached.
type Step struct {
	Round      int
	Iterations int     // of the inner minimisation
	Score      float64 // the loss, without penalties
	H          float64
	Rho, Alpha float64 // NOTEARS: the duals of this round
	Mu         float64 // DAGMA: the weight of the score in this round
}

// ConvergenceError is a solver that ended at a graph with cycles, and its rounds.
type ConvergenceError struct {
	Method Method
	Path   []Step
	Radius float64 // the spectral radius of W∘W, whose exponential bounds h
}

func (e *ConvergenceError) Error() string {
	last := e.Path[len(e.Path)-1]
	return fmt.Sprintf("learn: %s has not converged: h is %.3g after round %d, and the spectral radius of W∘W %.3g "+
		"(raise lambda1, or rescale the data)", e.Method, last.H, len(e.Path), e.Radius)
}

// solver minimises the objective over the free weights, those that the constraints allow to differ from 0.
type solver struct {
	*objective
	method   Method
	d        int
	free     []int     // places in B, row-major
	lambda   []float64 // the L1 penalty of each
	x        []float64 // the weights
	warm     bool      // x started at a graph
	path     []Step
	progress func(Step)
}

// newSolver starts at 0.
func newSolver(o Options, d int, data blas64.General) (*solver, error) {
	l := &solver{method: o.Method, d: d, progress: o.Progress}
	for at := range data.Cols * d {
		i, j := at/d, at%d
		if i < d && !o.Constraints.Allowed(i, j) || i >= d && !allowedLag(o.Constraints, i%d, j) {
			continue
		}
		penalty := o.Lambda1
		if i < d && o.Constraints.Required(i, j) {
			penalty = 0
		}
		l.free, l.lambda = append(l.free, at), append(l.lambda, penalty)
	}
	l.x = make([]float64, len(l.free))
	var err error
	l.objective, err = graph.Build(func() *objective {
		q := newObjective(o, d, data)
		q.compile()
		return q
	})
	return l, err
}

// startAt starts at a graph. As it is acyclic, the solvers begin near the end of their paths, with the duals and weights
// of the score that they would have there: the first rounds would only leave it.
func (l *solver) startAt(weights []*mat.Dense) {
	l.warm = true
	for i, at := range l.free {
		k, place := at/(l.d*l.d), at%(l.d*l.d)
		l.x[i] = weights[k].At(place/l.d, place%l.d)
	}
}

// solve returns W and the weights of each lag.
func (l *solver) solve(ctx context.Context) ([]*mat.Dense, error) {
	rounds := l.notears
	if l.method == DAGMA {
		rounds = l.dagma
	}
	if err := rounds(ctx); err != nil {
		return nil, err
	}
	l.place(l.x)
	var w []*mat.Dense
	for b := l.weights.Float64s(); len(b) > 0; b = b[l.d*l.d:] {
		w = append(w, mat.DenseCopyOf(mat.NewDense(l.d, l.d, b[:l.d*l.d])))
	}
	return w, nil
}

// notears is the augmented Lagrangian of min score + λ·‖B‖₁ subject to h(W) = 0 (Zheng et al. 2018, algorithm 1).
func (l *solver) notears(ctx context.Context) error {
	rho := 1.0
	if l.warm {
		rho = 1e6
	}
	duals := optim.NewDuals(rho, 0, 10, 1e16)
	outer := optim.AugmentedLagrangian{Duals: duals, Tolerance: optim.Feasible}
	outer.Inner = optim.InnerFunc(func(ctx context.Context, rho, alpha float64) (h float64, more bool, err error) {
		graph.SetScalar(l.rho, rho)
		graph.SetScalar(l.alpha, alpha)
		value, err := l.round(ctx, 1, Step{Round: len(l.path) + 1, Rho: rho, Alpha: alpha})
		if err != nil {
			return 0, false, err
		}
		return l.path[len(l.path)-1].H, rho < duals.RhoMax && !math.IsInf(value, 1), nil
	})
	h, err := outer.Solve(ctx)
	if err == nil && !(h < optim.Feasible) {
		err = l.lost()
	}
	return err
}

// dagma follows the central path of min μ·(score + λ·‖B‖₁) + h_s(W) for falling μ and s (Bello et al. 2022, algorithm 1).
func (l *solver) dagma(ctx context.Context) error {
	graph.SetScalar(l.alpha, 1)
	for round, s := range []float64{1, 0.9, 0.8, 0.7, 0.6} {
		if l.warm && round < 3 {
			continue
		}
		mu := math.Pow(0.1, float64(round))
		graph.SetScalar(l.mu, mu)
		graph.SetScalar(l.s, s)
		value, err := l.round(ctx, mu, Step{Round: round + 1, Mu: mu})
		if err != nil {
			return err
		}
		if math.IsInf(value, 1) {
			return l.lost()
		}
	}
	return nil
}

// round minimises smooth + mu·λ·‖B‖₁ and records the step. The value is +Inf if x is outside of the domain.
func (l *solver) round(ctx context.Context, mu float64, step Step) (value float64, err error) {
	lambda := append([]float64(nil), l.lambda...)
	floats.Scale(mu, lambda)
	inner := optim.OWLQN{Tolerance: 1e-4 * mu}
	if l.warm { // only the order of the graph is used, and refined, so the last digits of the weights do not matter
		inner = optim.OWLQN{Tolerance: 1e-3 * mu, Progress: 1e-6, MaxIterations: 100}
	}
	min, err := inner.Minimise(ctx, l.smoothAt, lambda, l.x)
	if err == nil {
		err = l.failure
	}
	if err != nil {
		return 0, err
	}
	l.place(l.x)
	step.Iterations = min.Iterations
	step.Score, step.H = l.measure()
	l.path = append(l.path, step)
	l.progress(step)
	return min.Value, l.failure
}

// smoothAt is the objective of the free weights.
func (l *solver) smoothAt(x, grad []float64) float64 {
	l.place(x)
	value, gradient := l.evaluate()
	if gradient == nil {
		return value
	}
	for i, at := range l.free {
		grad[i] = gradient[at]
	}
	return value
}

// place copies the free weights to B.
func (l *solver) place(x []float64) {
	b := l.weights.Float64s()
	for i, at := range l.free {
		b[at] = x[i]
	}
}

func (l *solver) lost() error {
	return &ConvergenceError{l.method, l.path, dag.SpectralRadius(l.edges)}
}
