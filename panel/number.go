package panel

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// largest is the largest magnitude taken for a measurement: sums of squares stay finite, in float32 single values do.
const largest = 1e30

// number reads a cell of a role; an empty cell is missing, NaN. The cell comes without surrounding space.
func (r role) number(text string) (x float64, problem, mend string) {
	if text == "" {
		return math.NaN(), "", ""
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case x == 0 && err == nil:
		return 0, "", "" // −0 is 0
	case err == nil && strings.ContainsAny(text, "_xX"): // which Go takes for a number, and no table means
		return 0, "is not a number", "write digits alone"
	case err != nil && !math.IsInf(x, 0):
		return 0, "is not a number", r.spelling(text)
	}
	problem, mend = r.check(x)
	return x, problem, mend
}

// Numbers as spreadsheets show them.
var (
	currency     = regexp.MustCompile(`^[-+(]*\s*(\p{Sc}|[A-Z]{3}\s)|\d\s*(\p{Sc}|\s[A-Z]{3})$`)
	thousands    = regexp.MustCompile(`^[-+]?\d{1,3}(,\d{3}){2,}(\.\d*)?$|^[-+]?\d{1,3}(,\d{3})+\.\d*$|^[-+]?\d{1,3}([ ’'\x{a0}\x{202f}]\d{3})+([.,]\d*)?$`)
	decimalComma = regexp.MustCompile(`^[-+]?\d{1,3}(\.\d{3})*,\d*$|^[-+]?\d+,\d*$`)
)

// spelling is the mend of a text that a person would read as a number, or else the role's.
func (r role) spelling(text string) string {
	switch {
	case currency.MatchString(text):
		return "write the amount without its currency"
	case strings.HasSuffix(text, "%"):
		return "write the number without %, in the same unit on every row"
	case thousands.MatchString(text):
		return "write it without separators between thousands"
	case decimalComma.MatchString(text):
		return "write a decimal point, and nothing between thousands"
	}
	return r.mend()
}

// check says what is wrong with a value of a role, if anything.
func (r role) check(x float64) (problem, mend string) {
	switch {
	case math.IsNaN(x), math.IsInf(x, 0):
		return "is not a finite number", r.mend()
	case math.Abs(x) > largest:
		return "is too large to be a measurement", r.mend()
	case x < 0 && (r == mediaRole || r == spendRole):
		return "is negative", "write 0 for a week off air; book a refund in the week that it corrects"
	}
	return "", ""
}

func (r role) mend() string {
	if r == mediaRole || r == spendRole {
		return "write 0 for a week off air, or leave the row out"
	}
	return "leave the cell empty where the value is unknown"
}
