// Package cell escapes names in CSV so that no spreadsheet executes them as formulas, and reads them back.
package cell

import "strings"

// formula is the set of characters that start a formula in spreadsheets (OWASP, CSV injection).
const formula = "=+-@\t\r"

// Text returns a name as the text of a cell: if it would start a formula, with an apostrophe in front, which makes
// spreadsheets show plain text. A name that already has apostrophes before such a start gets one more, so that Name can
// undo it.
func Text(name string) string {
	if starts(name) {
		return "'" + name
	}
	return name
}

// Name is the inverse of Text.
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
