package dag

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Constraints are the edges that a graph must not have and those that it must have. Adding only allowed edges to the
// required ones, one at a time and without closing a cycle, honours them. A nil *Constraints allows all edges except
// those of a node to itself, and requires none.
type Constraints struct {
	forbidden, required [][]bool
	reach               [][]bool // required edges lead from the row's node to the column's, in one step or more
}

// NewConstraints allows all edges between n nodes.
func NewConstraints(n int) *Constraints {
	relation := func() [][]bool {
		rows := make([][]bool, n)
		for i := range rows {
			rows[i] = make([]bool, n)
		}
		return rows
	}
	return &Constraints{relation(), relation(), relation()}
}

// Nodes returns the number of nodes; 0 for nil, which fits any number.
func (c *Constraints) Nodes() int {
	if c == nil {
		return 0
	}
	return len(c.required)
}

// Allowed reports whether a graph may have an edge: it joins two nodes, is not forbidden, does not go from a later tier to
// an earlier one, and closes no cycle with the required edges (as the reverse of a required edge does).
func (c *Constraints) Allowed(from, to int) bool {
	return from != to && (c == nil || !c.forbidden[from][to] && !c.reach[to][from])
}

// Required reports whether a graph must have an edge.
func (c *Constraints) Required(from, to int) bool { return c != nil && c.required[from][to] }

// Forbidden reports whether an edge is forbidden, by itself or by the tiers.
func (c *Constraints) Forbidden(from, to int) bool { return c != nil && c.forbidden[from][to] }

// Precedes reports whether required edges lead from one node to another, so that it comes first in every causal order.
func (c *Constraints) Precedes(from, to int) bool { return c != nil && c.reach[from][to] }

// Forbid excludes an edge. It panics on a required one.
func (c *Constraints) Forbid(from, to int) {
	if c.required[from][to] {
		panic(fmt.Sprintf("dag: forbidden edge %d → %d is required", from, to))
	}
	c.forbidden[from][to] = true
}

// Require demands an edge, unless it is forbidden or joins a node to itself. Required edges that form a cycle are a
// *ContradictionError.
func (c *Constraints) Require(from, to int) error {
	switch {
	case from == to:
		return fmt.Errorf("dag: required edge %d → %d joins a node to itself", from, to)
	case c.forbidden[from][to]:
		return fmt.Errorf("dag: required edge %d → %d is forbidden or against the tiers", from, to)
	case c.reach[to][from]:
		return &ContradictionError{Cycle: c.way(to, from)}
	}
	c.required[from][to] = true
	for i := range c.reach {
		if i != from && !c.reach[i][from] {
			continue
		}
		for j := range c.reach {
			c.reach[i][j] = c.reach[i][j] || j == to || c.reach[to][j]
		}
	}
	return nil
}

// way returns the nodes of a walk along required edges, which ends because these have no cycle.
func (c *Constraints) way(from, to int) []int {
	nodes := []int{from}
	for at := from; at != to; nodes = append(nodes, at) {
		for next, ok := range c.required[at] {
			if ok && (next == to || c.reach[next][to]) {
				at = next
				break
			}
		}
	}
	return nodes
}

// Tier forbids all edges from a later tier to an earlier one. Nodes in no tier stay as they are. A node in two tiers is
// an error, and so is a required edge against them.
func (c *Constraints) Tier(tiers ...[]int) error {
	for t, later := range tiers {
		for _, to := range slices.Concat(tiers[:t]...) {
			for _, from := range later {
				switch {
				case from == to:
					return fmt.Errorf("dag: node %d is in tier %d and in one before", from, t+1)
				case c.required[from][to]:
					return fmt.Errorf("dag: required edge %d → %d is against the tiers", from, to)
				}
				c.forbidden[from][to] = true
			}
		}
	}
	return nil
}

// ContradictionError is a cycle of required edges.
type ContradictionError struct {
	Cycle []int    // the nodes in order; the last has an edge to the first
	Names []string // of these nodes; nil without names
}

func (e *ContradictionError) Error() string {
	names := e.Names
	if names == nil {
		for _, node := range e.Cycle {
			names = append(names, strconv.Itoa(node))
		}
	}
	return "dag: required edges contradict each other: " + CycleText(names)
}

// CycleText writes a cycle through named nodes, back to the first.
func CycleText(names []string) string {
	text := ""
	for _, name := range names {
		text += Label(name) + " → "
	}
	return text + Label(names[0])
}

// Label is a name as it is, or quoted if it would break an error's line or be invisible in it.
func Label(name string) string {
	if quoted := strconv.Quote(name); strings.TrimSpace(name) == "" || len(quoted) != len(name)+2 {
		return quoted
	}
	return name
}
