package table

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Repeat is a value that a long table has twice.
type Repeat struct {
	Keys     []string
	Variable string
	Lines    [2]int
}

// Pivot returns a long table, which has a row for each variable, as a wide one: its columns are the keys, then the variables,
// sorted by name. Rows of equal keys become one row. Where a variable repeats, its further values are in further rows of the
// same keys, whose other cells are empty; the first such value is returned, too. Positions are those of Columns.
func (t *Table) Pivot(keys []int, variable, value int) (*Table, *Repeat, error) {
	p := &pivot{from: t.content, groups: map[string]int{}, count: map[entry]int{}}
	wanted := append(slices.Clone(keys), variable, value)
	numbers := map[string]int{}
	var repeat *Repeat
	blank, err := t.content.each(wanted, func(line int, cells []raw) error {
		name := strings.TrimSpace(cells[len(keys)].text)
		if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
			file, n := t.Place(line)
			return fmt.Errorf("%s:%d: column %q: %q is not a variable (name the variable in every row, in UTF-8)", file, n, t.Columns[variable], name)
		}
		number, known := numbers[name]
		if !known {
			number = len(numbers)
			name = strings.Clone(name)
			numbers[name] = number
			p.variables = append(p.variables, name)
		}
		cell := cells[len(keys)+1]
		cell.text, cell.line = strings.Clone(cell.text), line
		if first := p.add(cells[:len(keys)], line, number, cell); first > 0 && repeat == nil {
			repeat = &Repeat{Variable: name, Lines: [2]int{first, line}}
			for _, key := range cells[:len(keys)] {
				repeat.Keys = append(repeat.Keys, strings.Clone(strings.TrimSpace(key.text)))
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if p.entries < len(p.rows)*len(p.variables)/100 {
		return nil, nil, fmt.Errorf("%s: %d values cannot be those of %d variables in %d rows (is %q the column of the variables?)",
			t.Path, p.entries, len(p.variables), len(p.rows), t.Columns[variable])
	}
	p.sort()
	for _, key := range keys {
		p.keys = append(p.keys, t.Columns[key])
	}
	p.blank, p.groups, p.count = blank, nil, nil
	return &Table{Path: t.Path, Columns: slices.Concat(p.keys, p.variables), content: p}, repeat, nil
}

// pivot is a long table as a wide one.
type pivot struct {
	from      content
	keys      []string
	variables []string
	rows      []pivotRow
	entries   int
	blank     int

	groups map[string]int // the first row of the same keys
	count  map[entry]int  // values of a variable in rows of the same keys
}

var _ content = (*pivot)(nil)

type entry struct{ row, variable int }

type pivotRow struct {
	line  int
	next  int // the next row of the same keys, 0 if there is none
	keys  []raw
	cells []pivotCell
}

type pivotCell struct {
	variable int
	raw
}

// add puts a value in the first row of its keys in which the variable is free. It returns the line of the value before, 0 if
// there is none.
func (p *pivot) add(keys []raw, line, variable int, cell raw) (before int) {
	p.entries++
	first := p.group(keys, line)
	e := entry{first, variable}
	at := first
	for range p.count[e] {
		before = p.line(at, variable)
		if p.rows[at].next == 0 {
			p.rows[at].next = len(p.rows)
			p.rows = append(p.rows, pivotRow{line: line, keys: p.rows[at].keys})
		}
		at = p.rows[at].next
	}
	p.count[e]++
	p.rows[at].cells = append(p.rows[at].cells, pivotCell{variable, cell})
	return before
}

// group returns the first row of keys.
func (p *pivot) group(keys []raw, line int) int {
	var joined strings.Builder
	for _, key := range keys {
		joined.WriteString(strings.TrimSpace(key.text))
		joined.WriteByte(0)
	}
	at, known := p.groups[joined.String()]
	if !known {
		at = len(p.rows)
		p.groups[joined.String()] = at
		row := pivotRow{line: line}
		for _, key := range keys {
			row.keys = append(row.keys, raw{text: strings.Clone(key.text), number: key.number})
		}
		p.rows = append(p.rows, row)
	}
	return at
}

// line is the line of a variable's value in a row.
func (p *pivot) line(row, variable int) int {
	for _, c := range p.rows[row].cells {
		if c.variable == variable {
			return c.line
		}
	}
	return 0
}

// sort orders the variables by name.
func (p *pivot) sort() {
	sorted := slices.Sorted(slices.Values(p.variables))
	position := make([]int, len(sorted))
	for i, name := range p.variables {
		position[i], _ = slices.BinarySearch(sorted, name)
	}
	for _, row := range p.rows {
		for i, c := range row.cells {
			row.cells[i].variable = position[c.variable]
		}
	}
	p.variables = sorted
}

func (p *pivot) header() ([]string, error) { return slices.Concat(p.keys, p.variables), nil }

func (p *pivot) each(wanted []int, row func(line int, cells []raw) error) (blank int, err error) {
	at := map[int]int{}
	for i, w := range wanted {
		at[w] = i
	}
	cells := make([]raw, len(wanted))
	for _, r := range p.rows {
		clear(cells)
		for k, key := range r.keys {
			if i, ok := at[k]; ok {
				cells[i] = key
			}
		}
		for _, c := range r.cells {
			if i, ok := at[len(p.keys)+c.variable]; ok {
				cells[i] = c.raw
			}
		}
		if err := row(r.line, cells); err != nil {
			return 0, err
		}
	}
	return p.blank, nil
}
