package format

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/internal/yamltext"
)

// OpenKnowledge reads knowledge from a file; see ReadKnowledge.
func OpenKnowledge(path string) (Knowledge, error) {
	file, err := os.Open(path)
	if err != nil {
		return Knowledge{}, fmt.Errorf("%s: %w (check the path)", path, files.Cause(err))
	}
	defer file.Close()
	return ReadKnowledge(file, path)
}

// ReadKnowledge reads knowledge from YAML; file names the text in errors, which are a *KnowledgeError. All keys may be
// left out, and an edge may be written either way:
//
//	forbidden:
//	  - [search, tv]
//	  - "* -> holiday"
//	required:
//	  - tv -> search
//	tiers:
//	  - [holiday, tv]
//	  - ["*_clicks", search]
func ReadKnowledge(r io.Reader, file string) (Knowledge, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Knowledge{}, fmt.Errorf("%s: cannot read the knowledge: %w", file, err)
	}
	in := knowledgeReader{Knowledge{file: file, places: map[string]*token.Position{}}}
	if err := in.read(text); err != nil {
		return Knowledge{}, err
	}
	return in.k, nil
}

// knowledgeReader walks the syntax tree. Decoding into the struct would lose the positions, and would truncate and
// convert entries that should be errors.
type knowledgeReader struct{ k Knowledge }

func (in *knowledgeReader) read(text []byte) error {
	parsed, err := yamltext.Parse(text)
	if err != nil {
		return in.syntaxError(err, string(text))
	}
	if parsed == nil {
		return nil
	}
	root, ok := parsed.(*ast.MappingNode)
	if !ok {
		return in.errorf(parsed, "", "must be `key: list` lines with the keys forbidden, required and tiers")
	}
	for _, v := range root.Values {
		if err := in.section(v); err != nil {
			return err
		}
	}
	return nil
}

var knowledgeKeys = []string{"forbidden", "required", "tiers"}

func (in *knowledgeReader) section(v *ast.MappingValueNode) error {
	key := v.Key.GetToken().Value
	if !slices.Contains(knowledgeKeys, key) {
		if meant := suggest.Nearest(key, knowledgeKeys); meant != "" {
			return in.errorf(v.Key, dag.Label(key), "no such key; did you mean %s?", meant)
		}
		return in.errorf(v.Key, dag.Label(key), "no such key (there is: %s)", strings.Join(knowledgeKeys, ", "))
	}
	items, ok := sequence(v.Value)
	if !ok && v.Value.Type() != ast.NullType {
		return in.errorf(v.Value, key, "must be a list, one entry a line after a dash")
	}
	for _, item := range items {
		var err error
		switch key {
		case "forbidden":
			err = in.edge(&in.k.Forbidden, key, item)
		case "required":
			err = in.edge(&in.k.Required, key, item)
		case "tiers":
			err = in.tier(key, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var arrow = regexp.MustCompile(`\s*->\s*`)

// edge reads [from, to], or the text "from -> to".
func (in *knowledgeReader) edge(to *[][2]string, key string, n ast.Node) error {
	ends, err := in.names(key, n)
	if text, ok := scalar(n); ok {
		ends, err = arrow.Split(strings.TrimSpace(text), -1), nil
	}
	if err != nil {
		return err
	}
	if len(ends) != 2 {
		return in.errorf(n, key, "an edge has two ends: write [from, to], or from -> to")
	}
	edge := [2]string(ends)
	*to = append(*to, edge)
	in.k.places[edgeEntry(key, edge)] = n.GetToken().Position
	return nil
}

func (in *knowledgeReader) tier(key string, n ast.Node) error {
	names, err := in.names(key, n)
	if err != nil {
		return err
	}
	in.k.Tiers = append(in.k.Tiers, names)
	for i, item := range n.(*ast.SequenceNode).Values {
		in.k.places[tierEntry(names[i])] = item.GetToken().Position
	}
	return nil
}

func (in *knowledgeReader) names(key string, n ast.Node) ([]string, error) {
	items, ok := sequence(n)
	if !ok {
		return nil, in.errorf(n, key, "every entry must be a list of names: [tv, search]")
	}
	names := make([]string, len(items))
	for i, item := range items {
		if names[i], ok = scalar(item); !ok {
			return nil, in.errorf(item, key, `must be a name; put a glob or other special text in quotes: "*_clicks"`)
		}
	}
	return names, nil
}

func sequence(n ast.Node) ([]ast.Node, bool) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, false
	}
	return s.Values, true
}

// scalar takes numbers as written, since a column may be called 2024.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func (in *knowledgeReader) errorf(n ast.Node, key, format string, args ...any) error {
	at := n.GetToken().Position
	return &KnowledgeError{in.k.file, at.Line, at.Column, key, fmt.Sprintf(format, args...)}
}

// syntaxError says where the text is not YAML.
func (in *knowledgeReader) syntaxError(err error, text string) error {
	var at *yamltext.Error
	if !errors.As(err, &at) {
		return err
	}
	e := &KnowledgeError{File: in.k.file, Line: at.Line, Column: at.Column, Problem: at.Problem}
	if lines := strings.Split(text, "\n"); 0 < e.Line && e.Line <= len(lines) && strings.Contains(lines[e.Line-1], "*") {
		e.Problem += ` (put a glob in quotes: "*_clicks")`
	}
	return e
}
