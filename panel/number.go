package panel

import (
	"math"
	"strconv"
)

// largest is the largest magnitude taken for a measurement: sums of squares stay finite, in float32 single values do.
const largest = 1e30

// number reads a cell of a role; an empty cell is missing, NaN. The cell comes without surrounding space.
func (r role) number(text string) (x float64, problem, mend string) {
	if text == "" {
		return math.NaN(), "", ""
	}
	x, err := strconv.ParseFloat(text, 64)
	if x == 0 && err == nil {
		return 0, "", "" // −0 is 0
	}
	if err != nil && !math.IsInf(x, 0) {
		return 0, "is not a number", r.mend()
	}
	problem, mend = r.check(x)
	return x, problem, mend
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
