package learn

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// equalVariances reports which errors are assumed, which decides the order that fits best. Equal variances identify a linear
// Gaussian graph (Peters and Bühlmann 2014): the order with the smallest residual variance is the true one. This is an
// assumption about units too. If variances may be any, orders are compared only by likelihood: without lags, orders whose
// graphs imply the same independences score the same; with lags, time tells them apart.
func (o Options) equalVariances() bool { return !o.Standardise && o.Method != Exact }

// ordering is an order of the variables with each one's regression on its predecessors: an acyclic graph.
type ordering struct {
	selection
	constraints *dag.Constraints
	equal       bool // error variances
	order       []int
	nodes       []dag.Regression // by variable
	inTime      bool             // see Evidence
	known       []*selected      // by variable: of all others as predecessors
}

// selected is the selection of a variable's parents among a pool of variables before it.
type selected struct {
	pool    []bool
	chosen  []int // variables of the pool that the forward steps chose, in the same row or before
	parents dag.Regression
	without map[int]*selected // the same pool without one of them
}

// newOrdering has no order yet.
func newOrdering(m *dag.Moments, o Options) *ordering {
	return &ordering{
		selection: newSelection(m, o.Evidence), constraints: o.Constraints, equal: o.equalVariances(), inTime: o.Evidence.InTime,
		known: make([]*selected, m.Variables),
	}
}

// refined selects every variable's parents among those before it, and improves the order. It shares the regressions that
// another ordering of the same data has fitted.
func refined(ctx context.Context, o *ordering, order []int) (*ordering, error) {
	found := *o
	found.order, found.nodes = slices.Clone(order), make([]dag.Regression, len(order))
	before := make([]bool, len(order))
	for _, j := range order {
		found.nodes[j] = found.fit(j, before)
		before[j] = true
	}
	return &found, found.refine(ctx)
}

// fit selects j's parents among the variables before it and their lags, since edges of all lags together form no cycle. Its own
// lags are always in, and required edges.
//
// Forward steps choose the same parents from every pool that has all those which they choose from a larger one. So few pools
// are searched: all variables, and that without a chosen variable which is not before j.
func (o *ordering) fit(j int, before []bool) dag.Regression {
	if o.known[j] == nil {
		pool := make([]bool, len(before))
		for i := range pool {
			pool[i] = i != j
		}
		o.known[j] = o.selectFrom(j, pool)
	}
	at := o.known[j]
	for {
		missing := slices.IndexFunc(at.chosen, func(i int) bool { return !before[i] })
		if missing < 0 {
			return at.parents
		}
		out := at.chosen[missing]
		next := at.without[out]
		if next == nil {
			pool := slices.Clone(at.pool)
			pool[out] = false
			next = o.selectFrom(j, pool)
			at.without[out] = next
		}
		at = next
	}
}

// selectFrom selects j's parents from a pool. Required edges into j come from before it in every order.
func (o *ordering) selectFrom(j int, pool []bool) *selected {
	d := o.m.Variables
	var kept, candidates []int
	for i := range d {
		switch {
		case pool[i] && o.constraints.Required(i, j):
			kept = append(kept, i)
		case pool[i] && o.allowed(i, j):
			candidates = append(candidates, i)
		}
	}
	for k := 1; k <= o.m.Lags; k++ {
		for i := range d {
			switch {
			case i == j:
				kept = append(kept, i+k*d)
			case pool[i] && allowedLag(o.constraints, i, j):
				candidates = append(candidates, i+k*d)
			}
		}
	}
	s := &selected{pool: pool, without: map[int]*selected{}}
	var chosen []int
	s.parents, chosen = o.parents(j, kept, candidates)
	for _, column := range chosen {
		s.chosen = append(s.chosen, column%d)
	}
	return s
}

// allowed reports whether i may be a parent of j in the same row: with evidence in time only, if knowledge rules out the reverse.
func (o *ordering) allowed(i, j int) bool {
	return o.constraints.Allowed(i, j) && (!o.inTime || o.constraints != nil && !o.constraints.Allowed(j, i))
}

// score is minus twice the log-likelihood plus the penalty of all parents: lower is better.
func (o *ordering) score(nodes []dag.Regression) float64 {
	n, d := float64(o.m.Observations), float64(len(nodes))
	sum, parents, shares := 0.0, 0, 0.0
	for j, r := range nodes {
		sum += o.variance(j, r)
		parents += len(r.Parents)
		shares += o.share(j, r)
	}
	if o.equal {
		return n*d*math.Log(sum/d) + o.penalty*float64(parents)
	}
	return shares
}

// share is variable j's term of the score if error variances may be any.
func (o *ordering) share(j int, r dag.Regression) float64 {
	return float64(o.m.Observations)*math.Log(o.variance(j, r)) + o.penalty*float64(len(r.Parents))
}

// variance of j's error, above 0.
func (o *ordering) variance(j int, r dag.Regression) float64 {
	return max(r.Residual, dag.Negligible*o.m.At(j, j), math.SmallestNonzeroFloat64)
}

// searchWork bounds the distance of a move: d² times the distance.
const searchWork = 1 << 13

// refine moves single variables to their best position, until no move within reach improves the score: the topological
// swaps of Deng et al. (2023), several at a time.
func (o *ordering) refine(ctx context.Context) error {
	d := len(o.order)
	reach := max(1, min(d, searchWork/(d*d)))
	for improved := true; improved; {
		improved = false
		for _, v := range slices.Clone(o.order) {
			if err := ctx.Err(); err != nil {
				return err
			}
			for _, step := range []int{-1, 1} {
				improved = o.move(v, step, reach) || improved
			}
		}
	}
	return nil
}

// move takes variable v past its neighbours in one direction, and leaves it at the position of the best score.
func (o *ordering) move(v, step, reach int) bool {
	from := slices.Index(o.order, v)
	best, bestNodes, bestAt := o.score(o.nodes)-1e-9, []dag.Regression(nil), from
	order, nodes := slices.Clone(o.order), slices.Clone(o.nodes)
	before := make([]bool, len(order))
	for _, i := range order[:from] {
		before[i] = true
	}
	for at := from + step; at >= 0 && at < len(order) && (at-from)*step <= reach; at += step {
		u := order[at]
		first, second := u, v // in their order so far
		if step > 0 {
			first, second = v, u
		}
		if o.constraints.Precedes(first, second) {
			break
		}
		order[at], order[at-step] = v, u
		before[first] = false
		nodes[second] = o.fit(second, before)
		before[second] = true
		nodes[first] = o.fit(first, before)
		before[second] = false
		if step > 0 {
			before[u] = true // v comes after it now
		}
		if s := o.score(nodes); s < best {
			best, bestNodes, bestAt = s, slices.Clone(nodes), at
		}
	}
	if bestNodes == nil {
		return false
	}
	o.nodes = bestNodes
	o.order = slices.Insert(slices.Delete(o.order, from, from+1), bestAt, v)
	return true
}

// weights are W [d, d] and the weights of each lag.
func (o *ordering) weights() []*mat.Dense {
	d := len(o.order)
	w := make([]*mat.Dense, 1+o.m.Lags)
	for k := range w {
		w[k] = mat.NewDense(d, d, nil)
	}
	for j, r := range o.nodes {
		for a, col := range r.Parents {
			w[col/d].Set(col%d, j, r.Weights[a])
		}
	}
	return w
}
