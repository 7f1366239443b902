package panel

import (
	"fmt"
	"slices"
)

// completeRows is the value of data.missing_rows that accepts any number of holes.
const completeRows = "complete"

// mostHoles is the largest share of cells without a row that is completed without a question.
const mostHoles = 0.1

// holes are the cells without a row between the first and the last row of each region. A region that opens late or closes early
// has none there.
type holes struct {
	cells, empty int
	byRegion     []int // empty cells
	cellsOf      []int // of each region, from its first row to its last
	byWeek       []int // empty cells
	openIn       []int // regions that have begun and not ended, in each week
}

func (g *grid) holes() holes {
	T := len(g.weeks)
	h := holes{
		byRegion: make([]int, len(g.regions)), cellsOf: make([]int, len(g.regions)),
		byWeek: make([]int, T), openIn: make([]int, T),
	}
	for r := range g.regions {
		line := g.line[r*T : (r+1)*T]
		has := func(line int) bool { return line > 0 }
		first, end := slices.IndexFunc(line, has), T
		for line[end-1] == 0 {
			end--
		}
		h.cellsOf[r] = end - first
		h.cells += end - first
		for t := first; t < end; t++ {
			h.openIn[t]++
			if line[t] == 0 {
				h.empty++
				h.byRegion[r]++
				h.byWeek[t]++
			}
		}
	}
	return h
}

// question refuses a grid with too many holes, and names the likeliest cause.
func (g *grid) question(r *records) error {
	h := g.holes()
	if r.spec.MissingRows == completeRows || float64(h.empty) <= mostHoles*float64(h.cells) {
		return g.questionRegions(r)
	}
	return fmt.Errorf("%s: %d of the %d cells between the first and last row of %d regions (%d %s) would be empty: %s (add the rows, correct data.region or "+
		"data.week, or set data.missing_rows: complete)", r.file, h.empty, h.cells, len(g.regions), len(g.weeks), g.resolution.RowNoun(2), g.cause(h))
}

// questionRegions refuses a table with a single row in every region, which has no time to learn from.
func (g *grid) questionRegions(r *records) error {
	if len(g.regions) < 2 || len(r.rows) > len(g.regions) || len(g.weeks) == 1 {
		return nil
	}
	return fmt.Errorf("%s: each of the %d regions has one row: without a series there is nothing to learn of media (is %q the column of the regions?)",
		r.file, len(g.regions), r.columns[0])
}

// cause says where most of the holes are: in regions that report at other times than the first, in a few weeks, or in a few regions.
func (g *grid) cause(h holes) string {
	var rare, sparse []string
	inRare, inSparse := 0, 0
	for t, n := range h.byWeek {
		if 2*n > h.openIn[t] {
			rare = append(rare, g.weeks[t])
			inRare += n
		}
	}
	for r, n := range h.byRegion {
		if float64(n) > mostHoles*float64(h.cellsOf[r]) {
			sparse = append(sparse, g.regions[r])
			inSparse += n
		}
	}
	few := 2*len(sparse) < len(g.regions)
	if other, apart := g.apart(); apart && !few {
		return fmt.Sprintf("regions have rows on different days or %s, such as %q from %s and %q from %s on", g.resolution.Noun(2),
			g.regions[0], g.first(0), g.regions[other], g.first(other))
	}
	switch {
	case few && 2*inSparse > h.empty:
		return fmt.Sprintf("most of them in %d of the regions (%s)", len(sparse), list(sparse, 10))
	case 2*inRare > h.empty:
		return fmt.Sprintf("most of them in %d %s that few regions have (%s)", len(rare), g.resolution.Noun(len(rare)), list(rare, 5))
	}
	return fmt.Sprintf("in %d of the regions (%s)", len(sparse), list(sparse, 10))
}

// first is the week of a region's first row.
func (g *grid) first(r int) string {
	T := len(g.weeks)
	return g.weeks[slices.IndexFunc(g.line[r*T:(r+1)*T], func(line int) bool { return line > 0 })]
}

// apart finds a region that shares fewer than half of its weeks with the first.
func (g *grid) apart() (region int, ok bool) {
	T := len(g.weeks)
	for r := 1; r < len(g.regions); r++ {
		rows, shared := 0, 0
		for t := range T {
			if g.line[r*T+t] > 0 {
				rows++
				if g.line[t] > 0 {
					shared++
				}
			}
		}
		if 2*shared < rows {
			return r, true
		}
	}
	return 0, false
}
