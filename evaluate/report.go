package evaluate

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
)

// The files of a report.
const (
	WorldsFile   = "evaluate.csv"
	ChannelsFile = "channels.csv"
	MarkdownFile = "evaluate.md"
)

// FileNames are the files that Write writes.
var FileNames = []string{WorldsFile, ChannelsFile, MarkdownFile}

// Write writes the tables of the rows to a folder.
func Write(dir string, rows []Row) error {
	return files.Write(dir,
		files.As(WorldsFile, func(w io.Writer) error { return writeWorlds(w, rows) }),
		files.As(ChannelsFile, func(w io.Writer) error { return writeChannels(w, rows) }),
		files.As(MarkdownFile, func(w io.Writer) error {
			_, err := io.WriteString(w, "# Accuracy on worlds whose truth is known\n\n"+Markdown(rows))
			return err
		}),
	)
}

// column is a figure of a world.
type column struct {
	name string // in CSV files and bars
	of   func(Row) float64
}

// columns are the figures of a world that means are taken of.
var columns = func() []column {
	all := []column{
		{"direct_median_error", func(r Row) float64 { return r.Direct.Median }},
		{"direct_worst_error", func(r Row) float64 { return r.Direct.Worst }},
		{"direct_mean_error", func(r Row) float64 { return r.Direct.Mean }},
		{"direct_rank", func(r Row) float64 { return r.Direct.Rank }},
		{"total_median_error", func(r Row) float64 { return r.Total.Median }},
		{"total_worst_error", func(r Row) float64 { return r.Total.Worst }},
		{"total_mean_error", func(r Row) float64 { return r.Total.Mean }},
		{"total_rank", func(r Row) float64 { return r.Total.Rank }},
	}
	for l, level := range Levels {
		all = append(all,
			column{fmt.Sprintf("direct_coverage_%d", level), func(r Row) float64 { return r.Direct.Coverage[l] }},
			column{fmt.Sprintf("total_coverage_%d", level), func(r Row) float64 { return r.Total.Coverage[l] }},
			column{fmt.Sprintf("holdout_coverage_%d", level), func(r Row) float64 { return r.Holdout[l] }})
	}
	return append(all,
		column{"edges_found", func(r Row) float64 { return known(r.Err == nil, float64(r.Edges.Found)) }},
		column{"edges_false", func(r Row) float64 { return known(r.Edges.Known, float64(r.Edges.False)) }},
		column{"edges_missing", func(r Row) float64 { return known(r.Edges.Known, float64(r.Edges.Missing)) }},
		column{"f1", func(r Row) float64 { return r.Edges.F1 }},
		column{"holdout_wmape", func(r Row) float64 { return r.WMAPE }},
		column{"naive_wmape", func(r Row) float64 { return r.Naive }},
		column{"skill", func(r Row) float64 { return r.Skill }},
		column{"better_than_published", func(r Row) float64 { return better(r, r.Total.Median) }},
		column{"better_by_either", func(r Row) float64 { return better(r, min(r.Direct.Median, r.Total.Median)) }},
		column{"notices", func(r Row) float64 { return known(r.Err == nil, float64(r.Notices)) }},
		column{"seconds", func(r Row) float64 { return r.Seconds }},
	)
}()

// known is x, or NaN if it is not known.
func known(is bool, x float64) float64 {
	if !is {
		return math.NaN()
	}
	return x
}

// better is 1 if a median error is smaller than the published one, and 0 if not.
func better(r Row, median float64) float64 {
	switch {
	case r.World.Published == nil:
		return math.NaN()
	case r.Err == nil && 100*median < r.World.Published.Median:
		return 1
	}
	return 0
}

// number writes a figure to six digits, nothing for NaN.
func number(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

func writeWorlds(w io.Writer, rows []Row) error {
	t := csv.NewWriter(w)
	header := []string{"group", "world", "channels"}
	for _, c := range columns {
		header = append(header, c.name)
	}
	lines := [][]string{append(header, "published_median_error", "published_worst_error", "error")}
	for _, r := range rows {
		line := []string{cell.Text(r.World.Group), cell.Text(r.World.Name), strconv.Itoa(len(r.World.channels))}
		for _, c := range columns {
			line = append(line, number(c.of(r)))
		}
		median, worst, failed := "", "", ""
		if p := r.World.Published; p != nil {
			median, worst = number(p.Median/100), number(p.Worst/100)
		}
		if r.Err != nil {
			failed = cell.Text(oneLine(r.Err))
		}
		lines = append(lines, append(line, median, worst, failed))
	}
	return t.WriteAll(lines)
}

// oneLine is an error's text without line breaks.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

func writeChannels(w io.Writer, rows []Row) error {
	header := []string{"group", "world", "channel", "kind", "truth", "estimate", "error", "small"}
	for _, level := range Levels {
		header = append(header, fmt.Sprintf("low_%d", level), fmt.Sprintf("high_%d", level), fmt.Sprintf("inside_%d", level))
	}
	lines := [][]string{header}
	for _, r := range rows {
		for _, e := range r.Estimates {
			line := []string{
				cell.Text(r.World.Group), cell.Text(r.World.Name), cell.Text(e.Channel), string(e.Kind), number(e.Truth),
				number(e.Value), number(e.Error), strconv.FormatBool(e.Small),
			}
			for _, level := range Levels {
				line = append(line, e.at(level)...)
			}
			lines = append(lines, line)
		}
	}
	return csv.NewWriter(w).WriteAll(lines)
}

// at are the cells of an estimate's interval at a level, empty if there is none.
func (e Estimate) at(level int) []string {
	for _, b := range e.Bounds {
		if b.Level == level {
			return []string{number(b.Low), number(b.High), strconv.FormatBool(b.contains(e.Truth))}
		}
	}
	return []string{"", "", ""}
}
