package panel

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// The choices of Columns.Duplicates.
const (
	refuseDuplicates = "error"
	sumDuplicates    = "sum"
	meanDuplicates   = "mean"
)

// merges reports whether several rows of one region and week become one.
func (c Columns) merges() bool {
	return c.Duplicates == sumDuplicates || c.Duplicates == meanDuplicates
}

// isFlow reports whether a role's values add up over the rows of a region and week, such as campaigns. Others are stocks: a
// price, an index, people.
func (r role) isFlow() bool { return r == mediaRole || r == spendRole || r == targetRole }

// fewRepeats is the number of merged cells below which equal values may be chance.
const fewRepeats = 3

// merge makes one row of all rows of a cell. Of the columns' known values, flows are added up with data.duplicates: sum, and
// the mean is taken of others; a column of words must have one word.
func (r *records) merge(p *Panel, g *grid) error {
	order := make([]int, len(r.rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(g.cell[a], g.cell[b]) })
	width := r.width()
	out := &records{}
	var cells []int
	merged := 0
	repeats := slices.Repeat([]bool{r.spec.Duplicates == sumDuplicates}, width)
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && g.cell[order[to]] == g.cell[order[from]] {
			to++
		}
		if to-from > 1 {
			merged++
			p.Report.DuplicateRows += to - from
		}
		for k := range width {
			x, same, err := r.one(order[from:to], k)
			if err != nil {
				return err
			}
			repeats[k] = repeats[k] && (same || to-from == 1)
			out.values = append(out.values, x)
		}
		out.rows = append(out.rows, r.rows[order[from]])
		cells = append(cells, g.cell[order[from]])
		from = to
	}
	r.rows, r.values, g.cell = out.rows, out.values, cells
	p.Report.DuplicateCells, p.Report.Duplicates = merged, r.spec.Duplicates
	for k, same := range repeats {
		if at := r.key + 1 + k; same && merged >= fewRepeats && r.roles[at].isFlow() {
			p.Report.Repeated = append(p.Report.Repeated, r.columns[at])
		}
	}
	return nil
}

// one returns the value of a column in the rows of a cell, and whether all have the same.
func (r *records) one(rows []int, k int) (x float64, same bool, err error) {
	at := r.key + 1 + k
	var known []float64
	first := -1
	for _, i := range rows {
		v := r.values[i*r.width()+k]
		if math.IsNaN(v) {
			continue
		}
		if first >= 0 && r.texts[at] != nil && r.texts[at].words && v != known[0] {
			levels := r.texts[at].levels
			return 0, false, r.fail(r.rows[i].line, at, levels[int(v)],
				fmt.Sprintf("is not %q, which line %d has for the same region and week", levels[int(known[0])], r.rows[first].line),
				"write one word per region and week")
		}
		if first < 0 {
			first = i
		}
		known = append(known, v)
	}
	if len(known) == 0 {
		return math.NaN(), true, nil
	}
	slices.Sort(known) // so that the order of rows does not matter
	same = len(known) == len(rows) && known[0] == known[len(known)-1]
	if r.texts[at] != nil && r.texts[at].words {
		return known[0], same, nil
	}
	x = floats.Sum(known)
	if r.spec.Duplicates == meanDuplicates || !r.roles[at].isFlow() {
		x /= float64(len(known))
	}
	if problem, fix := r.roles[at].check(x); problem != "" {
		return 0, false, r.fail(r.rows[rows[0]].line, at, fmt.Sprint(x), problem, fix)
	}
	return x, same, nil
}
