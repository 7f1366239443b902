package format

import (
	"errors"
	"fmt"
	globs "path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/suggest"
)

// Knowledge is prior knowledge about a graph, by the names of its nodes. A name in Forbidden and Tiers may be a glob in the
// syntax of path.Match, for all nodes that it matches.
type Knowledge struct {
	Forbidden [][2]string // edges that the graph must not have, from and to
	Required  [][2]string // edges that the graph must have, from and to
	Tiers     [][]string  // no edge goes from a later tier to an earlier one; nodes in no tier are free

	file   string
	places map[string]*token.Position // of entries in the file, by their text in errors
}

// KnowledgeError says what is wrong with prior knowledge, and where.
type KnowledgeError struct {
	File         string // empty for knowledge made in Go
	Line, Column int    // counted from 1; 0 if unknown
	Key          string // forbidden, required or tiers, with the entry; may be empty
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

// errorf describes a problem with an entry, named by edgeEntry or tierEntry.
func (k Knowledge) errorf(entry, format string, args ...any) error {
	e := &KnowledgeError{File: k.file, Key: entry, Problem: fmt.Sprintf(format, args...)}
	if at := k.places[entry]; at != nil {
		e.Line, e.Column = at.Line, at.Column
	}
	return e
}

func edgeEntry(key string, edge [2]string) string {
	return fmt.Sprintf("%s: %s → %s", key, dag.Label(edge[0]), dag.Label(edge[1]))
}

func tierEntry(name string) string { return "tiers: " + dag.Label(name) }

// Constraints resolves the knowledge for the columns of a table. Names without a column, and knowledge that no graph
// meets, are a *KnowledgeError; required edges that form a cycle are a *dag.ContradictionError.
func (k Knowledge) Constraints(names []string) (*dag.Constraints, error) {
	c := dag.NewConstraints(len(names))
	for _, add := range []func(*dag.Constraints, []string) error{k.tier, k.require, k.forbid} {
		if err := add(c, names); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (k Knowledge) tier(c *dag.Constraints, names []string) error {
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
							dag.Label(names[node]), s+1, t+1)
					}
				}
			}
			tiers[t] = append(tiers[t], nodes...)
		}
	}
	return c.Tier(tiers...)
}

// require runs before forbid, so that only the tiers have forbidden edges by then.
func (k Knowledge) require(c *dag.Constraints, names []string) error {
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
		case c.Forbidden(from, to):
			return k.errorf(entry, "the edge goes from a later tier to an earlier one; take it out, or change the tiers")
		}
		err := c.Require(from, to)
		if contradiction := (*dag.ContradictionError)(nil); errors.As(err, &contradiction) {
			for _, node := range contradiction.Cycle {
				contradiction.Names = append(contradiction.Names, names[node])
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k Knowledge) forbid(c *dag.Constraints, names []string) error {
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
						dag.Label(names[from]), dag.Label(names[to]))
				}
				c.Forbid(from, to)
			}
		}
	}
	return nil
}

// find returns the column of exactly this name, which may contain brackets, or else all columns that match the glob.
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
