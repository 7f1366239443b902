package table

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Cell is a cell of a row. Text is valid until the row's callback returns.
type Cell struct {
	Text    string  // without surrounding space
	Value   float64 // of a number column: NaN if the cell is missing or has a problem
	Missing bool    // the cell is empty, or holds a word for a missing value
	Line    int     // of the cell in a table that Pivot returned; else 0: that of the row

	Problem, Fix string // why a cell of a number column is not missing and no number, and what to write instead
}

// IsText reports whether a cell of a number column holds words: a category perhaps, and not a number with a problem.
func (c Cell) IsText() bool { return c.Problem == notNumber }

const notNumber = "is not a number"

// Words that say that a value is missing, in lower case. So does an empty cell.
var missingWords = map[string]bool{
	"na": true, "n/a": true, "n.a.": true, "#n/a": true, "null": true, "nan": true, "none": true,
	"-": true, "–": true, "—": true, ".": true, "?": true,
}

var truthWords = map[string]float64{"true": 1, "false": 0, "yes": 1, "no": 0}

// longestWord is the length in bytes of the longest of these words.
const longestWord = 5

// word parses a cell that holds one of the words above, or nothing.
func word(text string) (c Cell, ok bool) {
	if text == "" {
		return Cell{Value: math.NaN(), Missing: true}, true
	}
	if len(text) > longestWord {
		return Cell{}, false
	}
	lower := strings.ToLower(text)
	if missingWords[lower] {
		return Cell{Text: text, Value: math.NaN(), Missing: true}, true
	}
	x, ok := truthWords[lower]
	return Cell{Text: text, Value: x}, ok
}

// goNumber parses a number in Go's notation, if it is one that tables use, too.
func goNumber(text string) (x float64, ok bool) {
	for i := range len(text) {
		if b := text[i]; (b < '0' || b > '9') && b != '.' && b != '-' && b != '+' && b != 'e' && b != 'E' {
			return 0, false // Go also reads 1_000, 0x10, inf and nan
		}
	}
	x, err := strconv.ParseFloat(text, 64)
	return positiveZero(x), err == nil || math.IsInf(x, 0)
}

// unreadable is a cell that is neither a number nor a word.
func unreadable(text string) Cell {
	c := Cell{Text: text, Value: math.NaN(), Problem: notNumber}
	switch {
	case !utf8.ValidString(text):
		c.Problem, c.Fix = "is not UTF-8 text", "save the table as CSV in UTF-8"
	case strings.HasPrefix(text, "#") && text == strings.ToUpper(text):
		c.Problem, c.Fix = "is an error of a formula", "correct the formula, or leave the cell empty"
	case strings.EqualFold(strings.TrimLeft(text, "+-"), "inf"), strings.EqualFold(strings.TrimLeft(text, "+-"), "infinity"):
		c.Problem = "is not a finite number"
	case strings.ContainsAny(text, "0123456789"):
		c.Fix = "write digits only"
	}
	return c
}
