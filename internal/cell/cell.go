// Package cell writes names into CSV so that no spreadsheet takes them for a formula, and reads them back.
package cell

import "strings"

// formula starts what spreadsheets execute (OWASP, CSV injection).
const formula = "=+-@\t\r"

// Text is a name as a cell's text: with an apostrophe in front, which spreadsheets show as plain text, if it would
// start a formula. Text that already begins with apostrophes before such a start gets one more, so that Name can tell.
func Text(name string) string {
	if starts(name) {
		return "'" + name
	}
	return name
}

// Name undoes Text.
func Name(text string) string {
	if strings.HasPrefix(text, "'") && starts(text[1:]) {
		return text[1:]
	}
	return text
}

func starts(s string) bool {
	s = strings.TrimLeft(s, "'")
	return s != "" && strings.ContainsRune(formula, rune(s[0]))
}
