package guess

import (
	"errors"
	"strconv"
	"strings"

	"deepcausalmmm/panel/table"
)

// Table is the beginning of a table. Its rows are as long as Names.
type Table struct {
	Names []string
	Rows  [][]table.Cell
}

// mostRows are enough to guess from.
const mostRows = 20_000

var errEnough = errors.New("enough rows")

// Read reads the first rows of a table. Sheet names a sheet of a workbook; "" is its only one.
func Read(path, sheet string) (*Table, error) {
	t := &Table{}
	err := table.With(path, table.Options{Sheet: sheet}, func(from *table.Table) error { return t.read(from) })
	return t, err
}

func (t *Table) read(from *table.Table) error {
	t.Names = from.Columns
	wanted := make([]table.Wanted, len(t.Names))
	for i := range wanted {
		wanted[i] = table.Wanted{Column: i, Number: true}
	}
	err := from.Rows(wanted, func() { t.Rows = nil }, func(_ int, cells []table.Cell) error {
		if len(t.Rows) == mostRows {
			return errEnough
		}
		kept := make([]table.Cell, len(cells))
		for i, c := range cells {
			c.Text = strings.Clone(c.Text)
			kept[i] = c
		}
		t.Rows = append(t.Rows, kept)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return err
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
		cell := row[column]
		if cell.Missing {
			continue
		}
		filled++
		if !cell.IsText() { // a number, though it may have a problem
			readable++
			s.negative = s.negative || cell.Value < 0
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
		seen[row[column].Text] = true
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
		if first, known := value[row[other].Text]; known && first != row[column].Text {
			return false
		}
		value[row[other].Text] = row[column].Text
	}
	return true
}

// column lists the cells of a column.
func (t *Table) column(i int) []string {
	cells := make([]string, len(t.Rows))
	for r, row := range t.Rows {
		cells[r] = row[i].Text
	}
	return cells
}

// repeats counts the rows whose cells in some columns an earlier row has too.
func (t *Table) repeats(columns ...int) (count int) {
	seen := map[string]bool{}
	for _, row := range t.Rows {
		var key strings.Builder
		for _, c := range columns {
			key.WriteString(strconv.Quote(row[c].Text))
		}
		if seen[key.String()] {
			count++
		}
		seen[key.String()] = true
	}
	return count
}
