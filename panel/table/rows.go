package table

import (
	"errors"
	"strings"
)

// Wanted is a column to read, by its position in Table.Columns. Its cells are parsed if they should be numbers.
type Wanted struct {
	Column int
	Number bool
}

// Rows calls row with every row that is not blank: its line and the cells of the wanted columns.
//
// Numbers may have a decimal point or comma and separators between thousands, signs of currency and percent, and the
// parentheses of accountants. All numbers of a file are read in the same notation. Most files have Go's, which is tried first:
// at the first cell that shows another, Rows calls begin again, and row from the first row, after all cells decided which.
func (t *Table) Rows(columns []Wanted, begin func(), row func(line int, cells []Cell) error) error {
	plain := &plainNumbers{}
	begin()
	err := t.read(columns, plain.cell, row)
	if err == nil && plain.either && !plain.point {
		err = errOtherNotation
	}
	if !errors.Is(err, errOtherNotation) {
		return err
	}
	n, err := t.survey(columns)
	if err != nil {
		return err
	}
	begin()
	return t.read(columns, func(i int, text string) (Cell, error) { return n.cell(i, text), nil }, row)
}

// read parses the cells of all rows.
func (t *Table) read(columns []Wanted, parse func(i int, text string) (Cell, error), row func(line int, cells []Cell) error) error {
	wanted := make([]int, len(columns))
	for i, c := range columns {
		wanted[i] = c.Column
	}
	cells := make([]Cell, len(columns))
	blank, err := t.content.each(wanted, func(line int, raws []raw) (err error) {
		for i, c := range columns {
			text := strings.TrimSpace(raws[i].text)
			switch {
			case !c.Number:
				cells[i] = Cell{Text: text, Missing: text == ""}
			case raws[i].number:
				cells[i] = typed(text)
			default:
				if cells[i], err = parse(i, text); err != nil {
					return err
				}
			}
			cells[i].Line = raws[i].line
		}
		return row(line, cells)
	})
	t.Blank = blank
	return err
}

// typed parses a number of a file that knows which of its cells are numbers.
func typed(text string) Cell {
	if c, ok := word(text); ok {
		return c
	}
	if x, ok := goNumber(text); ok {
		return Cell{Text: text, Value: x}
	}
	return unreadable(text)
}

var errOtherNotation = errors.New("the numbers are not in Go's notation")

// plainNumbers parses numbers as Go does, until a cell shows that a file has another notation.
type plainNumbers struct {
	point  bool // a number certainly has a decimal point
	either bool // one may have a decimal point, or a separator between thousands
}

func (p *plainNumbers) cell(_ int, text string) (Cell, error) {
	if text != "" && text[0] <= '9' {
		if x, ok := goNumber(text); ok {
			p.note(text)
			return Cell{Text: text, Value: x}, nil
		}
	}
	if c, ok := word(text); ok {
		return c, nil
	}
	if _, ok := takeApart(text); ok {
		return Cell{}, errOtherNotation
	}
	return unreadable(text), nil
}

func (p *plainNumbers) note(text string) {
	if p.point || strings.IndexByte(text, '.') < 0 {
		return
	}
	if m, _ := markOf(strings.TrimLeft(text, "+-")); m == eitherPoint {
		p.either = true
	} else {
		p.point = true
	}
}

// origin is what the kind of the file says of its numbers.
func (t *Table) origin() origin {
	switch c := t.source().(type) {
	case *sheet:
		return anyones
	case *csvTable:
		return map[rune]origin{',': commas, '|': programs}[c.separator]
	}
	return programs
}

// survey finds the notation of the numbers from all cells.
func (t *Table) survey(columns []Wanted) (*notation, error) {
	e := newEvidence()
	var wanted, number []int
	for i, c := range columns {
		if c.Number {
			wanted, number = append(wanted, c.Column), append(number, i)
		}
	}
	_, err := t.content.each(wanted, func(line int, cells []raw) error {
		for j, cell := range cells {
			cell.text = strings.TrimSpace(cell.text)
			e.add(number[j], cell, place{cell.text, t.Columns[wanted[j]], line})
		}
		return nil
	})
	return e.decide(t.origin()), err
}
