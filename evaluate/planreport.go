package evaluate

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
)

// The files of a report on plans.
const (
	PlansFile         = "plans.csv"
	PlanChannelsFile  = "plan_channels.csv"
	PlansMarkdownFile = "plans.md"
)

// PlanFileNames are the files that WritePlans writes.
var PlanFileNames = []string{PlansFile, PlanChannelsFile, PlansMarkdownFile}

// WritePlans writes the tables of the rows to a folder.
func WritePlans(dir string, rows []PlanRow) error {
	return files.Write(dir,
		files.As(PlansFile, func(w io.Writer) error { return writePlans(w, rows) }),
		files.As(PlanChannelsFile, func(w io.Writer) error { return writePlanChannels(w, rows) }),
		files.As(PlansMarkdownFile, func(w io.Writer) error {
			_, err := io.WriteString(w, "# Plans in worlds whose truth is known\n\n"+PlansMarkdown(rows))
			return err
		}),
	)
}

func writePlans(w io.Writer, rows []PlanRow) error {
	lines := [][]string{{
		"world", "regions", "channels", "spend_today", "gain", "best_gain", "ratio", "predicted", "low_80", "high_80", "inside_80", "plan_spend",
		"direct_only_gain", "direct_only_spend", "lever_gain", "lever_spend", "seconds", "error",
	}}
	for _, r := range rows {
		line := []string{cell.Text(r.Name), strconv.Itoa(r.Regions), strconv.Itoa(len(r.Channels))}
		if r.Err != nil {
			lines = append(lines, append(append(line, make([]string, 14)...), cell.Text(oneLine(r.Err))))
			continue
		}
		for _, x := range []float64{r.Today, r.Plan.Gain, r.Best.Gain, r.Ratio(), r.Predicted.Mean, r.Predicted.Low, r.Predicted.High} {
			line = append(line, number(x))
		}
		line = append(line, strconv.FormatBool(r.Covered()))
		for _, x := range []float64{r.Plan.Spend, r.Direct.Gain, r.Direct.Spend, r.ByLever.Gain, r.ByLever.Spend, r.Seconds} {
			line = append(line, number(x))
		}
		lines = append(lines, append(line, ""))
	}
	return csv.NewWriter(w).WriteAll(lines)
}

func writePlanChannels(w io.Writer, rows []PlanRow) error {
	lines := [][]string{{"world", "channel", "spend_today", "plan", "best", "direct_only"}}
	for _, r := range rows {
		for _, c := range r.Channels {
			lines = append(lines, []string{cell.Text(r.Name), cell.Text(c.Name), number(c.Today), number(c.Plan), number(c.Best), number(c.Direct)})
		}
	}
	return csv.NewWriter(w).WriteAll(lines)
}

// share is a part in percent of a whole.
func share(part, whole float64) string { return fmt.Sprintf("%.1f %%", 100*part/whole) }

// PlansMarkdown has a table of the worlds, and a summary of it.
func PlansMarkdown(rows []PlanRow) string {
	var b strings.Builder
	b.WriteString("| world | regions | channels | true gain | best plan's | ratio | predicted (80 %) | inside | direct effects only: gain, ratio | by lever: gain, spend | seconds |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	var done []PlanRow
	for _, r := range rows {
		if r.Err != nil {
			fmt.Fprintf(&b, "| %s | %d | | failed: %s |%s\n", r.Name, r.Regions, strings.ReplaceAll(oneLine(r.Err), "|", "\\|"), strings.Repeat(" |", 7))
			continue
		}
		done = append(done, r)
		inside := "no"
		if r.Covered() {
			inside = "yes"
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s | %s (%s to %s) | %s | %s, %s | %s, %s | %.0f |\n", r.Name, r.Regions, len(r.Channels),
			share(r.Plan.Gain, r.Today), share(r.Best.Gain, r.Today), percents(r.Ratio()), share(r.Predicted.Mean, r.Today),
			share(r.Predicted.Low, r.Today), share(r.Predicted.High, r.Today), inside, share(r.Direct.Gain, r.Today),
			percents(r.Direct.Gain/r.Best.Gain), share(r.ByLever.Gain, r.Today), percents(r.ByLever.Spend/r.Today), r.Seconds)
	}
	b.WriteString("\n")
	for _, group := range []struct {
		name string
		of   func(PlanRow) bool
	}{
		{"All", func(PlanRow) bool { return true }},
		{"With regions", func(r PlanRow) bool { return r.Regions > 1 }},
		{"National", func(r PlanRow) bool { return r.Regions == 1 }},
	} {
		b.WriteString(summary(group.name, done, group.of))
	}
	b.WriteString(planLegend)
	return b.String()
}

// summary is a line on some of the rows.
func summary(name string, rows []PlanRow, of func(PlanRow) bool) string {
	var ratios, direct, gains, best, expected []float64
	positive, inside := 0, 0
	for _, r := range rows {
		if !of(r) {
			continue
		}
		ratios, direct = append(ratios, r.Ratio()), append(direct, r.Direct.Gain/r.Best.Gain)
		gains, best, expected = append(gains, r.Plan.Gain/r.Today), append(best, r.Best.Gain/r.Today), append(expected, r.Predicted.Mean/r.Today)
		if r.Plan.Gain > 0 {
			positive++
		}
		if r.Covered() {
			inside++
		}
	}
	n := len(ratios)
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s: the true gain is %s of the best plan's in the mean, %s in the median, and %s at least; all gains together %s. It is positive in %d of %d worlds, "+
		"and inside the 80 %% interval in %d. On direct effects only the ratio is %s in the mean, and %s in the median. Predicted gains are %.2f times the true ones.\n\n",
		name, percents(stat.Mean(ratios, nil)), percents(median(ratios)), percents(floats.Min(ratios)), percents(floats.Sum(gains)/floats.Sum(best)),
		positive, n, inside, percents(stat.Mean(direct, nil)), percents(median(direct)), ratioOf(floats.Sum(expected), floats.Sum(gains)))
}

// median leaves x as it is.
func median(x []float64) float64 { return panel.Median(slices.Sorted(slices.Values(x))) }

// ratioOf is NaN where the whole is not above 0.
func ratioOf(part, whole float64) float64 {
	if !(whole > 0) {
		return math.NaN()
	}
	return part / whole
}

const planLegend = `Gains are of the KPI over the 13 weeks planned and the 26 after them, in percent of what the world's planners spend in those 13; a unit of the KPI
is worth a unit of money. The model sees the 156 weeks before; the plan is by channel, within 0.5 to 1.5 times of what is spent, with
the same money. It is played in the world with the plan's spend on each channel: where others move a channel more or less than the model
thinks, its planners leave less or more of their own. The best plan is the same problem on the world's own equations. Direct effects only: the plan
of the same model by someone who sees no channel move another. By lever: the plan's multiples of own parts instead, whatever they cost, and what they cost by
today's spend.

`
