package train

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/panel"
	tables "deepcausalmmm/panel/table"
)

// PlanTable is a plan that someone wrote: what is spent on channels, by region and week as far as the table says. docs/plan.md says
// which tables are read.
type PlanTable struct {
	Name, File string
	entries    []planEntry
}

// planEntry is a cell of a plan's table. A region or week of "" is all of them.
type planEntry struct {
	region, week, channel string
	spend                 float64
	line                  int
}

// The columns of a long table of a plan, and those of both kinds unless the training's table has other names.
const (
	planChannel, planSpend = "channel", "spend"
	planRegion, planWeek   = "region", "week"
)

// ReadPlanTable reads a table of spend: a row for each channel, with the columns channel and spend, or a column for each channel, with the channel's
// name or that of its spend. Columns of region and week may be absent; then a figure is the sum over them.
func (s *Saved) ReadPlanTable(path string) (PlanTable, error) {
	t := PlanTable{File: path, Name: filepath.Base(path)}
	err := tables.With(path, tables.Options{}, func(in *tables.Table) error { return t.read(in, s) })
	return t, err
}

func (t *PlanTable) read(in *tables.Table, s *Saved) error {
	l, err := s.planLayout(in)
	if err != nil {
		return err
	}
	begin := func() { t.entries = nil }
	err = in.Rows(l.wanted, begin, func(line int, cells []tables.Cell) error {
		text := func(at int) string {
			if at < 0 {
				return ""
			}
			return cell.Name(cells[at].Text)
		}
		file, n := in.Place(line)
		for k, at := range l.spend {
			c := cells[at]
			e := planEntry{region: text(l.region), week: text(l.week), channel: l.channels[k], spend: c.Value, line: n}
			if l.channel >= 0 {
				e.channel = text(l.channel)
			}
			if err := s.checkEntry(e, c, fmt.Sprintf("%s:%d", file, n), l); err != nil {
				return err
			}
			if !c.Missing {
				t.entries = append(t.entries, e)
			}
		}
		return nil
	})
	if err == nil && len(t.entries) == 0 {
		err = fmt.Errorf("%s: no row has a spend: the plan would be the status quo (write what each channel spends)", t.File)
	}
	return err
}

// planLayout says where a table of a plan has what. Positions are those among the wanted columns, −1 if there is none.
type planLayout struct {
	wanted                []tables.Wanted
	region, week, channel int
	spend                 []int    // columns of spend
	channels              []string // their channels; "" in a long table
}

func (s *Saved) planLayout(in *tables.Table) (planLayout, error) {
	l := planLayout{region: -1, week: -1, channel: -1}
	want := func(column int, isNumber bool) int {
		l.wanted = append(l.wanted, tables.Wanted{Column: column, Number: isNumber})
		return len(l.wanted) - 1
	}
	find := func(names ...string) int {
		return slices.IndexFunc(in.Columns, func(c string) bool { return c != "" && slices.Contains(names, c) })
	}
	columns := s.Config.Data.Columns
	region, week := find(planRegion, columns.Region), find(planWeek, columns.Week)
	if region >= 0 {
		l.region = want(region, false)
	}
	if week >= 0 {
		l.week = want(week, false)
	}
	channel, spend := find(planChannel), find(planSpend)
	if channel >= 0 {
		if spend < 0 {
			return l, fmt.Errorf("%s: has the column %s and none of %s: name the column of what is spent %s", in.Path, planChannel, planSpend, planSpend)
		}
		l.channel, l.spend, l.channels = want(channel, false), []int{want(spend, true)}, []string{""}
		return l, nil
	}
	for i, name := range in.Columns {
		if i == region || i == week || name == "" {
			continue
		}
		m := s.channelOf(cell.Name(name))
		if m < 0 {
			return l, fmt.Errorf("%s: column %q is no channel of the model: %s", in.Path, name, noSuch("channel", name, s.Panel.Channels))
		}
		if slices.Contains(l.channels, s.Panel.Channels[m]) {
			return l, fmt.Errorf("%s: has two columns of %s (leave one out)", in.Path, s.Panel.Channels[m])
		}
		l.spend, l.channels = append(l.spend, want(i, true)), append(l.channels, s.Panel.Channels[m])
	}
	if len(l.spend) == 0 {
		return l, fmt.Errorf("%s: has no spend: give the columns %s and %s, or a column for each channel", in.Path, planChannel, planSpend)
	}
	return l, nil
}

