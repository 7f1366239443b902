// Package learn learns linear directed acyclic graphs from data: by an exhaustive search over orders, by continuous
// optimisation in an expression graph, or by the variances of the errors. Signals turns the exposures of a panel into such
// data, and Bootstrap gives the frequency of each edge over resamples. Start reading at Learn.
package learn

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// Method is how the order of the variables is found.
type Method string

const (
	NOTEARS Method = "notears" // Zheng et al. 2018; with lags DYNOTEARS, Pamfil et al. 2020
	DAGMA   Method = "dagma"   // Bello et al. 2022
	EqVar   Method = "eqvar"   // Chen, Drton and Wang 2019
	Exact   Method = "exact"   // all orders, by dynamic programming (Silander and Myllymäki 2006)
)

// Methods lists all methods.
var Methods = []Method{NOTEARS, DAGMA, EqVar, Exact}

// Continuous reports whether a method is a penalised continuous solver, which reads Lambda1, GroupL1 and Plain.
func (m Method) Continuous() bool { return m == NOTEARS || m == DAGMA }

// Loss is the score's measure of fit.
type Loss string

const (
	Linear   Loss = "linear"   // ½/n·‖X − XW‖², from the covariance
	Logistic Loss = "logistic" // negative log-likelihood of 0/1 data, 1/n·Σ ln(1 + e^m) − x·m with m = XW + b
)

// Options of Learn. The zero value of a field is its default.
type Options struct {
	Method Method // default EqVar
	Lags   int    // weeks of the past that may have an edge to the present
	Loss   Loss   // default Linear; NOTEARS and DAGMA only have Logistic too

	// Lambda1 is the L1 penalty of NOTEARS and DAGMA. Default 0.1 and 0.03, as in the papers.
	Lambda1 float64

	// GroupL1 is their penalty on the norm of all weights into a variable, which removes parents jointly (Yuan and Lin
	// 2006). Default 0.
	GroupL1 float64

	// Standardise divides the variables by their standard deviations. Equal error variances, which identify a linear
	// Gaussian graph, can then not be assumed; Exact never assumes them.
	Standardise bool

	// Plain keeps the weights of NOTEARS and DAGMA as they are. By default the order of their graph, or EqVar's if it
	// scores better, is refined by swaps, and each variable's parents are selected and fitted by least squares: the L1
	// penalty shrinks true edges and admits false ones.
	Plain bool

	// Threshold removes edges of at most this absolute weight. Selected parents need none.
	Threshold float64

	// Start is an order that EqVar and Exact improve, of all variables and in accordance with the constraints. Default
	// EqVarOrder's.
	Start []int

	Constraints *dag.Constraints
	Evidence    Evidence
	Progress    func(Step) // called after each round of NOTEARS and DAGMA
}

// Estimate is a learned graph.
type Estimate struct {
	Method Method
	Graph  *dag.Graph
	H      float64 // acyclicity of the solver's weights, before the threshold
	Path   []Step  // of NOTEARS and DAGMA

	// Cut are the edges that only the threshold left out, strongest first, each with its strongest weight over the lags.
	Cut []dag.Edge

	// Fallback is why NOTEARS or DAGMA did not converge from EqVar's graph, which then is the result. Usually nil.
	Fallback *ConvergenceError
}

// Learn learns a graph from series of observations [time, variables]: one plain table, or one a region. The same input
// gives the same graph. A solver that does not converge is a *ConvergenceError; see also Estimate.Fallback.
func Learn(ctx context.Context, o Options, series ...mat.Matrix) (*Estimate, error) {
	m, err := dag.NewMoments(o.Lags, series...)
	if err != nil {
		return nil, err
	}
	return learnFrom(ctx, o, m, series)
}

