package panel

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"deepcausalmmm/internal/suggest"
)

// CellError reports an invalid cell: its place, its value, the problem and how to fix it. Line counts from 1, and is the row
// in a Parquet file; a cell of a panel in memory has Region and Week instead.
type CellError struct {
	File          string
	Line          int
	Region, Week  string
	Column, Value string
	Problem, Fix  string
}

func (e *CellError) Error() string {
	where := fmt.Sprintf("%s:%d", e.File, e.Line)
	if e.Line == 0 {
		where = fmt.Sprintf("region %q, week %q", e.Region, e.Week)
	}
	return fmt.Sprintf("%s: column %q: %q %s (%s)", where, e.Column, e.Value, e.Problem, e.Fix)
}

// ColumnError reports a role for which the table has no column.
type ColumnError struct {
	File    string
	Role    string   // region, week, target, media, controls or spend
	Name    string   // the requested name or glob
	Columns []string // the columns of the table
}

func (e *ColumnError) Error() string {
	hint := "."
	if best := suggest.Nearest(e.Name, e.Columns); best != "" {
		hint = fmt.Sprintf("; did you mean %q?", best)
	}
	return fmt.Sprintf("%s: %s %q matches no column%s The columns are %s",
		e.File, e.Role, e.Name, hint, list(e.Columns, 40))
}

// DuplicateError reports two rows for the same region and week, or of a long table for the same variable, too.
type DuplicateError struct {
	File         string
	Region, Week string // Region is "" if the table has no region column
	Variable     string // of a long table
	Lines        [2]int
}

func (e *DuplicateError) Error() string {
	what, fix := fmt.Sprintf("week %q", e.Week), "name the regions' column under data.region, keep one row per week"
	if e.Region != "" {
		what, fix = fmt.Sprintf("region %q, %s", e.Region, what), "keep one row per region and week"
	}
	if e.Variable != "" {
		what += fmt.Sprintf(", variable %q", e.Variable)
		fix += " and variable"
	}
	return fmt.Sprintf("%s:%d: %s is already on line %d (%s, or set data.duplicates: sum or mean)", e.File, e.Lines[1], what, e.Lines[0], fix)
}

// TooFewWeeksError reports a split that leaves fewer than MinTrainWeeks weeks for training.
type TooFewWeeksError struct {
	File           string
	Weeks, Holdout int
	MinTrainWeeks  int
	Noun           string // of the rows
}

func (e *TooFewWeeksError) Error() string {
	if e.Weeks == 1 {
		return fmt.Sprintf("%sthe table has one %s only: effects are learned from how sales follow media over time, which a cross-section "+
			"of regions cannot show (add weeks, or is data.week the right column?)", prefix(e.File), strings.TrimSuffix(e.Noun, "s"))
	}
	is := fmt.Sprintf("is %d", e.MinTrainWeeks)
	if e.Noun != "weeks" {
		is = fmt.Sprintf("asks for %d %s", e.MinTrainWeeks, e.Noun)
	}
	return fmt.Sprintf("%sof %d %s, %d are left for training after a holdout of %d, but min_train_weeks %s (add %s, or lower "+
		"min_train_weeks or holdout_ratio)", prefix(e.File), e.Weeks, e.Noun, e.Weeks-e.Holdout, e.Holdout, is, e.Noun)
}

// TargetMeanError reports a region whose mean target over the training weeks is not positive, so that it cannot be scaled.
type TargetMeanError struct {
	File, Region string
	From, To     string // first and last training week
	Mean         float64
	AllZero      bool
}

func (e *TargetMeanError) Error() string {
	what := fmt.Sprintf("averages %g", e.Mean)
	if e.AllZero {
		what = "is 0 in every one"
	}
	return fmt.Sprintf("%sregion %q: the target %s of the training weeks %s to %s, and the model divides by its mean "+
		"(leave the region out, or correct its target)", prefix(e.File), e.Region, what, e.From, e.To)
}

func prefix(file string) string {
	if file == "" {
		return "panel: "
	}
	return file + ": "
}

// list joins at most n names on one line and counts the others.
func list(names []string, n int) string {
	var shown []string
	for _, name := range names[:min(n, len(names))] {
		if strings.ContainsFunc(name, unicode.IsControl) {
			name = strconv.Quote(name)
		}
		shown = append(shown, name)
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
