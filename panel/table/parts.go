package table

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// parts is a folder of Parquet files, as clusters write them: one table, in the order of the files' names. Files whose name
// starts with a dot or an underscore, such as _SUCCESS, are not parts.
type parts struct {
	sources []*source
	tables  []*parquetTable
	before  []int // rows before each part
}

var _ content = (*parts)(nil)

func openParts(folder string) (*parts, error) {
	p := &parts{}
	if err := p.addAll(folder); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *parts) addAll(folder string) error {
	entries, err := os.ReadDir(folder) // sorted by name
	if err != nil {
		return openError(folder, err)
	}
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") {
			if err = p.add(filepath.Join(folder, name)); err != nil {
				return err
			}
		}
	}
	if len(p.tables) == 0 {
		return fmt.Errorf("%s: is a directory without Parquet files (name a file)", folder)
	}
	return nil
}

// add opens a part.
func (p *parts) add(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s: is a directory within a directory (put all parts into one)", path)
	}
	s, err := openSource(path)
	if err != nil {
		return err
	}
	p.sources = append(p.sources, s)
	f, err := s.content(Options{})
	if err != nil {
		return err
	}
	t, ok := f.(*parquetTable)
	if !ok {
		return fmt.Errorf("%s: the file is no Parquet (a directory is one table if it holds Parquet files only)", path)
	}
	rows := 0
	if n := len(p.tables); n > 0 {
		first := p.tables[0]
		if difference := differs(first, t); difference != "" {
			return fmt.Errorf("%s: %s (write all parts with the same columns)", path, difference)
		}
		rows = p.before[n-1] + int(p.tables[n-1].file.NumRows())
	}
	p.tables, p.before = append(p.tables, t), append(p.before, rows)
	return nil
}

// differs describes how the columns of two parts differ.
func differs(first, t *parquetTable) string {
	one, _ := first.header() // cannot fail: a Parquet file is open only if its columns are known
	two, _ := t.header()
	if slices.Equal(one, two) {
		return ""
	}
	for i := range max(len(one), len(two)) {
		switch {
		case i >= len(two):
			return fmt.Sprintf("it has no column %q, which %s has", one[i], first.path)
		case i >= len(one):
			return fmt.Sprintf("it has a column %q, which %s has not", two[i], first.path)
		case one[i] != two[i]:
			return fmt.Sprintf("its column %d is %q, but that of %s is %q", i+1, two[i], first.path, one[i])
		}
	}
	return ""
}

func (p *parts) header() ([]string, error) { return p.tables[0].header() }

// each numbers rows from the first part on.
func (p *parts) each(wanted []int, row func(line int, cells []raw) error) (blank int, err error) {
	for i, t := range p.tables {
		_, err := t.each(wanted, func(line int, cells []raw) error { return row(p.before[i]+line, cells) })
		if err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// place returns the part that has a line, and the line in it.
func (p *parts) place(line int) (file string, n int) {
	i := len(p.before) - 1
	for i > 0 && p.before[i] >= line {
		i--
	}
	return p.tables[i].path, line - p.before[i]
}

func (p *parts) Close() error {
	var all error
	for _, s := range p.sources {
		all = errors.Join(all, s.Close())
	}
	return all
}
