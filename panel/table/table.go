package table

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Options say which table of a file is meant.
type Options struct {
	Sheet string // of a workbook; "" is its only sheet that is not empty
}

// Table is an open table. Its lines count from 1: lines of a CSV file, rows of a sheet, rows of a Parquet file without its
// header.
type Table struct {
	Path    string
	Columns []string // names, trimmed; a column without a name, such as a saved index, has ""
	Blank   int      // rows without any value, which Rows skipped

	content content
}

// content is what the bytes of a file are read as.
type content interface {
	// header returns the names of the columns.
	header() ([]string, error)
	// each calls row with the line of every row from the first, and its cells in the wanted columns, which are valid until row
	// returns. It returns the number of rows that it skipped because they were blank.
	each(wanted []int, row func(line int, cells []raw) error) (blank int, err error)
}

// raw is a cell as the file has it. Files other than CSV know which of their cells are numbers: then text is in Go's notation.
type raw struct {
	text   string
	number bool
	line   int // of the cell, if it is not the row's
}

// With opens the table in a file or in a folder of Parquet parts, calls use, and closes it. The content decides what kind of
// file it is, not the extension.
func With(path string, o Options, use func(*Table) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return openError(path, err)
	}
	if info.IsDir() {
		parts, err := openParts(path)
		if err != nil {
			return err
		}
		defer parts.Close()
		return with(path, parts, o, use)
	}
	s, err := openSource(path)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.with(o, use)
}

// with calls use with the table of a file.
func (s *source) with(o Options, use func(*Table) error) error {
	c, err := s.content(o)
	if err != nil {
		return err
	}
	return with(s.path, c, o, use)
}

func with(path string, c content, o Options, use func(*Table) error) (err error) {
	if _, isWorkbook := c.(*sheet); o.Sheet != "" && !isWorkbook {
		return fmt.Errorf("%s: only a workbook has sheets, and this is none (leave the sheet %q out)", path, o.Sheet)
	}
	t := &Table{Path: path, content: c}
	if t.Columns, err = c.header(); err != nil {
		return err
	}
	return use(t)
}

// Place returns the file and the line in it that a line of the table is.
func (t *Table) Place(line int) (file string, n int) {
	if parts, ok := t.source().(*parts); ok {
		return parts.place(line)
	}
	return t.Path, line
}

// source is the content of the file.
func (t *Table) source() content {
	if p, ok := t.content.(*pivot); ok {
		return p.from
	}
	return t.content
}

func openError(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("%s: %w (check the path)", path, err)
}
