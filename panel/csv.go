package panel

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvTable is a comma-separated file in UTF-8, with or without a byte order mark, with lines ending in LF or CRLF.
type csvTable struct {
	file   string
	start  *bufio.Reader
	rows   *csv.Reader
	fields int
}

var _ table = (*csvTable)(nil)

func newCSV(file string, from io.Reader) *csvTable {
	start := bufio.NewReaderSize(from, 1<<16)
	rows := csv.NewReader(start)
	rows.ReuseRecord = true
	return &csvTable{file: file, start: start, rows: rows}
}

func (t *csvTable) header() ([]string, error) {
	mark, err := t.start.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, openError(t.file, err)
	}
	if bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = t.start.Discard(3) // cannot fail: the bytes are buffered
	}
	record, err := t.rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the file is empty (it needs a header and a row per region and week)", t.file)
	}
	if err != nil {
		return nil, t.explain(err, nil)
	}
	header := slices.Clone(record)
	for i, name := range header {
		if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
			return nil, fmt.Errorf("%s:1: the header is not UTF-8 text (save the table as CSV in UTF-8)", t.file)
		}
		header[i] = strings.TrimSpace(name)
	}
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t") {
		return nil, fmt.Errorf("%s:1: the header is one column, %q (separate columns by commas)", t.file, header[0])
	}
	t.fields = len(header)
	return header, nil
}

func (t *csvTable) each(wanted []int, row func(line int, cells []string) error) error {
	cells := make([]string, len(wanted))
	for {
		record, err := t.rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return t.explain(err, record)
		}
		for i, column := range wanted {
			cells[i] = record[column]
		}
		line, _ := t.rows.FieldPos(0)
		if err = row(line, cells); err != nil {
			return err
		}
	}
}

// explain describes an error of the CSV reader in terms of the file.
func (t *csvTable) explain(err error, record []string) error {
	var parse *csv.ParseError
	switch {
	case !errors.As(err, &parse):
		return openError(t.file, err)
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("%s:%d: %d fields, but the header has %d (put a cell that holds a comma in quotes)",
			t.file, parse.StartLine, len(record), t.fields)
	}
	// An unclosed quote extends to the end of the file: report the line where it opens.
	return fmt.Errorf("%s:%d: %w (close every quote; write one inside a cell twice)", t.file, parse.StartLine, parse.Err)
}
