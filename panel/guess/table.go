package guess

import (
	"strconv"
	"strings"
)

// Table is the beginning of a table as text. Its rows are as long as Names.
type Table struct {
	Names []string
	Rows  [][]string
	// Number reads a cell: it reports whether it is a number, and whether it is missing.
	Number func(text string) (x float64, missing, ok bool)
}

// maxLevels is the number of words in a column up to which they are taken for categories.
const maxLevels = 20

type kind int

const (
	numbers kind = iota
	texts
)

// summary is what the rules need to know of a column.
type summary struct {
	kind     kind
	levels   int // different cells
	negative bool
}

func (t *Table) summary(column int) summary {
	s := summary{levels: t.levels(column)}
	readable, filled := 0, 0
	for _, row := range t.Rows {
		x, missing, ok := t.Number(row[column])
		if missing {
			continue
		}
		filled++
		if ok {
			readable++
			s.negative = s.negative || x < 0
		}
	}
	if filled > readable { // a single word makes a column of words: a number that cannot be read is an error later
		s.kind = texts
	}
	return s
}

// levels counts the different cells of a column.
func (t *Table) levels(column int) int {
	seen := map[string]bool{}
	for _, row := range t.Rows {
		seen[row[column]] = true
	}
	return len(seen)
}

// dependsOn reports whether a column has one value for each value of another.
func (t *Table) dependsOn(column, other int) bool {
	if other < 0 {
		return false
	}
	value := map[string]string{}
	for _, row := range t.Rows {
		if first, known := value[row[other]]; known && first != row[column] {
			return false
		}
		value[row[other]] = row[column]
	}
	return true
}

// column lists the cells of a column.
func (t *Table) column(i int) []string {
	cells := make([]string, len(t.Rows))
	for r, row := range t.Rows {
		cells[r] = row[i]
	}
	return cells
}

// repeats counts the rows whose cells in some columns an earlier row has too.
func (t *Table) repeats(columns ...int) (count int) {
	seen := map[string]bool{}
	for _, row := range t.Rows {
		var key strings.Builder
		for _, c := range columns {
			key.WriteString(strconv.Quote(row[c]))
		}
		if seen[key.String()] {
			count++
		}
		seen[key.String()] = true
	}
	return count
}
