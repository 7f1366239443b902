package learn

import (
	"context"
	"math"

	"deepcausalmmm/dag"
)

// MaxExact is the largest number of variables of Exact: 12 have 24,576 regressions, which take about a second.
const MaxExact = 12

// exact is the best of all orders. If error variances may be any, the score is a sum over the variables, and a variable's regression
// depends only on the set before it. So the best order of a set ends with the variable whose term, added to the best score
// of the rest, is smallest (Silander and Myllymäki 2006): 2ᵈ sets instead of d! orders. If no order is better, o stays.
func (o *ordering) exact(ctx context.Context) (*ordering, error) {
	d := o.m.Variables
	type ending struct {
		score float64
		last  int
	}
	best := make([]ending, 1<<d)
	before := make([]bool, d)
	for set := 1; set < len(best); set++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i := range before {
			before[i] = set>>i&1 == 1
		}
		best[set].score = math.Inf(1)
		for j, in := range before {
			if !in || o.precedesAny(j, before) {
				continue
			}
			before[j] = false
			if s := best[set&^(1<<j)].score + o.share(j, o.fit(j, before)); s < best[set].score {
				best[set] = ending{s, j}
			}
			before[j] = true
		}
	}
	found := *o
	found.order, found.nodes = make([]int, d), make([]dag.Regression, d)
	for at, set := d-1, len(best)-1; at >= 0; at-- {
		j := best[set].last
		set &^= 1 << j
		for i := range before {
			before[i] = set>>i&1 == 1
		}
		found.order[at], found.nodes[j] = j, o.fit(j, before)
	}
	if found.score(found.nodes) < o.score(o.nodes)-1e-9*math.Abs(o.score(o.nodes)) {
		return &found, nil
	}
	return o, nil
}

// precedesAny reports whether required edges lead from j to a variable of a set.
func (o *ordering) precedesAny(j int, set []bool) bool {
	for i, in := range set {
		if in && i != j && o.constraints.Precedes(j, i) {
			return true
		}
	}
	return false
}
