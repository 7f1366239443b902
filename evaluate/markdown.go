package evaluate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/panel"
)

// Group is the worlds of one kind, with the figures of all that did not fail.
type Group struct {
	Name   string
	Rows   []Row
	Failed int
}

// Groups are the groups of rows, in the order of their first world.
func Groups(rows []Row) []Group {
	var groups []Group
	for _, r := range rows {
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Name == r.World.Group })
		if i < 0 {
			i, groups = len(groups), append(groups, Group{Name: r.World.Group})
		}
		groups[i].Rows = append(groups[i].Rows, r)
		if r.Err != nil {
			groups[i].Failed++
		}
	}
	return groups
}

// values are a figure of the worlds that have it, sorted.
func (g Group) values(c column) []float64 {
	var all []float64
	for _, r := range g.Rows {
		if v := c.of(r); !math.IsNaN(v) {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return all
}

// Mean is the mean of a figure over the worlds that have it; NaN if none has.
func (g Group) Mean(c column) float64 {
	return stat.Mean(g.values(c), nil)
}

func (g Group) median(c column) float64 {
	all := g.values(c)
	if len(all) == 0 {
		return math.NaN()
	}
	return panel.Median(all)
}

// Markdown has a table of the worlds of each group, with means and medians, and one of all groups.
func Markdown(rows []Row) string {
	var b strings.Builder
	groups := Groups(rows)
	writeSummary(&b, groups)
	for _, g := range groups {
		writeGroup(&b, g)
	}
	b.WriteString(legend)
	return b.String()
}

const legend = `Errors are |estimate − truth| / |truth| of a channel's effect, as median, worst and mean over the channels; a truth below 0.2 % of the
KPI is marked * and its error is relative to 2 % of the KPI. Rank: Spearman's correlation. Inside: share of the channels' direct and
total effects, and of the holdout's rows, inside their intervals of 50, 80 and 95 %. Edges: found (false, missing); worlds whose truth has no graph
count only those found. Published: median and worst error that others have published for the world; better means a smaller median error
of total effects, by either of direct or total effects. Seconds are of a world among others at the same time.

`

func writeSummary(b *strings.Builder, groups []Group) {
	b.WriteString("| worlds | n | direct: median, worst, mean | total: median, worst, mean | better than published | inside 50, 80, 95 %: direct; total; holdout | F1 | edges found | holdout wMAPE (naive), skill | seconds |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, g := range groups {
		n := fmt.Sprint(len(g.Rows))
		if g.Failed > 0 {
			n += fmt.Sprintf(" (%d failed)", g.Failed)
		}
		m := func(name string) float64 { return g.Mean(named(name)) }
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", g.Name, n,
			percents(m("direct_median_error"), m("direct_worst_error"), m("direct_mean_error")),
			percents(m("total_median_error"), m("total_worst_error"), m("total_mean_error")),
			g.betterThanPublished(), coverage(m),
			decimal(m("f1")), count(floats.Sum(g.values(named("edges_found")))),
			forecast(m("holdout_wmape"), m("naive_wmape"), m("skill")), count(m("seconds")))
	}
	b.WriteString("\n")
}

// betterThanPublished counts the worlds.
func (g Group) betterThanPublished() string {
	all := g.values(named("better_than_published"))
	if len(all) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f of %d, by either %.0f", floats.Sum(all), len(all), floats.Sum(g.values(named("better_by_either"))))
}

func writeGroup(b *strings.Builder, g Group) {
	fmt.Fprintf(b, "**%s**\n\n", g.Name)
	b.WriteString("| world | channels | direct: median, worst, mean | rank | total: median, worst, mean | rank | published | inside 50, 80, 95 %: direct; total; holdout | edges | F1 | holdout wMAPE (naive), skill | notices | seconds |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range g.Rows {
		name := r.World.Name
		if slices.ContainsFunc(r.Estimates, func(e Estimate) bool { return e.Small }) {
			name += " *"
		}
		if r.Err != nil {
			fmt.Fprintf(b, "| %s | %d | failed: %s |%s\n", name, len(r.World.channels), strings.ReplaceAll(oneLine(r.Err), "|", "\\|"), strings.Repeat(" |", 10))
			continue
		}
		value := func(name string) float64 { return named(name).of(r) }
		writeLine(b, name, fmt.Sprint(len(r.World.channels)), published(r), edges(r), value)
	}
	for _, summary := range []struct {
		name string
		of   func(column) float64
	}{{"mean", g.Mean}, {"median", g.median}} {
		value := func(name string) float64 { return summary.of(named(name)) }
		writeLine(b, summary.name, "", "", "", value)
	}
	b.WriteString("\n")
}

// writeLine writes a world, or a summary of worlds.
func writeLine(b *strings.Builder, name, channels, published, edges string, v func(name string) float64) {
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", name, channels,
		percents(v("direct_median_error"), v("direct_worst_error"), v("direct_mean_error")), decimal(v("direct_rank")),
		percents(v("total_median_error"), v("total_worst_error"), v("total_mean_error")), decimal(v("total_rank")),
		published, coverage(v), edges, decimal(v("f1")),
		forecast(v("holdout_wmape"), v("naive_wmape"), v("skill")), count(v("notices")), count(v("seconds")))
}

// coverage lists what is inside the intervals of each of the Levels.
func coverage(v func(name string) float64) string {
	var kinds []string
	for _, kind := range []string{"direct", "total", "holdout"} {
		var shares []float64
		for _, level := range Levels {
			shares = append(shares, v(fmt.Sprintf("%s_coverage_%d", kind, level)))
		}
		kinds = append(kinds, percents(shares...))
	}
	if !slices.ContainsFunc(kinds, func(s string) bool { return s != "–" }) {
		return "–"
	}
	return strings.Join(kinds, "; ")
}

// published are the published errors, and whether ours are smaller.
func published(r Row) string {
	p := r.World.Published
	if p == nil {
		return "–"
	}
	verdict := "worse"
	if better(r, r.Total.Median) == 1 {
		verdict = "better"
	}
	return fmt.Sprintf("%.0f %%, %.0f %%: %s", p.Median, p.Worst, verdict)
}

func edges(r Row) string {
	if !r.Edges.Known {
		return fmt.Sprint(r.Edges.Found)
	}
	return fmt.Sprintf("%d (%d, %d)", r.Edges.Found, r.Edges.False, r.Edges.Missing)
}

// named finds a column by its name.
func named(name string) column {
	return columns[slices.IndexFunc(columns, func(c column) bool { return c.name == name })]
}

// percents writes shares in percent; unknown ones are a dash.
func percents(shares ...float64) string {
	var all []string
	for _, s := range shares {
		if math.IsNaN(s) {
			all = append(all, "–")
			continue
		}
		all = append(all, fmt.Sprintf("%.0f %%", 100*s))
	}
	if !slices.ContainsFunc(all, func(s string) bool { return s != "–" }) {
		return "–"
	}
	return strings.Join(all, ", ")
}

func decimal(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%.2f", x)
}

func count(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%.0f", x)
}

// forecast describes the error of the holdout.
func forecast(wmape, naive, skill float64) string {
	if math.IsNaN(wmape) {
		return "–"
	}
	return fmt.Sprintf("%.1f %% (%.1f %%), %s", 100*wmape, 100*naive, decimal(skill))
}
