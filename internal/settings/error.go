package settings

import "fmt"

// Error describes an error in a configuration and its position.
type Error struct {
	Source       string // the file, or the command line's --set
	Line, Column int    // 0 if there is none, as for --set
	Key          string // dotted path; empty if the text is no YAML at all
	Problem      string
}

func (e *Error) Error() string {
	at := e.Source
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", e.Source, e.Line, e.Column)
	}
	if e.Key == "" {
		return fmt.Sprintf("%s: %s", at, e.Problem)
	}
	return fmt.Sprintf("%s: %s: %s", at, e.Key, e.Problem)
}

// Item is the key of an item of a list, counted from 1 as people do.
func Item(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i+1) }
