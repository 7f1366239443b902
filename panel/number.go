package panel

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// maxMagnitude bounds measurements, so that sums of squares stay finite in float64 and single values in float32.
const maxMagnitude = 1e30

// number parses a cell, without surrounding space. An empty cell is missing: NaN.
func (r role) number(text string) (x float64, problem, fix string) {
	if text == "" {
		return math.NaN(), "", ""
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case x == 0 && err == nil:
		return 0, "", "" // −0 is 0
	case err == nil && strings.ContainsAny(text, "_xX"): // valid in Go, but not meant in a table
		return 0, "is not a number", "write digits only"
	case err != nil && !math.IsInf(x, 0):
		return 0, "is not a number", r.spelling(text)
	}
	problem, fix = r.check(x)
	return x, problem, fix
}

// Numbers as spreadsheets show them.
var (
	currency     = regexp.MustCompile(`^[-+(]*\s*(\p{Sc}|[A-Z]{3}\s)|\d\s*(\p{Sc}|\s[A-Z]{3})$`)
	thousands    = regexp.MustCompile(`^[-+]?\d{1,3}(,\d{3}){2,}(\.\d*)?$|^[-+]?\d{1,3}(,\d{3})+\.\d*$|^[-+]?\d{1,3}([ ’'\x{a0}\x{202f}]\d{3})+([.,]\d*)?$`)
	decimalComma = regexp.MustCompile(`^[-+]?\d{1,3}(\.\d{3})*,\d*$|^[-+]?\d+,\d*$`)
)

// spelling returns the fix for a text that a person would read as a number, or else the fix of the role.
func (r role) spelling(text string) string {
	switch {
	case currency.MatchString(text):
		return "write the amount without its currency"
	case strings.HasSuffix(text, "%"):
		return "write the number without %, in the same unit in every row"
	case thousands.MatchString(text):
		return "write it without separators between thousands"
	case decimalComma.MatchString(text):
		return "write a decimal point, and nothing between thousands"
	}
	return r.fix()
}

// check returns the problem of a value and its fix; both are empty if there is none.
func (r role) check(x float64) (problem, fix string) {
	switch {
	case math.IsNaN(x), math.IsInf(x, 0):
		return "is not a finite number", r.fix()
	case math.Abs(x) > maxMagnitude:
		return "is too large to be a measurement", r.fix()
	case x <= 0 && r == populationRole:
		return "is not above 0", r.fix()
	case x < 0 && r == revenueRole:
		return "is negative", "write the money that a unit of the target brings"
	case x < 0 && (r == mediaRole || r == spendRole):
		return "is negative", "write 0 for a week off air; book a refund in the week that it corrects"
	}
	return "", ""
}

func (r role) fix() string {
	if r == mediaRole || r == spendRole {
		return "write 0 for a week off air, or leave the row out"
	}
	return "leave the cell empty where the value is unknown"
}
