package panel

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Read reads a long table, one row per region and week, from a Parquet or CSV file, and completes the grid regions × weeks.
// Panel.Report says what was filled. An empty cell is a missing value; see Panel.Missing for missing rows.
func Read(path string, c Columns) (p *Panel, err error) {
	err = withTable(path, func(t table) error {
		p, err = readTable(path, t, c)
		return err
	})
	return p, err
}

func openError(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("%s: %w (check the path)", path, err)
}

// table is a source of rows of text cells: CSV, or Parquet converted to text, so that both get the same checks.
type table interface {
	// header returns the column names.
	header() ([]string, error)
	// each calls row with the line (or number) of every row and its cells in the wanted columns. The cells are only valid
	// until row returns.
	each(wanted []int, row func(line int, cells []string) error) error
}

func readTable(path string, t table, c Columns) (*Panel, error) {
	header, err := t.header()
	if err != nil {
		return nil, err
	}
	found, err := c.resolve(path, header)
	if err != nil {
		return nil, err
	}
	r := newRecords(path, header, found)
	r.plan = c.Plan
	if err = t.each(r.wanted, r.add); err != nil {
		return nil, err
	}
	if len(r.rows) == 0 {
		return nil, fmt.Errorf("%s: the table has a header but no rows", path)
	}
	return r.panel()
}

// records are the rows of a table as read.
type records struct {
	file    string
	names   map[role][]string
	wanted  []int    // positions in the table: region, if any, week, then values
	columns []string // names of the wanted columns
	roles   []role   // their roles
	plan    bool     // see Columns.Plan
	key     int      // index of the week: 1, or 0 without a region
	regions map[string]int
	weeks   weekIndex
	rows    []record
	values  []float64 // [rows, values]: media, controls, target, spend; NaN where missing
}

// record is the region and week of a row, numbered in order of appearance, and its line.
type record struct{ region, week, line int }

func newRecords(file string, header []string, found map[role][]int) *records {
	r := &records{file: file, names: map[role][]string{}, regions: map[string]int{}}
	r.weeks.at = map[int64]int{}
	r.key = len(found[regionRole])
	for _, as := range []role{regionRole, weekRole, mediaRole, controlRole, targetRole, spendRole} {
		for _, i := range found[as] {
			r.wanted = append(r.wanted, i)
			r.columns = append(r.columns, header[i])
			r.roles = append(r.roles, as)
			r.names[as] = append(r.names[as], header[i])
		}
	}
	return r
}

// width is the number of values in a row.
func (r *records) width() int { return len(r.wanted) - r.key - 1 }

// add reads one row.
func (r *records) add(line int, cells []string) error {
	region, err := r.region(line, cells)
	if err != nil {
		return err
	}
	week, err := r.week(line, strings.TrimSpace(cells[r.key]))
	if err != nil {
		return err
	}
	r.rows = append(r.rows, record{region, week, line})
	for i := r.key + 1; i < len(cells); i++ {
		cell := strings.TrimSpace(cells[i])
		x, problem, fix := r.roles[i].number(cell)
		if problem != "" {
			return r.fail(line, i, cell, problem, fix)
		}
		r.values = append(r.values, x)
	}
	return nil
}

// region returns the number of a row's region.
func (r *records) region(line int, cells []string) (int, error) {
	name := Whole
	if r.key > 0 {
		name = strings.TrimSpace(cells[0])
	}
	if name == "" {
		return 0, r.fail(line, 0, name, "is not a region", "name the region in every row")
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return 0, r.fail(line, 0, name, "is not text", "save the table as UTF-8, without control characters in names")
	}
	at, known := r.regions[name]
	if !known {
		at = len(r.regions)
		r.regions[strings.Clone(name)] = at
	}
	return at, nil
}

func (r *records) fail(line, column int, value, problem, fix string) error {
	return &CellError{
		File: r.file, Line: line, Column: r.columns[column], Value: strings.Clone(value), Problem: problem, Fix: fix,
	}
}

// weekIndex numbers weeks in order of appearance. All must have the unit of the first.
type weekIndex struct {
	unit   unit
	at     map[int64]int
	values []int64
	labels []string
	line   int // of the first week
}

func (r *records) week(line int, label string) (int, error) {
	w := &r.weeks
	value, u, ok := parseWeek(label)
	if !ok {
		return 0, r.fail(line, r.key, label, unreadableWeek, fixWeek)
	}
	if len(w.values) == 0 {
		w.unit, w.line = u, line
	}
	if u != w.unit {
		problem := fmt.Sprintf("is of kind %s, but week %q on line %d is of kind %s", u, w.labels[0], w.line, w.unit)
		return 0, r.fail(line, r.key, label, problem, fixMixed)
	}
	t, known := w.at[value]
	if !known {
		t = len(w.values)
		w.at[value] = t
		w.values, w.labels = append(w.values, value), append(w.labels, strings.Clone(label))
	}
	w.labels[t] = min(w.labels[t], label) // 7 and 07 are the same week
	return t, nil
}

// panel places the records on the grid and completes it.
func (r *records) panel() (*Panel, error) {
	g, err := r.grid()
	if err != nil {
		return nil, err
	}
	p := &Panel{
		Regions: g.regions, Weeks: g.weeks,
		Channels: r.names[mediaRole], Controls: r.names[controlRole], SpendNames: r.names[spendRole],
		Report: Report{
			File: r.file, Rows: len(r.rows), TargetName: strings.Join(r.names[targetRole], ""),
			Spacing: spacing(g.values, g.weeks, r.weeks.unit),
		},
	}
	cells := len(g.regions) * len(g.weeks)
	if len(r.rows) < cells {
		p.Missing = g.missing()
	}
	p.Report.countMissing(p)
	p.Media, p.Control = missing(cells*len(p.Channels)), missing(cells*len(p.Controls))
	p.Target = missing(cells * len(r.names[targetRole]))
	if len(p.SpendNames) > 0 {
		p.Spend = missing(cells * len(p.SpendNames))
	}
	for i := range r.rows {
		row := r.values[i*r.width() : (i+1)*r.width()]
		for _, b := range p.blocks() {
			n := len(b.names)
			copy(b.cells[g.cell[i]*n:], row[:n])
			row = row[n:]
		}
	}
	complete := p.complete
	if r.plan {
		complete = p.completePlan
	}
	if err = complete(); err != nil {
		return nil, err
	}
	return p, nil
}

func missing(n int) []float64 { return slices.Repeat([]float64{math.NaN()}, n) }
