// Package jsonfile reads and writes JSON in which a number may be missing: NaN and the infinities, which JSON cannot hold,
// are written as null, and null is read as NaN. One such number does not cost the rest of the file. Start reading at Encode.
package jsonfile

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	v1 "github.com/go-json-experiment/json/v1"
)

// Encode writes v to w, and returns the places of the numbers that are not finite and written as null, such as
// "structural.effects[3].low". Otherwise the bytes are those of an encoding/json Encoder with SetEscapeHTML(false) and
// SetIndent("", indent), written as they are produced; only invalid UTF-8 differs: it becomes U+FFFD
// unescaped. If a MarshalJSON method fails on such a number, its whole value is null.
func Encode(w io.Writer, v any, indent string) (lost []string, err error) {
	null := func(enc *jsontext.Encoder) error {
		if err := enc.WriteToken(jsontext.Null); err != nil {
			return err
		}
		lost = append(lost, place(enc))
		return nil
	}
	marshal := func(enc *jsontext.Encoder, v any) error {
		if m, ok := v.(stdjson.Marshaler); ok {
			text, err := m.MarshalJSON()
			var unsupported *stdjson.UnsupportedValueError
			if errors.As(err, &unsupported) {
				return null(enc)
			}
			if err != nil {
				return err
			}
			return enc.WriteValue(text)
		}
		if x := reflect.Indirect(reflect.ValueOf(v)); x.IsValid() && x.CanFloat() && !finite(x.Float()) {
			return null(enc)
		}
		return json.SkipFunc
	}
	options := []json.Options{v1.DefaultOptionsV1(), jsontext.EscapeForHTML(false), json.WithMarshalers(json.MarshalToFunc(marshal))}
	if indent != "" {
		options = append(options, jsontext.WithIndent(indent))
	}
	if err := json.MarshalWrite(w, v, options...); err != nil {
		return lost, err
	}
	_, err = io.WriteString(w, "\n")
	return lost, err
}

// Decode reads one JSON value into v, which must be a pointer, as encoding/json does, but null as NaN where v has a float64.
// A field of type *float64 stays nil.
func Decode(r io.Reader, v any) error {
	number := func(dec *jsontext.Decoder, x *float64) error {
		if dec.PeekKind() != 'n' {
			return json.SkipFunc
		}
		*x = math.NaN()
		_, err := dec.ReadToken()
		return err
	}
	return json.UnmarshalRead(r, v, v1.DefaultOptionsV1(), json.WithUnmarshalers(json.UnmarshalFromFunc(number)))
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// place is where the value that was written last is: keys joined by dots, indices in brackets.
func place(enc *jsontext.Encoder) string {
	var path strings.Builder
	depth := 1
	for token := range enc.StackPointer().Tokens() {
		kind, _ := enc.StackIndex(depth)
		switch {
		case kind == '[':
			fmt.Fprintf(&path, "[%s]", token)
		case path.Len() > 0:
			path.WriteString("." + token)
		default:
			path.WriteString(token)
		}
		depth++
	}
	return path.String()
}
