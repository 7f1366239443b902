package panel

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"deepcausalmmm/panel/table"
)

// Category is a column of words. Each level but the first is an indicator among the controls, named by Indicator: 1 where the
// cell has that word, else 0.
type Category struct {
	Column string   `json:"column"`
	Levels []string `json:"levels"` // the first is the reference: the commonest in the training; the others are sorted
}

// NoLevel is the level of a cell without a word.
const NoLevel = "none"

// Indicator is the name of a level's control: events=event1.
func Indicator(column, level string) string { return column + "=" + level }

// maxLevels is the number of levels of a column of words. A column with more is a name or a comment.
const maxLevels = 20

// category reads a column that may hold words instead of numbers. The first cell that is not missing decides which.
type category struct {
	line    int    // of that cell
	first   string // that cell
	words   bool
	levels  []string       // in order of appearance
	missing map[string]int // cells that say that their value is missing
}

// read returns the value of a cell: the number that it is, or that of its word. It takes what role.number returned.
func (c *category) read(line int, cell table.Cell, x float64, problem, fix string) (float64, string, string) {
	if cell.Missing {
		if cell.Text != "" {
			c.missing[strings.Clone(cell.Text)]++
		}
		return x, "", ""
	}
	if c.line == 0 {
		c.line, c.first, c.words = line, strings.Clone(cell.Text), cell.IsText()
	}
	switch {
	case problem != "" && !cell.IsText(), cell.IsText() && !c.words:
		return x, problem, fix
	case !c.words:
		return x, "", ""
	case !cell.IsText():
		return 0, fmt.Sprintf("is a number, but %q on line %d is a word", c.first, c.line), "write numbers in all rows, or words in all"
	}
	level := slices.Index(c.levels, cell.Text)
	if level < 0 {
		level = len(c.levels)
		c.levels = append(c.levels, strings.Clone(cell.Text))
	}
	if level >= maxLevels {
		return 0, fmt.Sprintf("is the word number %d of a column of words", level+1),
			fmt.Sprintf("a control has numbers, or at most %d different words: leave the column out, or group its words", maxLevels)
	}
	return float64(level), "", ""
}

// indicators returns the category of a column of words and the indicators of its levels but the first, each [cells]. The
// values are the numbers of levels, [cells]; NaN is NoLevel in a cell that has a row.
func (c *category) indicators(column string, values []float64, hasRow func(int) bool, known []Category) (Category, [][]float64, error) {
	levels := append(slices.Clone(c.levels), NoLevel)
	count := make([]int, len(levels))
	at := make([]int, len(values)) // −1: no row
	for i, x := range values {
		switch {
		case !math.IsNaN(x):
			at[i] = int(x)
		case hasRow(i):
			at[i] = len(levels) - 1
		default:
			at[i] = -1
			continue
		}
		count[at[i]]++
	}
	out := Category{Column: column}
	if k := slices.IndexFunc(known, func(k Category) bool { return k.Column == column }); k >= 0 {
		out = known[k]
	} else {
		for level, name := range levels {
			if count[level] > 0 {
				out.Levels = append(out.Levels, name)
			}
		}
		slices.Sort(out.Levels)
		commonest := slices.MaxFunc(out.Levels, func(a, b string) int { return count[slices.Index(levels, a)] - count[slices.Index(levels, b)] })
		out.Levels = slices.Insert(slices.DeleteFunc(out.Levels, func(l string) bool { return l == commonest }), 0, commonest)
	}
	indicators := make([][]float64, len(out.Levels)-1)
	for l := range indicators {
		indicators[l] = make([]float64, len(values))
		for i, level := range at {
			switch {
			case level < 0:
				indicators[l][i] = math.NaN()
			case levels[level] == out.Levels[l+1]:
				indicators[l][i] = 1
			}
		}
	}
	for level, name := range levels {
		if count[level] > 0 && !slices.Contains(out.Levels, name) {
			return out, nil, fmt.Errorf("column %q has the word %q, which it did not have in the training (the training had %s)",
				column, name, list(out.Levels, maxLevels+1))
		}
	}
	return out, indicators, nil
}

// words says what became of a column.
func (c Category) words() string {
	if len(c.Levels) == 1 {
		return fmt.Sprintf("only %s, so that it explains nothing", c.Levels[0])
	}
	return fmt.Sprintf("%s, against %s", list(c.Levels[1:], maxLevels), c.Levels[0])
}