// learnFrom learns a graph from the moments of series, of which only the logistic loss reads the rows.
func learnFrom(ctx context.Context, o Options, m *dag.Moments, series []mat.Matrix) (*Estimate, error) {
	if o.Standardise {
		m = m.Standardise()
	}
	m = o.Evidence.informed(m)
	o = o.withDefaults()
	if err := o.check(m.Variables); err != nil {
		return nil, err
	}
	e := &Estimate{Method: o.Method}
	var weights []*mat.Dense
	var err error
	switch {
	case o.Method.Continuous() && (o.Plain || o.Loss == Logistic):
		weights, err = e.solve(ctx, o, m, series, nil)
	case o.Method.Continuous():
		weights, err = e.solveAndRefine(ctx, o, m, series)
	default:
		var best *ordering
		start := o.Start
		if start == nil {
			start = EqVarOrder(m, o.Constraints)
		}
		best, err = refined(ctx, newOrdering(m, o), start)
		if err == nil && o.Method == Exact {
			best, err = best.exact(ctx)
		}
		if err == nil {
			weights = best.weights()
		}
	}
	if err != nil {
		return nil, err
	}
	lagged := make([]mat.Matrix, o.Lags)
	for k := range lagged {
		lagged[k] = weights[1+k]
	}
	e.Graph = dag.NewAcyclic(o.Threshold, o.Constraints, weights[0], lagged...)
	e.Cut = cut(e.Graph, weights)
	return e, nil
}

// cut lists the edges of weights that are neither in a graph nor removed from it to break a cycle.
func cut(g *dag.Graph, weights []*mat.Dense) (edges []dag.Edge) {
	kept, all := g.Strongest(), mat.NewDense(g.Nodes(), g.Nodes(), nil)
	for _, w := range weights {
		all.Apply(func(i, j int, v float64) float64 {
			if u := w.At(i, j); math.Abs(u) > math.Abs(v) && i != j && kept.At(i, j) == 0 {
				return u
			}
			return v
		}, all)
	}
	for _, r := range g.Removed() {
		all.Set(r.From, r.To, 0)
	}
	return dag.Edges(all)
}

func (o Options) withDefaults() Options {
	if o.Method == "" {
		o.Method = EqVar
	}
	if o.Loss == "" {
		o.Loss = Linear
	}
	if o.Lambda1 == 0 {
		o.Lambda1 = map[Method]float64{NOTEARS: 0.1, DAGMA: 0.03}[o.Method]
	}
	if o.Progress == nil {
		o.Progress = func(Step) {}
	}
	return o
}

func (o Options) check(variables int) error {
	n := o.Constraints.Nodes()
	switch {
	case n != 0 && n != variables:
		return fmt.Errorf("learn: constraints on %d variables for data of %d", n, variables)
	case o.Loss == Logistic && !o.Method.Continuous():
		return fmt.Errorf("learn: %s compares variances of errors, which 0/1 data do not have: use notears or dagma", o.Method)
	case o.Method == Exact && variables > MaxExact:
		return fmt.Errorf("learn: exact searches all orders of at most %d variables, not of %d: use notears or dagma", MaxExact, variables)
	}
	return nil
}

// solve runs a continuous solver from start, or from 0.
func (e *Estimate) solve(ctx context.Context, o Options, m *dag.Moments, series []mat.Matrix, start []*mat.Dense) ([]*mat.Dense, error) {
	data, err := o.data(m, series)
	if err != nil {
		return nil, err
	}
	l, err := newSolver(o, m.Variables, data)
	if err != nil {
		return nil, err
	}
	if start != nil {
		l.startAt(start)
	}
	weights, err := l.solve(ctx)
	if err != nil {
		return nil, err
	}
	e.Path, e.H = l.path, dag.Acyclicity(weights[0])
	return weights, nil
}

// solveAndRefine takes the better of two refined orders: EqVar's and that of the solver's graph. The solver starts at
// EqVar's graph if error variances are equal.
func (e *Estimate) solveAndRefine(ctx context.Context, o Options, m *dag.Moments, series []mat.Matrix) ([]*mat.Dense, error) {
	best, err := refined(ctx, newOrdering(m, o), EqVarOrder(m, o.Constraints))
	if err != nil {
		return nil, err
	}
	var start []*mat.Dense
	if o.equalVariances() {
		start = best.weights()
	}
	weights, err := e.solve(ctx, o, m, series, start)
	if errors.As(err, &e.Fallback) && start != nil {
		return start, nil
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
	return best.weights(), nil
}

// orderOf is a causal order of w without its weakest edges on cycles, and of the required edges.
func orderOf(w *mat.Dense, c *dag.Constraints) []int {
	n, _ := w.Dims()
	strong := mat.DenseCopyOf(w)
	for i := range n {
		for j := range n {
			if c.Required(i, j) {
				strong.Set(i, j, math.Inf(1)) // the last that pruning removes
			}
		}
	}
	acyclic, _ := dag.Prune(strong, 0)
	return dag.CausalOrder(acyclic)
}
