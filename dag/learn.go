package dag

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Method is how the order of the variables is found.
type Method string

const (
	MethodNOTEARS Method = "notears" // Zheng et al. 2018; with lags DYNOTEARS, Pamfil et al. 2020
	MethodDAGMA   Method = "dagma"   // Bello et al. 2022
	MethodEqVar   Method = "eqvar"   // Chen, Drton and Wang 2019
)

// Options of Learn. The zero value of a field means its default.
type Options struct {
	Method Method // default MethodEqVar
	Lags   int    // weeks of the past that may have an edge to the present
	Loss   Loss   // default Linear

	// Lambda1 is the L1 penalty of NOTEARS and DAGMA, by the originals' defaults 0.1 and 0.03.
	Lambda1 float64

	// Standardise divides the variables by their standard deviations. Then equal error variances, which identify a linear
	// Gaussian graph, cannot be assumed any more, see Errors.
	Standardise bool

	// Errors is by default EqualVariances, or AnyVariances where the variables are standardised.
	Errors Errors

	// Plain leaves a continuous solver's weights as they are. By default the order of its graph, or EqVar's if that scores
	// better, is refined by swaps, and each variable's parents are selected and fitted anew: the L1 penalty shrinks
	// true edges and lets false ones in.
	Plain bool

	// Threshold cuts edges of an absolute weight up to it. Selected parents need none.
	Threshold float64

	Constraints *Constraints
	Progress    func(Step) // called after each round of a continuous solver
}

// Estimate is a graph that was learned.
type Estimate struct {
	Method Method

	// Weights are acyclic, [d, d], rows are parents. With lags an edge of the same time and those of the past count as
	// one, with the strongest's weight.
	Weights *mat.Dense

	// Same and Lagged are the edges of the same time and of each lag, after the cut.
	Same   *mat.Dense
	Lagged []*mat.Dense

	Removed []Removal // by making Weights acyclic, each with its cycle
	H       float64   // acyclicity of what the solver left, before the cut
	Path    []Step    // of a continuous solver
}

// Learn learns a graph from series of observations [time, variables]: one plain table, or one a region. The same input
// gives the same graph. A solver that does not converge is a *ConvergenceError, unless it started at EqVar's graph,
// which then is the result.
func Learn(ctx context.Context, o Options, series ...mat.Matrix) (*Estimate, error) {
	m, err := NewMoments(o.Lags, series...)
	if err != nil {
		return nil, err
	}
	if o.Standardise {
		m = m.Standardise()
	}
	var s score = leastSquares{m}
	if o.Loss == Logistic {
		if s, err = newLogistic(o.Lags, series); err != nil {
			return nil, err
		}
	}
	return learn(ctx, o.withDefaults(), m, s)
}

func (o Options) withDefaults() Options {
	if o.Method == "" {
		o.Method = MethodEqVar
	}
	if o.Loss == "" {
		o.Loss = Linear
	}
	if o.Lambda1 == 0 {
		o.Lambda1 = map[Method]float64{MethodNOTEARS: 0.1, MethodDAGMA: 0.03}[o.Method]
	}
	if o.Errors == "" {
		o.Errors = EqualVariances
		if o.Standardise {
			o.Errors = AnyVariances
		}
	}
	if o.Progress == nil {
		o.Progress = func(Step) {}
	}
	return o
}

func learn(ctx context.Context, o Options, m *Moments, s score) (*Estimate, error) {
	if n := o.Constraints.Nodes(); n != 0 && n != m.Variables {
		return nil, fmt.Errorf("dag: constraints on %d variables for data of %d", n, m.Variables)
	}
	if o.Loss == Logistic && o.Method == MethodEqVar {
		return nil, errors.New("dag: eqvar compares variances of errors, which 0/1 data do not have: use notears or dagma")
	}
	e := &Estimate{Method: o.Method}
	if o.Plain && o.Method != MethodEqVar || o.Loss == Logistic {
		weights, err := e.solve(ctx, o, m, s, nil)
		if err != nil {
			return nil, err
		}
		e.conclude(weights, o)
		return e, nil
	}
	best, err := refined(ctx, newOrdering(m, o), EqVarOrder(m, o.Constraints))
	if err != nil {
		return nil, err
	}
	if o.Method != MethodEqVar {
		start := best.weights()
		if o.Errors != EqualVariances {
			start = nil // EqVar's order says nothing then
		}
		weights, err := e.solve(ctx, o, m, s, start)
		var lost *ConvergenceError
		if errors.As(err, &lost) && start != nil {
			e.Path = nil
			e.conclude(best.weights(), o) // what the solver was to improve on stands
			return e, nil
		}
		if err != nil {
			return nil, err
		}
		other, err := refined(ctx, best, orderOf(weights[0], o.Constraints))
		if err != nil {
			return nil, err
		}
		if other.score(other.nodes) < best.score(best.nodes) {
			best = other
		}
	}
	if o.Errors == AnyVariances && m.Variables <= exactVariables {
		if best, err = best.exact(ctx); err != nil {
			return nil, err
		}
	}
	e.conclude(best.weights(), o)
	return e, nil
}

// solve runs a continuous solver from start, or from 0.
func (e *Estimate) solve(ctx context.Context, o Options, m *Moments, s score, start []*mat.Dense) (weights []*mat.Dense, err error) {
	q := newContinuous(s, m.Variables, m.Lags, o.Constraints, o.Lambda1)
	if start != nil {
		q.startAt(start)
	}
	solver := q.notears
	if o.Method == MethodDAGMA {
		solver = q.dagma
	}
	if weights, e.Path, err = solver(ctx, o.Progress); err != nil {
		return nil, err
	}
	e.H = Acyclicity(weights[0])
	return weights, nil
}

// orderOf is a topological order of w made acyclic, and of the required edges.
func orderOf(w *mat.Dense, c *Constraints) []int {
	n, _ := w.Dims()
	strong := mat.DenseCopyOf(w)
	for i := range n {
		for j := range n {
			if c.Required(i, j) {
				strong.Set(i, j, math.Inf(1)) // the last that pruning takes out
			}
		}
	}
	acyclic, _ := Prune(strong, 0)
	return topological(acyclic)
}

// conclude cuts weak edges, joins lags into one graph and makes that acyclic. Required edges stay, however weak.
func (e *Estimate) conclude(weights []*mat.Dense, o Options) {
	n, _ := weights[0].Dims()
	joint := mat.NewDense(n, n, nil)
	for k, w := range weights {
		w.Apply(func(i, j int, v float64) float64 {
			if math.Abs(v) > o.Threshold || k == 0 && o.Constraints.Required(i, j) {
				return v
			}
			return 0
		}, w)
		for i := range n {
			for j := range n {
				if v := w.At(i, j); i != j && math.Abs(v) > math.Abs(joint.At(i, j)) {
					joint.Set(i, j, v)
				}
			}
		}
	}
	e.Same, e.Lagged = weights[0], weights[1:]
	e.Weights, e.Removed = pruneBut(joint, o.Constraints)
}
