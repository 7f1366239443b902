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

// category returns the training's category of a column, or else that of the words of the cells, whose numbers are given; −1 is a
// cell without a level.
func (c *category) category(column string, at []int, known []Category) (Category, error) {
	names := c.names()
	count := make([]int, len(names))
	for _, level := range at {
		if level >= 0 {
			count[level]++
		}
	}
	var found []string
	for level, name := range names {
		if count[level] > 0 {
			found = append(found, name)
		}
	}
	if k := slices.IndexFunc(known, func(k Category) bool { return k.Column == column }); k >= 0 {
		for _, name := range found {
			if !slices.Contains(known[k].Levels, name) {
				return Category{}, fmt.Errorf("column %q has the word %q, which the training did not have (it had %s)",
					column, name, list(known[k].Levels, maxLevels+1))
			}
		}
		return known[k], nil
	}
	slices.Sort(found)
	commonest := slices.MaxFunc(found, func(a, b string) int { return count[slices.Index(names, a)] - count[slices.Index(names, b)] })
	others := slices.DeleteFunc(found, func(name string) bool { return name == commonest })
	return Category{column, slices.Insert(others, 0, commonest)}, nil
}

// names are the words by number, and NoLevel.
func (c *category) names() []string { return append(slices.Clone(c.levels), NoLevel) }

// indicators returns the category of a column of words and the indicators of its levels but the first, each [R, T], from the
// numbers of its words. A cell without a word is NoLevel if it has a row, unless the training did not have that level: then, as
// without a row, it is missing.
func (c *category) indicators(column string, values []float64, hasRow func(int) bool, known []Category) (Category, [][]float64, error) {
	none := len(c.levels)
	if k := slices.IndexFunc(known, func(k Category) bool { return k.Column == column }); k >= 0 && !slices.Contains(known[k].Levels, NoLevel) {
		none = -1
	}
	at := make([]int, len(values)) // −1: missing
	for i, x := range values {
		switch {
		case !math.IsNaN(x):
			at[i] = int(x)
		case hasRow(i):
			at[i] = none
		default:
			at[i] = -1
		}
	}
	out, err := c.category(column, at, known)
	if err != nil {
		return out, nil, err
	}
	names := c.names()
	indicators := make([][]float64, len(out.Levels)-1)
	for l := range indicators {
		indicators[l] = make([]float64, len(values))
		for i, level := range at {
			switch {
			case level < 0:
				indicators[l][i] = math.NaN()
			case names[level] == out.Levels[l+1]:
				indicators[l][i] = 1
			}
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
