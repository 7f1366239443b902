package dag

import (
	"errors"
	"fmt"
	globs "path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"

	"deepcausalmmm/internal/suggest"
)

// Knowledge is what is known of a graph before looking at the data, by the names of its nodes. A name in Forbidden and
// Tiers may be a glob in the syntax of path.Match, for all the nodes that it matches.
type Knowledge struct {
	Forbidden [][2]string // edges that cannot be, from and to
	Required  [][2]string // edges that must be, from and to
	Tiers     [][]string  // no edge goes from a later tier to an earlier one; nodes in no tier are free

	file   string
	places map[string]*token.Position // where the file says a thing, by how an error names it
}

// KnowledgeError says what is wrong with prior knowledge, and where.
type KnowledgeError struct {
	File         string // empty for knowledge made in Go
	Line, Column int    // counted from 1; 0 where there is none
	Key          string // forbidden, required or tiers, with the entry; empty if it is about none
	Problem      string
}

func (e *KnowledgeError) Error() string {
	at := e.File
	if at == "" {
		at = "dag"
	} else if e.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
	}
	if e.Key == "" {
		return fmt.Sprintf("%s: %s", at, e.Problem)
	}
	return fmt.Sprintf("%s: %s: %s", at, e.Key, e.Problem)
}

// errorf is a problem with an entry as edgeEntry or tierEntry names it.
func (k Knowledge) errorf(entry, format string, args ...any) error {
	e := &KnowledgeError{File: k.file, Key: entry, Problem: fmt.Sprintf(format, args...)}
	if at := k.places[entry]; at != nil {
		e.Line, e.Column = at.Line, at.Column
	}
	return e
}

func edgeEntry(key string, edge [2]string) string {
	return fmt.Sprintf("%s: %s → %s", key, label(edge[0]), label(edge[1]))
}

func tierEntry(name string) string { return "tiers: " + label(name) }

// Constraints resolves the knowledge for the columns of a table. Names without a column, and knowledge that no graph
// can meet, are a *KnowledgeError; required edges that form a cycle are a *ContradictionError.
func (k Knowledge) Constraints(names []string) (*Constraints, error) {
	c := NewConstraints(len(names))
	for _, add := range []func(*Constraints, []string) error{k.tier, k.require, k.forbid} {
		if err := add(c, names); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (k Knowledge) tier(c *Constraints, names []string) error {
	tiers := make([][]int, len(k.Tiers))
	for t, tier := range k.Tiers {
		for _, name := range tier {
			nodes, err := k.find(tierEntry(name), name, names)
			if err != nil {
				return err
			}
			for _, node := range nodes {
				for s, earlier := range tiers[:t] {
					if slices.Contains(earlier, node) {
						return k.errorf(tierEntry(name), "column %s is in tier %d and in tier %d; leave it in one",
							label(names[node]), s+1, t+1)
					}
				}
			}
			tiers[t] = append(tiers[t], nodes...)
		}
	}
	return c.Tier(tiers...)
}

// require comes before forbid, so that what is forbidden by now is so by the tiers.
func (k Knowledge) require(c *Constraints, names []string) error {
	for _, edge := range k.Required {
		entry := edgeEntry("required", edge)
		from, to := slices.Index(names, edge[0]), slices.Index(names, edge[1])
		switch {
		case from < 0:
			return k.unknown(entry, edge[0], names)
		case to < 0:
			return k.unknown(entry, edge[1], names)
		case from == to:
			return k.errorf(entry, "an edge joins two columns; take it out")
		case c.forbidden[from][to]:
			return k.errorf(entry, "the edge goes from a later tier to an earlier one; take it out, or change the tiers")
		}
		err := c.Require(from, to)
		if numbered := (*ContradictionError)(nil); errors.As(err, &numbered) {
			return contradiction(numbered.Cycle, func(node int) string { return names[node] })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k Knowledge) forbid(c *Constraints, names []string) error {
	for _, edge := range k.Forbidden {
		entry := edgeEntry("forbidden", edge)
		sources, err := k.find(entry, edge[0], names)
		if err != nil {
			return err
		}
		targets, err := k.find(entry, edge[1], names)
		if err != nil {
			return err
		}
		if edge[0] == edge[1] && names[sources[0]] == edge[0] { // not a glob
			return k.errorf(entry, "an edge joins two columns; take it out")
		}
		for _, from := range sources {
			for _, to := range targets {
				if c.Required(from, to) {
					return k.errorf(entry, "the edge %s → %s is required as well; take one of the two out",
						label(names[from]), label(names[to]))
				}
				c.Forbid(from, to)
			}
		}
	}
	return nil
}

// find returns the columns that a name or glob stands for: that of the very name, which may hold brackets, or else
// those that match.
func (k Knowledge) find(entry, pattern string, names []string) ([]int, error) {
	if i := slices.Index(names, pattern); i >= 0 {
		return []int{i}, nil
	}
	var found []int
	for i, name := range names {
		ok, err := globs.Match(pattern, name)
		if err != nil {
			return nil, k.errorf(entry, "%q is no valid glob; close its brackets", pattern)
		}
		if ok {
			found = append(found, i)
		}
	}
	if found == nil {
		return nil, k.unknown(entry, pattern, names)
	}
	return found, nil
}

func (k Knowledge) unknown(entry, name string, names []string) error {
	if strings.ContainsAny(name, `*?[`) {
		if strings.HasPrefix(entry, "required") {
			return k.errorf(entry, "there is no column %q; write a name out, a required edge takes no globs", name)
		}
		return k.errorf(entry, "no column matches %q", name)
	}
	return k.errorf(entry, "%s", noColumn(name, names))
}

func noColumn(name string, names []string) string {
	if meant := suggest.Nearest(name, names); meant != "" {
		return fmt.Sprintf("there is no column %q; did you mean %q?", name, meant)
	}
	return fmt.Sprintf("there is no column %q; take it out, or correct it", name)
}
