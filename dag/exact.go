package dag

import (
	"context"
	"math"
)

// exactVariables is up to how many variables all orders are searched: 12 have 24,576 regressions, a second's work.
const exactVariables = 12

// exact is the best of all orders, where the score is a sum over the variables, as AnyVariances has it: a variable's
// regression depends on the set before it alone, so the best order of a set ends with the variable whose regression on
// the rest, added to the best order of the rest, is least (Silander and Myllymäki 2006). That is 2ᵈ sets instead of d!
// orders. Where other orders are as good, the one it was given stands.
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
			if !in || o.leadsInto(j, before) {
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
	found.order, found.nodes = make([]int, d), make([]regression, d)
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

// leadsInto tells that required edges lead from j to one of a set.
func (o *ordering) leadsInto(j int, set []bool) bool {
	if o.constraints == nil {
		return false
	}
	for i, in := range set {
		if in && i != j && o.constraints.reach[j][i] {
			return true
		}
	}
	return false
}
