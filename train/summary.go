package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train/model"
)

// Summary says in a few lines what a training found, for the terminal.
func (r *Result) Summary() []string {
	m := r.Metrics
	lines := []string{figuresLine("train  ", m.Train)}
	if m.Holdout != nil {
		lines = append(lines, figuresLine("holdout", *m.Holdout))
		for _, b := range []struct {
			name string
			f    *Figures
		}{
			{"region mean", m.Baselines.RegionMean}, {"last value", m.Baselines.LastValue},
			{recentName(r.Panel.Resolution), m.Baselines.Last8Mean}, {lastYearName(r.Panel.Resolution), m.Baselines.LastYear},
		} {
			if b.f != nil {
				lines = append(lines, fmt.Sprintf("  naive, %s: wMAPE %.2f %%", b.name, 100*b.f.WMAPE))
			}
		}
		lines = append(lines, skillLine(m.Skill))
	}
	lines = append(lines, r.sharesLine(), r.graphLine())
	if r.Inference != nil {
		lines = append(lines, r.effectLines()...)
	}
	lines = append(lines, r.returnLines()...)
	if next := r.Details.Next; next != nil {
		lines = append(lines, "next     "+next.Text)
	}
	if len(notice.Marks(r.Details.Notices)) > 0 {
		lines = append(lines, notice.MarkNote)
	}
	for _, n := range r.Details.Notices {
		if n.Kind == notice.PriorDriven { // the others are known, and said, before the fit
			lines = append(lines, n.Line())
		}
	}
	return lines
}

// mark is an asterisk after a figure of a channel that is not told by the data, else nothing.
func (r *Result) mark(channel string) string {
	return notice.Mark(r.Details.Notices, channel)
}

// partlyMark follows the figures of a channel whose effect is partly the prior's.
const partlyMark = " ~"

// effectLines say what each channel does, by itself and through others, the strongest first.
func (r *Result) effectLines() []string {
	d := r.Inference
	byChannel := slices.Collect(slices.Chunk(d.Effects, 3)) // direct, indirect and total
	slices.SortStableFunc(byChannel, func(a, b []model.Effect) int { return cmp.Compare(b[2].Value, a[2].Value) })
	lines, partly := []string{"effects  in shares of the prediction"}, false
	for _, e := range byChannel {
		line := fmt.Sprintf("  %-24s direct %5.1f %%  indirect %5.1f %%  total %5.1f %%", e[0].Channel, 100*e[0].Share, 100*e[1].Share, 100*e[2].Share)
		if total := e[2]; total.Low != nil {
			line += fmt.Sprintf("  (%.1f to %.1f, at 80 %%)", 100**total.Low/d.KPI, 100**total.High/d.KPI)
		}
		mark := r.mark(e[0].Channel)
		if mark == "" && e[2].Source == model.PartlyLearned {
			mark, partly = partlyMark, true
		}
		lines = append(lines, line+mark)
	}
	if partly {
		lines = append(lines, " "+partlyMark+" partly learned: the data narrowed the prior by less than half")
	}
	return lines
}

func skillLine(skill *float64) string {
	switch {
	case skill == nil:
		return "  skill undefined: the best naive forecast is exact, or the holdout is 0 (are its targets there?)"
	case *skill <= 0:
		return fmt.Sprintf("  skill %.3f: no better than the best naive forecast", *skill)
	}
	return fmt.Sprintf("  skill %.3f: better than the best naive forecast", *skill)
}

func figuresLine(part string, f Figures) string {
	return fmt.Sprintf("%s  wMAPE %.2f %%  RMSE %.6g  MAE %.6g  R² %.3f (median of the regions %.3f)",
		part, 100*f.WMAPE, f.RMSE, f.MAE, f.R2, f.R2MedianByRegion)
}

// sharesLine lists the components, channels by their share.
func (r *Result) sharesLine() string {
	s := r.Metrics.Shares
	hasTrend := slices.ContainsFunc(r.Details.Components, func(c ComponentName) bool { return c.Kind == model.Trend })
	channels := slices.Clone(r.Panel.Channels)
	slices.SortStableFunc(channels, func(a, b string) int {
		switch {
		case s.Media[a] > s.Media[b]:
			return -1
		case s.Media[a] < s.Media[b]:
			return 1
		}
		return 0
	})
	parts := []string{fmt.Sprintf("baseline %.1f %%", 100*s.Baseline)}
	if hasTrend {
		parts = append(parts, fmt.Sprintf("trend %.1f %%", 100*s.Trend))
	}
	parts = append(parts, fmt.Sprintf("season %.1f %%", 100*s.Season))
	if s.Holidays != 0 {
		parts = append(parts, fmt.Sprintf("holidays %.1f %%", 100*s.Holidays))
	}
	parts = append(parts, fmt.Sprintf("controls %.1f %%", 100*s.Controls))
	for _, name := range channels {
		parts = append(parts, fmt.Sprintf("%s %.1f %%%s", name, 100*s.Media[name], r.mark(name)))
	}
	return "shares   " + strings.Join(parts, ", ")
}

// strongest is how many edges the summary names.
const strongest = 5

func (r *Result) graphLine() string {
	if r.Graph.Adjacency == nil {
		return "graph    off"
	}
	g := r.Metrics.Graph
	learned := r.Graph.Pruned.Edges()
	var named []string
	for _, e := range learned[:min(strongest, len(learned))] {
		named = append(named, fmt.Sprintf("%s → %s (%.2f)", r.Panel.Channels[e.From], r.Panel.Channels[e.To], e.Weight))
	}
	line := "graph    " + edges(g.Edges)
	if r.Config.NotearsThreshold > 0 {
		line += fmt.Sprintf(" above %g", r.Config.NotearsThreshold)
	}
	line += ", acyclic"
	if g.H > 0 {
		line += fmt.Sprintf("; h of all weights %.3g", g.H)
	}
	if len(g.Removed) > 0 {
		line += fmt.Sprintf("; %s removed to break cycles", edges(len(g.Removed)))
	}
	if len(named) > 0 {
		line += "; strongest " + strings.Join(named, ", ")
	}
	return line
}

func edges(n int) string {
	if n == 1 {
		return "1 edge"
	}
	return fmt.Sprintf("%d edges", n)
}
