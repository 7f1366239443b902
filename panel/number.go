package panel

import (
	"cmp"
	"math"

	"deepcausalmmm/panel/table"
)

// maxMagnitude bounds measurements, so that sums of squares stay finite in float64 and single values in float32.
const maxMagnitude = 1e30

// number returns the value of a cell, NaN if it is missing, or its problem.
func (r role) number(cell table.Cell) (x float64, problem, fix string) {
	switch {
	case cell.Problem != "":
		return math.NaN(), cell.Problem, cmp.Or(cell.Fix, r.fix())
	case cell.Missing:
		return math.NaN(), "", ""
	}
	problem, fix = r.check(cell.Value)
	return cell.Value, problem, fix
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