// channelOf finds a channel by its name or that of its spend; −1 if there is none.
func (s *Saved) channelOf(name string) int {
	if m := slices.Index(s.Panel.Channels, name); m >= 0 {
		return m
	}
	return slices.IndexFunc(s.Panel.Channels, func(channel string) bool {
		column, ok := s.Panel.SpendColumn(slices.Index(s.Panel.Channels, channel))
		return ok && s.Panel.SpendNames[column] == name
	})
}

// checkEntry refuses what is no spend of a channel in a region and week.
func (s *Saved) checkEntry(e planEntry, c tables.Cell, place string, l planLayout) error {
	switch m := s.channelOf(e.channel); {
	case m < 0:
		return fmt.Errorf("%s: %s", place, noSuch("channel", e.channel, s.Panel.Channels))
	case c.Problem != "":
		return fmt.Errorf("%s: the spend of %s, %q, %s (%s)", place, e.channel, c.Text, c.Problem, c.Fix)
	case c.Missing:
		return nil
	case e.spend < 0 || math.IsInf(e.spend, 0):
		return fmt.Errorf("%s: the spend of %s is %g: write 0 or more", place, e.channel, e.spend)
	case s.Panel.Kind(m) != panel.Paid && e.spend > 0:
		return fmt.Errorf("%s: %s is %s: nobody buys it, and it costs nothing (leave its spend out)", place, e.channel, s.Panel.Kind(m))
	}
	if l.region >= 0 && !slices.Contains(s.Panel.Regions, e.region) {
		return fmt.Errorf("%s: %s", place, noSuch("region", e.region, s.Panel.Regions))
	}
	return nil
}

// spread returns the spend of each region, week and channel of a horizon, [R, H, M], NaN where the table says nothing. A sum over regions or
// weeks is spread as the status quo's.
func (t PlanTable) spread(h *horizon, s *Saved) ([]float64, error) {
	today := h.spend()
	R, H, M := len(h.Panel.Regions), h.Span.Len(), len(h.Panel.Channels)
	out := make([]float64, len(today))
	for i := range out {
		out[i] = math.NaN()
	}
	for _, e := range t.entries {
		m := s.channelOf(e.channel)
		if h.Panel.Kind(m) != panel.Paid {
			continue
		}
		if !h.buys(m) {
			return nil, fmt.Errorf("%s:%d: no spend is known of %s in the training (give its price in the constraints)", t.File, e.line, e.channel)
		}
		week := -1
		if e.week != "" {
			if week = slices.Index(h.Panel.Weeks[h.Span.From:h.Span.To], e.week); week < 0 {
				return nil, fmt.Errorf("%s:%d: %s is none of the plan's %s, %s to %s (write them as the training's)", t.File, e.line, e.week,
					h.Panel.Resolution.RowNoun(2), h.Panel.Weeks[h.Span.From], h.Panel.Weeks[h.Span.To-1])
			}
		}
		var cells []int
		sum := 0.0
		for cell := range R * H {
			if i := cell*M + m; (e.region == "" || h.Panel.Regions[cell/H] == e.region) && (week < 0 || cell%H == week) {
				cells, sum = append(cells, i), sum+today[i]
			}
		}
		for _, i := range cells {
			if !math.IsNaN(out[i]) {
				return nil, fmt.Errorf("%s:%d: has the spend of %s a second time (add them up, or leave one out)", t.File, e.line, e.channel)
			}
			if out[i] = e.spend / float64(len(cells)); sum > 0 {
				out[i] = e.spend * today[i] / sum
			}
		}
	}
	return out, nil
}
