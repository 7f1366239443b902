package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvTable is a file of rows whose cells are separated by commas, semicolons, tabs or bars.
type csvTable struct {
	*source
	rows      *csv.Reader
	separator rune
	names     []string
	needed    int // columns up to the last with a name
}

var _ content = (*csvTable)(nil)

func newCSV(s *source) *csvTable { return &csvTable{source: s} }

// begin opens the file and reads its header.
func (t *csvTable) begin() (io.Closer, error) {
	from, err := t.open()
	if err != nil {
		return nil, t.unreadable(err)
	}
	if err = t.readHeader(from); err != nil {
		from.Close()
		return nil, err
	}
	return from, nil
}

func (t *csvTable) readHeader(from io.Reader) error {
	text, err := decoded(from)
	if err != nil {
		return t.unreadable(err)
	}
	sample, err := peek(text)
	if err != nil {
		return t.unreadable(err)
	}
	t.separator = separator(sample)
	t.rows = csv.NewReader(text)
	t.rows.Comma, t.rows.FieldsPerRecord, t.rows.ReuseRecord = t.separator, -1, true
	record, err := t.rows.Read()
	for err == nil && isBlank(record) {
		record, err = t.rows.Read()
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: the file is empty (it needs a header and a row per region and week)", t.path)
	}
	if err != nil {
		return t.explain(err)
	}
	line, _ := t.rows.FieldPos(0)
	names := slices.Clone(record)
	for i, name := range names {
		if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
			return fmt.Errorf("%s:%d: the header is not UTF-8 text (save the table as CSV in UTF-8)", t.path, line)
		}
		names[i] = strings.TrimSpace(name)
	}
	t.names, t.needed = names, lastName(names)
	return checkTitle(t.path, line, names, widths(sample, t.separator))
}

// lastName returns the number of columns up to the last with a name.
func lastName(names []string) int {
	n := len(names)
	for n > 0 && names[n-1] == "" {
		n--
	}
	return n
}

// checkTitle rejects a title instead of a header: a first row with one cell before rows of several.
func checkTitle(path string, line int, names []string, widths []int) error {
	if named := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" }); len(named) != 1 || len(widths) == 0 {
		return nil
	}
	width := slices.Max(widths)
	if width < 3 && len(names) > 1 || width < 2 { // an index without a name, and a column
		return nil
	}
	return fmt.Errorf("%s:%d: the first row has one name, %q, but a later one has %d cells (delete the lines above the header)",
		path, line, strings.Join(names, ""), width)
}

func (t *csvTable) header() ([]string, error) {
	from, err := t.begin()
	if err != nil {
		return nil, err
	}
	from.Close()
	return t.names, nil
}

func (t *csvTable) each(wanted []int, row func(line int, cells []raw) error) (blank int, err error) {
	from, err := t.begin()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	cells := make([]raw, len(wanted))
	for {
		record, err := t.rows.Read()
		if errors.Is(err, io.EOF) {
			return blank, nil
		}
		if err != nil {
			return blank, t.explain(err)
		}
		if isBlank(record) {
			blank++
			continue
		}
		line, _ := t.rows.FieldPos(0)
		if len(record) >= t.needed && len(record) <= len(t.names) && !isBlank(record[t.needed:]) {
			return blank, fmt.Errorf("%s:%d: a cell is right of the last column with a name (name its column, or delete it)", t.path, line)
		}
		if len(record) < t.needed || len(record) > len(t.names) {
			return blank, fmt.Errorf("%s:%d: %d fields, but the header has %d (put a cell that holds a %s in quotes)",
				t.path, line, len(record), len(t.names), separatorNames[t.separator])
		}
		for i, column := range wanted {
			cells[i].text = record[column]
		}
		if err = row(line, cells); err != nil {
			return blank, err
		}
	}
}

var separatorNames = map[rune]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "bar"}

// explain describes an error of the CSV reader in terms of the file.
func (t *csvTable) explain(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return t.unreadable(err)
	}
	// An unclosed quote extends to the end of the file: report the line where it opens.
	return fmt.Errorf("%s:%d: %w (close every quote; write one inside a cell twice)", t.path, parse.StartLine, parse.Err)
}
