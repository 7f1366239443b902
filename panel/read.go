package panel

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"deepcausalmmm/panel/table"
)

// Read reads a long table, one row per region and week, from any file that package table reads, and completes the grid
// regions × weeks. Panel.Report says what was filled. An empty cell is a missing value; see Panel.Missing for missing rows.
func Read(path string, c Columns) (p *Panel, err error) {
	err = table.With(path, table.Options{Sheet: c.Sheet}, func(t *table.Table) error {
		p, err = readTable(t, c)
		return err
	})
	return p, err
}

func readTable(t *table.Table, c Columns) (*Panel, error) {
	if key, problem := c.Check(); key != "" {
		return nil, fmt.Errorf("%s: %s: %s", t.Path, key, problem)
	}
	t, err := c.wide(t)
	if err != nil {
		return nil, err
	}
	found, err := c.resolve(t.Path, t.Columns)
	if err != nil {
		return nil, err
	}
	r := newRecords(t, found, c)
	wanted := r.wanted
	begin := func() { r = newRecords(t, found, c) }
	if err = t.Rows(wanted, begin, func(line int, cells []table.Cell) error { return r.add(line, cells) }); err != nil {
		return nil, err
	}
	if r.first.err != nil {
		return nil, r.first.err
	}
	if len(r.rows) == 0 {
		return nil, fmt.Errorf("%s: the table has a header but no rows", t.Path)
	}
	return r.panel()
}

// records are the rows of a table as read.
type records struct {
	file    string
	table   *table.Table
	spec    Columns
	names   map[role][]string
	wanted  []table.Wanted // columns of the table, each once
	columns []string       // names of the columns by role: region, if any, week, then values
	roles   []role         // their roles
	place   []int          // their positions in wanted
	texts   []*category    // of controls and treatments; nil for other columns
	key     int            // index of the week: 1, or 0 without a region
	regions map[string]int
	weeks   weekColumn
	rows    []record
	values  []float64 // [rows, values] in the order of valueRoles; NaN where missing, numbers of levels in columns of words
	words   map[string]map[string]int

	first struct { // the problem on the first line of a long table
		line int
		err  error
	}
}

// valueRoles are the roles of the values of a row, in order.
var valueRoles = []role{
	mediaRole, mediatorRole, controlRole, treatmentRole, targetRole, spendRole, populationRole, revenueRole,
}

// record is the region and the label of the week of a row, numbered in order of appearance, and its line.
type record struct{ region, label, line int }

func newRecords(t *table.Table, found map[role][]int, c Columns) *records {
	r := &records{
		file: t.Path, table: t, spec: c, names: map[role][]string{}, regions: map[string]int{},
	}
	r.weeks.place, r.weeks.training = t.Place, c.Training
	r.key = len(found[regionRole])
	for _, as := range slices.Concat([]role{regionRole, weekRole}, valueRoles) {
		for _, i := range found[as] {
			column := table.Wanted{Column: i, Number: as != regionRole && as != weekRole}
			at := slices.Index(r.wanted, column)
			if at < 0 {
				at = len(r.wanted)
				r.wanted = append(r.wanted, column)
			}
			var texts *category
			if as == controlRole || as == treatmentRole {
				texts = &category{missing: map[string]int{}}
			}
			r.place, r.texts = append(r.place, at), append(r.texts, texts)
			r.columns = append(r.columns, t.Columns[i])
			r.roles = append(r.roles, as)
			r.names[as] = append(r.names[as], t.Columns[i])
		}
	}
	return r
}

// width is the number of values in a row.
func (r *records) width() int { return len(r.columns) - r.key - 1 }

// add reads one row.
func (r *records) add(line int, cells []table.Cell) error {
	region, err := r.region(line, cells)
	if err != nil {
		return err
	}
	r.rows = append(r.rows, record{region, r.weeks.add(line, cells[r.key].Text), line})
	for i := r.key + 1; i < len(r.columns); i++ {
		cell := cells[r.place[i]]
		x, problem, fix := r.roles[i].number(cell)
		if texts := r.texts[i]; texts != nil {
			x, problem, fix = texts.read(cmp.Or(cell.Line, line), cell, x, problem, fix)
		}
		if problem != "" {
			if err := r.refuse(cmp.Or(cell.Line, line), i, cell.Text, problem, fix); err != nil {
				return err
			}
		}
		if cell.Missing && cell.Text != "" && r.texts[i] == nil {
			r.word(r.roles[i], cell.Text, 1)
		}
		r.values = append(r.values, x)
	}
	return nil
}

// refuse returns the problem of a cell. Rows of a long table have cells of several lines, so that it is kept until all are read.
func (r *records) refuse(line, column int, value, problem, fix string) error {
	err := r.fail(line, column, value, problem, fix)
	if r.spec.Long == (Long{}) {
		return err
	}
	if r.first.err == nil || line < r.first.line {
		r.first.line, r.first.err = line, err
	}
	return nil
}

// word counts cells that say that their value is missing.
func (r *records) word(as role, text string, n int) {
	if r.words == nil {
		r.words = map[string]map[string]int{}
	}
	if r.words[string(as)] == nil {
		r.words[string(as)] = map[string]int{}
	}
	r.words[string(as)][strings.Clone(text)] += n
}

// region returns the number of a row's region.
func (r *records) region(line int, cells []table.Cell) (int, error) {
	name := Whole
	if r.key > 0 {
		name = cells[0].Text
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
	file, line := r.table.Place(line)
	return &CellError{
		File: file, Line: line, Column: r.columns[column], Value: strings.Clone(value), Problem: problem, Fix: fix,
	}
}

// calendar reads the column of the weeks.
func (r *records) calendar() (calendar, error) {
	series := make([][]int, len(r.regions))
	for _, row := range r.rows {
		series[row.region] = append(series[row.region], row.label)
	}
	c, e := r.weeks.read(r.spec.DateFormat, series, Resolution{})
	if e != nil {
		return calendar{}, r.fail(r.weeks.lines[e.label], r.key, r.weeks.labels[e.label], e.problem, e.fix)
	}
	return c, nil
}

// panel places the records on the grid and completes it.
func (r *records) panel() (*Panel, error) {
	g, err := r.grid()
	if err != nil {
		return nil, err
	}
	p := &Panel{
		Regions: g.regions, Weeks: g.weeks, Resolution: g.resolution,
		SpendNames: r.names[spendRole],
		Report: Report{
			File: r.file, Rows: len(r.rows), TargetName: strings.Join(r.names[targetRole], ""),
			BlankRows: r.table.Blank,
			Spacing:   g.spacing, Dates: g.reading, Aligned: g.aligned(),
		},
	}
	if r.spec.merges() {
		if err := r.merge(p, g); err != nil {
			return nil, err
		}
	}
	if len(r.rows) < len(g.line) {
		p.Missing = g.missing()
	}
	if err := r.fill(p, g); err != nil {
		return nil, err
	}
	p.Report.countMissing(p)
	complete := p.complete
	if r.spec.Plan {
		complete = p.completePlan
	}
	if err = complete(); err != nil {
		return nil, err
	}
	p.findClosed(r.spec.Closed == KeepClosed)
	if err = p.setHolidays(r.spec.Holidays); err != nil {
		return nil, err
	}
	return p, nil
}

func missing(n int) []float64 { return slices.Repeat([]float64{math.NaN()}, n) }
