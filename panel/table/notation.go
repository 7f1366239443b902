package table

import (
	"fmt"
	"math"
	"strings"
)

// notation is how a file writes numbers. There is one for all of its number columns: a file that writes 1,5 in one writes
// 1.234 for 1234 in another.
type notation struct {
	decimal byte // '.' or ',', or 0 if nothing in the file decides
	first   map[mark]place
	minor   mark // point or comma, if the file has both: the one of fewer cells
	columns map[int]*spelling
}

// place is a cell and where it is.
type place struct {
	text, column string
	line         int
}

func (p place) String() string {
	return fmt.Sprintf("%q in column %q on line %d", p.text, p.column, p.line)
}

// spelling is what the cells of a column have in common.
type spelling struct {
	currency place // the first cell with one
	sign     string
	percent  place
	plain    place // the first number without %, other than 0
}

// evidence collects what the cells of a file say of its notation.
type evidence struct {
	notation
	count     map[mark]int
	ungrouped bool // a number of four digits or more before the decimal mark has no separator
}

func newEvidence() *evidence {
	return &evidence{notation{first: map[mark]place{}, columns: map[int]*spelling{}}, map[mark]int{}, false}
}

// add takes note of a cell of column i.
func (e *evidence) add(i int, cell raw, at place) {
	s := e.columns[i]
	if s == nil {
		s = &spelling{}
		e.columns[i] = s
	}
	if cell.number {
		if x, ok := goNumber(cell.text); ok && x != 0 {
			s.plain = earlier(s.plain, at)
		}
		return
	}
	f, ok := takeApart(cell.text)
	if !ok {
		return
	}
	if e.count[f.mark]++; f.mark != silent {
		e.first[f.mark] = earlier(e.first[f.mark], at)
	}
	if whole := strings.TrimRight(f.digits, ".,"); len(whole) > 3 && areDigits(whole[:4]) {
		e.ungrouped = true
	}
	if f.currency != "" && s.sign == "" {
		s.sign, s.currency = f.currency, at
	}
	if f.percent {
		s.percent = earlier(s.percent, at)
	} else if strings.ContainsAny(f.digits, "123456789") {
		s.plain = earlier(s.plain, at)
	}
}

// earlier keeps the first place.
func earlier(first, next place) place {
	if first.line > 0 {
		return first
	}
	next.text, next.column = strings.Clone(next.text), strings.Clone(next.column)
	return next
}

// origin is what the kind of a file says of its numbers.
type origin int

const (
	anyones  origin = iota // nothing
	programs               // programs write it, most of them with decimal points
	commas                 // commas are between its cells, which nobody chooses who writes decimal commas
)

// decide draws the conclusion. Where a program wrote the file, numbers without separators between thousands are enough to decide
// that 1.234 has none. With commas between cells 1.234 has a decimal point, and "1,234" thousands, unless other cells contradict.
func (e *evidence) decide(from origin) *notation {
	n := e.notation
	contradictory := e.count[eitherPoint] > 0 && e.count[eitherComma] > 0
	switch {
	case e.count[point] > 0 && e.count[comma] > 0:
		n.decimal, n.minor = '.', comma
		if e.count[comma] > e.count[point] {
			n.decimal, n.minor = ',', point
		}
	case e.count[comma] > 0:
		n.decimal = ','
	case e.count[point] > 0, e.count[eitherPoint]+e.count[eitherComma] == 0,
		from == commas && !contradictory,
		from == programs && e.ungrouped && e.count[eitherComma] == 0:
		n.decimal = '.'
	}
	return &n
}

// cell parses a cell of column i.
func (n *notation) cell(i int, text string) Cell {
	if c, ok := word(text); ok {
		return c
	}
	f, ok := takeApart(text)
	if !ok {
		return unreadable(text)
	}
	c := Cell{Text: text, Value: math.NaN()}
	if c.Problem, c.Fix = n.problem(f, n.columns[i]); c.Problem == "" {
		c.Value = f.value(n.decimal)
	}
	return c
}

// problem says why a number has no certain value.
func (n *notation) problem(f figure, s *spelling) (problem, fix string) {
	const alike = "write all numbers the same way"
	switch {
	case n.minor != silent && f.mark == n.minor:
		names := map[mark]string{point: "point", comma: "comma"}
		major := point + comma - n.minor
		return fmt.Sprintf("has a decimal %s, but %s a decimal %s", names[n.minor], n.first[major], names[major]), alike
	case n.decimal == 0 && (f.mark == eitherPoint || f.mark == eitherComma):
		one, other := f.value('.'), f.value(',')
		whole := math.Max(math.Abs(one), math.Abs(other))
		fraction := math.Min(math.Abs(one), math.Abs(other))
		return fmt.Sprintf("may be %v or %v, and no other number decides which", one, other),
			fmt.Sprintf("write %v without a separator, or %.4f with a decimal point, throughout the column", whole, fraction)
	case s.sign != "" && f.currency != "" && f.currency != s.sign:
		return fmt.Sprintf("is in another currency than %s", s.currency), "convert the column to one currency"
	case f.percent && s.plain.line > 0:
		return fmt.Sprintf("is a percentage, but %s is not", s.plain), "write the whole column with %, or without"
	}
	return "", ""
}
