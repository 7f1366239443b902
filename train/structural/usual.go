package structural

import (
	"math"
	"slices"

	"deepcausalmmm/panel"
)

// usual tells what a column of the panel would have been in rows in which a test changed it: a region's mean over the other rows,
// times the movement of the regions that were not tested, relative to their means over the same rows.
type usual struct {
	weeks  int
	values []float64 // [R, T]
	known  []bool    // [R, T]: a row that trains, in which something could be sold, and no test in the panel changed the channel
}

// usual reads a column of values [R, T, columns] that a channel's tests change.
func (x *trial) usual(channel int, values []float64, columns, column int) *usual {
	p := x.panel
	R, T := len(p.Regions), len(p.Weeks)
	u := &usual{weeks: T, values: make([]float64, R*T), known: make([]bool, R*T)}
	for cell := range u.values {
		u.values[cell] = values[cell*columns+column]
		u.known[cell] = cell%T < x.train.To && p.HasRow(cell) && !p.IsClosed(cell)
	}
	for _, o := range x.all {
		if o.lift.InPanel && slices.Contains(o.lift.Channels, channel) {
			for _, r := range o.lift.Regions {
				clear(u.known[r*T+o.lift.Span.From : r*T+o.lift.Span.To])
			}
		}
	}
	return u
}

// means are each region's, over the rows outside of some that are known there and in all tested regions; 0 if there are none.
func (u *usual) means(regions []int, rows panel.Span) []float64 {
	means := make([]float64, len(u.values)/u.weeks)
	n := make([]float64, len(means))
	for t := range u.weeks {
		if rows.From <= t && t < rows.To || !u.knows(regions, panel.Span{From: t, To: t + 1}) {
			continue
		}
		for r := range means {
			if u.known[r*u.weeks+t] {
				means[r], n[r] = means[r]+u.values[r*u.weeks+t], n[r]+1
			}
		}
	}
	for r := range means {
		means[r] /= max(n[r], 1)
	}
	return means
}

// movement is what a test's regions would have had in each row, in multiples of their means: what the other regions have, on average;
// if all were tested, what they have themselves in as many rows before and as many after, on average. NaN if there are none.
func (u *usual) movement(regions []int, rows panel.Span, means []float64) []float64 {
	var others []int
	for r, mean := range means {
		if mean > 0 && !slices.Contains(regions, r) && u.knows([]int{r}, rows) {
			others = append(others, r)
		}
	}
	moved := make([]float64, rows.Len())
	for i := range moved {
		sum := 0.0
		for _, r := range others {
			sum += u.values[r*u.weeks+rows.From+i] / means[r]
		}
		moved[i] = sum / float64(len(others))
	}
	if len(others) > 0 {
		return moved
	}
	sum, mean := 0.0, 0.0
	for _, r := range regions {
		for t := max(0, rows.From-rows.Len()); t < min(u.weeks, rows.To+rows.Len()); t++ {
			if inside := rows.From <= t && t < rows.To; !inside && u.known[r*u.weeks+t] {
				sum, mean = sum+u.values[r*u.weeks+t], mean+means[r]
			}
		}
	}
	for i := range moved {
		moved[i] = sum / mean
	}
	return moved
}

// knows reports whether all rows of some regions are known.
func (u *usual) knows(regions []int, rows panel.Span) bool {
	for _, r := range regions {
		if slices.Contains(u.known[r*u.weeks+rows.From:r*u.weeks+rows.To], false) {
			return false
		}
	}
	return true
}

// expected is what the regions would have had, [regions, rows].
func (u *usual) expected(regions []int, rows panel.Span) []float64 {
	var expected []float64
	means := u.means(regions, rows)
	movement := u.movement(regions, rows, means)
	for _, r := range regions {
		for _, m := range movement {
			expected = append(expected, m*means[r])
		}
	}
	return expected
}

// doubt is the standard error of the sum of expected, relative to it: the error of the same calculation in all other rows, of the
// same number, in which nothing was tested (placebos in time; Abadie, Diamond and Hainmueller 2010). NaN if there are none.
func (u *usual) doubt(regions []int, length int) float64 {
	squares, sizes := 0.0, 0.0
	for from := 0; from+length <= u.weeks; from++ {
		rows := panel.Span{From: from, To: from + length}
		if !u.knows(regions, rows) {
			continue
		}
		was, expected := 0.0, 0.0
		for i, e := range u.expected(regions, rows) {
			was, expected = was+u.values[regions[i/length]*u.weeks+from+i%length], expected+e
		}
		if !math.IsNaN(expected) {
			squares, sizes = squares+(was-expected)*(was-expected), sizes+expected*expected
		}
	}
	return math.Sqrt(squares / sizes)
}
