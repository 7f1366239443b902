package panel

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// Numbers are columns of a plain table whose rows are observations.
type Numbers struct {
	Names []string // [N]
	Rows  int
	Cells []float64 // [Rows, N]
}

// Header reads the names of a table's columns, CSV or Parquet.
func Header(path string) (names []string, err error) {
	err = withTable(path, func(t table) error {
		names, err = t.header()
		return err
	})
	return names, err
}

// ReadNumbers reads the columns that match a name or glob, in the order of the table. A cell that is missing or not a number
// is a *CellError.
func ReadNumbers(path string, patterns ...string) (*Numbers, error) {
	n := &Numbers{}
	err := withTable(path, func(t table) error {
		header, err := t.header()
		if err != nil {
			return err
		}
		if err := checkHeader(path, header); err != nil {
			return err
		}
		wanted, err := match(path, patterns, header)
		if err != nil {
			return err
		}
		for _, i := range wanted {
			n.Names = append(n.Names, header[i])
		}
		return t.each(wanted, func(line int, cells []string) error {
			n.Rows++
			for i, cell := range cells {
				x, problem, fix := controlRole.number(strings.TrimSpace(cell))
				if math.IsNaN(x) && problem == "" {
					problem = "is not a number"
				}
				if problem != "" {
					if fix == "" || fix == controlRole.fix() {
						fix = "choose columns of numbers, or leave the row out"
					}
					return &CellError{File: path, Line: line, Column: n.Names[i], Value: strings.Clone(cell), Problem: problem, Fix: fix}
				}
				n.Cells = append(n.Cells, x)
			}
			return nil
		})
	})
	if err == nil && n.Rows == 0 {
		err = fmt.Errorf("%s: the table has a header but no rows", path)
	}
	return n, err
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

// withTable opens a table: Parquet by its content or extension, else CSV. It returns a panic of the Parquet decoder, which
// some damaged files cause, as an error.
func withTable(path string, use func(table) error) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return openError(path, err)
	}
	defer file.Close()
	var start [4]byte
	n, _ := file.ReadAt(start[:], 0) // a read error occurs again below
	switch magic := string(start[:n]); {
	case strings.HasPrefix(magic, "\x1f\x8b"):
		return fmt.Errorf("%s: the file is compressed by gzip (unpack it first)", path)
	case strings.HasPrefix(magic, "PK\x03\x04"):
		return fmt.Errorf("%s: the file is a workbook or a zip archive (save the table as CSV in UTF-8)", path)
	case magic != "PAR1" && !strings.EqualFold(filepath.Ext(path), ".parquet"):
		return use(newCSV(path, file))
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%s: unreadable Parquet: %v (write the file again)", path, cause)
		}
	}()
	t, err := openParquet(path, file)
	if err != nil {
		return err
	}
	return use(t)
}
