package panel

import (
	"fmt"
	"strings"

	"deepcausalmmm/panel/table"
)

// Numbers are columns of a plain table whose rows are observations.
type Numbers struct {
	Names []string // [N]
	Rows  int
	Cells []float64 // [Rows, N]
}

// Header reads the names of a table's columns. Sheet names one of a workbook.
func Header(path, sheet string) (names []string, err error) {
	err = table.With(path, table.Options{Sheet: sheet}, func(t *table.Table) error {
		names = t.Columns
		return nil
	})
	return names, err
}

// ReadNumbers reads the columns that match a name or glob, in the order of the table. Sheet names one of a workbook. A cell
// that is missing or not a number is a *CellError.
func ReadNumbers(path, sheet string, patterns ...string) (n *Numbers, err error) {
	err = table.With(path, table.Options{Sheet: sheet}, func(t *table.Table) error {
		if err := checkHeader(path, t.Columns); err != nil {
			return err
		}
		columns, err := match(path, patterns, t.Columns)
		if err != nil {
			return err
		}
		var names []string
		var wanted []table.Wanted
		for _, i := range columns {
			names, wanted = append(names, t.Columns[i]), append(wanted, table.Wanted{Column: i, Number: true})
		}
		return t.Rows(wanted, func() { n = &Numbers{Names: names} }, func(line int, cells []table.Cell) error {
			n.Rows++
			for i, cell := range cells {
				if problem, fix := observationProblem(cell); problem != "" {
					file, line := t.Place(line)
					return &CellError{
						File: file, Line: line, Column: names[i], Value: strings.Clone(cell.Text), Problem: problem, Fix: fix,
					}
				}
				n.Cells = append(n.Cells, cell.Value)
			}
			return nil
		})
	})
	if err == nil && n.Rows == 0 {
		err = fmt.Errorf("%s: the table has a header but no rows", path)
	}
	return n, err
}

// observationProblem says why a cell is no observation: a plain table has no missing values.
func observationProblem(cell table.Cell) (problem, fix string) {
	if cell.Missing {
		return "is a missing value", "choose columns without any, or leave the row out"
	}
	if _, problem, fix = controlRole.number(cell); problem != "" && fix == controlRole.fix() {
		fix = "choose columns of numbers, or leave the row out"
	}
	return problem, fix
}

// match returns the columns of names and globs, in the order of the table.
func match(path string, patterns, header []string) (found []int, err error) {
	r := request{role: "column", key: "column", patterns: patterns}
	claims := make([][]claim, len(header))
	for _, pattern := range patterns {
		if err := r.claim(path, pattern, header, claims); err != nil {
			return nil, err
		}
	}
	for i, roles := range claims {
		if len(roles) > 0 {
			found = append(found, i)
		}
	}
	return found, nil
}
