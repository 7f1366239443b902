// Package yamltext parses the YAML of configurations and prior knowledge, bounds its size and depth, and describes errors in
// terms of the file.
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

// Bounds on a text. The parser's time grows with the square of the depth: a hundred thousand brackets take a minute.
const (
	maxBytes = 1 << 20
	maxOpen  = 32 // open brackets
)

// Error is a problem of a text and its place.
type Error struct {
	Line, Column int // from 1; 0 if unknown
	Problem      string
}

func (e *Error) Error() string { return e.Problem }

// Parse returns the root of a text's only document, nil if it is empty. An error is an *Error.
func Parse(text []byte) (ast.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // the byte order mark of editors on Windows
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
	if len(text) > maxBytes {
		return &Error{Problem: fmt.Sprintf("holds %d bytes, too many for such a file (is it the table?)", len(text))}
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
		if open > maxOpen {
			return &Error{Line: line, Problem: fmt.Sprintf("more than %d brackets are open (close them)", maxOpen)}
		}
	}
	return nil
}

// Explain describes an error of the YAML library in one line.
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
		e.Problem = "the line begins with a tab (indent with spaces)"
	case strings.Contains(message, "non-map value") && strings.Contains(line, "="):
		e.Problem = fmt.Sprintf("%q is not a `key: value` (write a colon and a space, not =)", strings.TrimSpace(line))
	case strings.Contains(message, "non-map value"):
		e.Problem = fmt.Sprintf("%q is not a `key: value` (write a colon and a space)", strings.TrimSpace(line))
	case strings.Contains(message, "mapping value is not allowed"):
		e.Problem = "a second `key: value` in a value (indent the next line like its neighbours, and quote a value with `: ` in it)"
	case strings.Contains(message, "value is not allowed in this context"):
		e.Problem = "the indentation matches no line before it (indent it like its neighbours)"
	}
	return e
}
