// Package yamltext parses the YAML of configurations and of prior knowledge, holds it to a size and a depth that no honest
// file exceeds, and says in an analyst's words what is wrong with it.
package yamltext

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// What a text may be. The parser's time grows with the square of the depth: a hundred thousand brackets take it a minute.
const (
	largest = 1 << 20 // bytes
	deepest = 32      // brackets that are open at once
)

// Error is what is wrong with a text, and where.
type Error struct {
	Line, Column int // counted from 1; 0 where there is none
	Problem      string
}

func (e *Error) Error() string { return e.Problem }

// Parse returns the root of a text's only document, nil if it is empty. An error is an *Error.
func Parse(text []byte) (ast.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // which editors on Windows put before it
	if err := bounded(text); err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, Explain(err, string(text))
	}
	switch {
	case len(file.Docs) > 1:
		return nil, &Error{Problem: "holds more than one YAML document; put all into one"}
	case len(file.Docs) == 0 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() == ast.NullType:
		return nil, nil
	}
	return file.Docs[0].Body, nil
}

func bounded(text []byte) error {
	if len(text) > largest {
		return &Error{Problem: fmt.Sprintf("holds %d bytes, which is no such file (is it the table?)", len(text))}
	}
	line, open := 1, 0
	for _, c := range text {
		switch c {
		case '\n':
			line++
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		}
		if open > deepest {
			return &Error{Line: line, Problem: fmt.Sprintf("more than %d brackets are open (close them)", deepest)}
		}
	}
	return nil
}

// Explain brings an error of the YAML library into one line.
func Explain(err error, text string) *Error {
	var y yaml.Error
	if !errors.As(err, &y) {
		return &Error{Problem: strings.ReplaceAll(err.Error(), "\n", " ")}
	}
	e := &Error{Problem: y.GetMessage()}
	if at := y.GetToken(); at != nil {
		e.Line, e.Column = at.Position.Line, at.Position.Column
	}
	line := ""
	if lines := strings.Split(text, "\n"); 0 < e.Line && e.Line <= len(lines) {
		line = lines[e.Line-1]
	}
	switch message := e.Problem; {
	case strings.Contains(message, "'\t'") && strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		e.Problem = "the line begins with a tab (indent by spaces)"
	case strings.Contains(message, "non-map value") && strings.Contains(line, "="):
		e.Problem = fmt.Sprintf("%q is no `key: value` (write a colon and a space, not =)", strings.TrimSpace(line))
	case strings.Contains(message, "non-map value"):
		e.Problem = fmt.Sprintf("%q is no `key: value` (write a colon and a space)", strings.TrimSpace(line))
	case strings.Contains(message, "mapping value is not allowed"):
		e.Problem = "a second `key: value` in a value (indent the next line as its neighbours, and quote a value with `: ` in it)"
	case strings.Contains(message, "value is not allowed in this context"):
		e.Problem = "the line is indented as no line before it (indent it as its neighbours)"
	}
	return e
}
