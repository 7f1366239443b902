package table

import (
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// sheet is a sheet of a workbook. Its first row that is not empty is the header.
type sheet struct {
	book   *workbook
	name   string
	file   string
	hidden bool

	names []string
}

var _ content = (*sheet)(nil)

// choose returns the sheet of a name, or the only one that is visible and not empty.
func (w *workbook) choose(o Options) (content, error) {
	var full, all []string
	var only *sheet
	for _, s := range w.sheets {
		all = append(all, strconv.Quote(s.name))
		if s.name == o.Sheet {
			return s, nil
		}
		if o.Sheet != "" || s.hidden {
			continue
		}
		empty, err := s.empty()
		if err != nil {
			return nil, err
		}
		if !empty {
			full, only = append(full, strconv.Quote(s.name)), s
		}
	}
	switch {
	case o.Sheet != "":
		return nil, fmt.Errorf("%s: the workbook has no sheet %q. Its sheets are %s", w.source.path, o.Sheet, strings.Join(all, ", "))
	case len(full) == 0:
		return nil, fmt.Errorf("%s: the workbook is empty (it needs a header and a row per region and week)", w.source.path)
	case len(full) > 1:
		return nil, fmt.Errorf("%s: several sheets have cells: %s (name one: data.sheet in a configuration, --sheet on a command line)",
			w.source.path, strings.Join(full, ", "))
	}
	return only, nil
}

var errEnough = errors.New("enough rows")

func (s *sheet) empty() (empty bool, err error) {
	empty = true
	_, err = s.rows(func(int, []raw) error {
		empty = false
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return empty, err
}

func (s *sheet) header() ([]string, error) {
	line, width := 0, 0
	_, err := s.rows(func(at int, cells []raw) error {
		if s.names != nil { // the row after the header: is that a title?
			width = len(cells)
			return errEnough
		}
		line = at
		for i, c := range cells {
			if !utf8.ValidString(c.text) {
				return fmt.Errorf("%s:%d: the name of column %d is not UTF-8 text (correct it)", s.book.source.path, at, i+1)
			}
			s.names = append(s.names, strings.TrimSpace(c.text))
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	if s.names == nil {
		return nil, fmt.Errorf("%s: the sheet %q is empty (it needs a header and a row per region and week)", s.book.source.path, s.name)
	}
	return s.names, checkTitle(s.book.source.path, line, s.names, []int{width})
}

func (s *sheet) each(wanted []int, row func(line int, cells []raw) error) (blank int, err error) {
	picked := make([]raw, len(wanted))
	isHeader := true
	return s.rows(func(line int, cells []raw) error {
		if isHeader {
			isHeader = false
			return nil
		}
		for i := lastName(s.names); i < len(cells); i++ {
			if strings.TrimSpace(cells[i].text) != "" {
				return fmt.Errorf("%s:%d: cell %s%d, %q, is right of the last column of the header (name its column, or delete it)",
					s.book.source.path, line, columnName(i), line, cells[i].text)
			}
		}
		for i, column := range wanted {
			picked[i] = raw{}
			if column < len(cells) {
				picked[i] = cells[column]
			}
		}
		return row(line, picked)
	})
}

// largest sheet that Excel can have.
const (
	maxColumns = 1 << 14
	maxRows    = 1 << 20
)

// rows calls visit with every row that has a cell with text, and counts the others between the first and the last. Cells are
// those up to the last with a value, and valid until visit returns.
func (s *sheet) rows(visit func(line int, cells []raw) error) (blank int, err error) {
	var stop error // of visit, which is no damage of the file
	line, column, last := 0, 0, 0
	var cells []raw
	flush := func() error {
		for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1].text) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) == 0 {
			return nil
		}
		if last > 0 {
			blank += line - last - 1
		}
		last = line
		stop = visit(line, cells)
		return stop
	}
	err = s.book.parse(s.file, func(d *xml.Decoder) error {
		inRow := false
		err := elements(d, map[string]func(xml.StartElement) error{
			"row": func(start xml.StartElement) error {
				if inRow {
					if err := flush(); err != nil {
						return err
					}
				}
				next, err := number(start, "r", line+1)
				if err == nil && (next <= line || next > maxRows) {
					err = fmt.Errorf("row %d follows row %d", next, line)
				}
				inRow, line, column, cells = true, next, 0, cells[:0]
				return err
			},
			"c": func(start xml.StartElement) error {
				column++
				if address := attribute(start, "r"); address != "" {
					if column = columnOf(address); column == 0 {
						return fmt.Errorf("%q is not the address of a cell", address)
					}
				}
				if !inRow || column <= len(cells) || column > maxColumns {
					return fmt.Errorf("the cell of column %d in row %d is out of order", column, line)
				}
				c, err := s.cell(d, start)
				if err != nil || c.text == "" {
					return err
				}
				for len(cells) < column-1 {
					cells = append(cells, raw{})
				}
				cells = append(cells, c)
				return nil
			},
		})
		if err != nil || !inRow {
			return err
		}
		return flush()
	})
	if stop != nil {
		return blank, stop
	}
	if err != nil {
		return blank, s.book.damaged(err)
	}
	return blank, nil
}

// cell reads one cell (section 18.3.1.4). A formula has the value that was last calculated.
func (s *sheet) cell(d *xml.Decoder, start xml.StartElement) (raw, error) {
	var content struct {
		V  *string  `xml:"v"`
		Is richText `xml:"is"`
		F  *string  `xml:"f"`
	}
	if err := d.DecodeElement(&content, &start); err != nil {
		return raw{}, err
	}
	if content.V == nil {
		if content.F != nil {
			return raw{}, fmt.Errorf("the formula in cell %s has no calculated value: open it in Excel and save it", attribute(start, "r"))
		}
		return raw{text: content.Is.String()}, nil
	}
	value := *content.V
	switch attribute(start, "t") {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(s.book.strings) {
			return raw{}, fmt.Errorf("cell %s refers to text %q, but there are %d", attribute(start, "r"), value, len(s.book.strings))
		}
		return raw{text: s.book.strings[i]}, nil
	case "b":
		return raw{text: map[string]string{"0": "FALSE", "1": "TRUE"}[value]}, nil
	case "d":
		if t, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(value, "Z")); err == nil {
			value = date(t)
		}
		return raw{text: value}, nil
	case "", "n":
		style, err := number(start, "s", 0)
		if err != nil {
			return raw{}, err
		}
		if style >= 0 && style < len(s.book.isDate) && s.book.isDate[style] {
			return raw{text: s.book.date(value)}, nil
		}
		return raw{text: value, number: true}, nil
	}
	return raw{text: value}, nil // a formula's text, or an error such as #DIV/0!
}

// date formats the days since the workbook's epoch. Excel counts a 29 February 1900, which there never was.
func (w *workbook) date(serial string) string {
	days, err := strconv.ParseFloat(serial, 64)
	if err != nil || !(days >= 0 && days < 2958466) { // the year 10000
		return serial
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case w.date1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 60:
		days++
	}
	const millisecondsOfDay = 24 * 60 * 60 * 1000
	instant := math.Round(days * millisecondsOfDay)
	return date(epoch.AddDate(0, 0, int(instant/millisecondsOfDay)).Add(time.Duration(math.Mod(instant, millisecondsOfDay)) * time.Millisecond))
}

// attribute returns an attribute without a namespace.
func attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// number returns an attribute that is a whole number.
func number(start xml.StartElement, name string, otherwise int) (int, error) {
	text := attribute(start, name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s=%q is not a number", name, text)
	}
	return n, nil
}

// columnOf returns the number of the column in an address, B12 is in the second; 0 if it is none.
func columnOf(address string) (column int) {
	for i := range len(address) {
		switch b := address[i]; {
		case b >= 'A' && b <= 'Z' && column <= maxColumns:
			column = 26*column + int(b-'A') + 1
		case b >= '0' && b <= '9' && i > 0:
			return column
		default:
			return 0
		}
	}
	return 0
}

// columnName is the inverse of columnOf, for a column that counts from 0.
func columnName(i int) (name string) {
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
