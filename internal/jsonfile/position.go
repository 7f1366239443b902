package jsonfile

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// Position is the line and the column, from 1, at which encoding/json stopped decoding text with err.
func Position(text []byte, err error) (line, column int) {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var offset int64
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	before := string(text[:max(0, min(int(offset), len(text))-1)])
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[1+strings.LastIndex(before, "\n"):])
}
