package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// arrange returns the table with the regions, channels and controls of the model, in its order. Other columns are left out, and
// controls and mediators that the table does not have are NaN.
func (s *Saved) arrange(p *panel.Panel, out *Prediction) (*panel.Panel, error) {
	if len(p.Weeks) > 2 && p.Resolution.Noun(1) != s.Panel.Resolution.Noun(1) {
		return nil, fmt.Errorf("%s: a row is a %s, but in the training a %s (give a table of the training's resolution)", p.Report.File,
			p.Resolution, s.Panel.Resolution)
	}
	if unknown := lacking(p.Regions, s.Panel.Regions); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: regions that the model has not seen: %s (leave them out, or train with them)", p.Report.File, quoted(unknown))
	}
	if missing := lacking(s.Panel.Regions, p.Regions); len(missing) > 0 {
		return nil, fmt.Errorf("%s: regions of the model are missing: %s (give their rows, with exposure 0 where nothing is planned)", p.Report.File, quoted(missing))
	}
	others := slices.Concat(lacking(p.Channels, s.Panel.Channels), lacking(p.Controls, s.Panel.Controls))
	missing := slices.DeleteFunc(lacking(s.Panel.Channels, p.Channels), func(name string) bool {
		return s.Panel.Kind(slices.Index(s.Panel.Channels, name)) == panel.Mediator
	})
	if len(missing) > 0 {
		hint := "write 0 for weeks off air"
		if len(others) > 0 {
			hint = fmt.Sprintf("the model has not seen %s", quoted(others))
			if best := suggest.Nearest(missing[0], others); best != "" {
				hint += fmt.Sprintf("; is %q %q?", best, missing[0])
			}
		}
		return nil, fmt.Errorf("%s: channels of the model are missing: %s (%s)", p.Report.File, quoted(missing), hint)
	}
	if len(others) > 0 {
		out.note("columns that the model has not seen, not used: %s", quoted(others))
	}
	q := *p
	q.Regions, q.Channels, q.Controls = s.Panel.Regions, s.Panel.Channels, s.Panel.Controls
	q.Kinds, q.Treatments, q.Categories, q.Resolution = s.Panel.Kinds, s.Panel.Treatments, s.Panel.Categories, s.Panel.Resolution
	q.Spend, q.SpendNames, q.SpendOf, q.Population, q.Revenue = nil, nil, nil, nil, nil // a prediction does not use them
	region := positionsOf(q.Regions, p.Regions)
	q.Media = permuted(p.Media, region, len(p.Weeks), len(p.Channels), positionsOf(q.Channels, p.Channels))
	q.Control = permuted(p.Control, region, len(p.Weeks), len(p.Controls), positionsOf(q.Controls, p.Controls))
	q.Target = permuted(p.Target, region, len(p.Weeks), 1, []int{0})
	q.Filled = permuted(p.Filled, region, len(p.Weeks), 1, []int{0})
	q.Missing = permuted(p.Missing, region, len(p.Weeks), 1, []int{0})
	q.Closed = permuted(p.Closed, region, len(p.Weeks), 1, []int{0})
	return &q, nil
}

// permuted rearranges x [R, T, K] to regions and columns of other positions; a column of position −1 is missing: NaN. An empty x
// without missing columns stays empty.
func permuted[E any](x []E, regions []int, T, K int, columns []int) []E {
	if len(x) == 0 && !slices.Contains(columns, -1) {
		return nil
	}
	missing, _ := any(math.NaN()).(E)
	out := make([]E, 0, len(regions)*T*len(columns))
	for _, r := range regions {
		for t := range T {
			for _, k := range columns {
				if k < 0 {
					out = append(out, missing)
				} else {
					out = append(out, x[(r*T+t)*K+k])
				}
			}
		}
	}
	return out
}

// positionsOf are the positions of names among others, −1 where they are absent.
func positionsOf(names, others []string) []int {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = slices.Index(others, name)
	}
	return at
}

// lacking lists what of some is not in others.
func lacking(some, others []string) (left []string) {
	for _, name := range some {
		if !slices.Contains(others, name) {
			left = append(left, name)
		}
	}
	return left
}

func quoted(names []string) string {
	text := make([]string, len(names))
	for i, name := range names {
		text[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(text, ", ")
}

// carryControls replaces controls that are NaN: in the first known weeks of the panel, which are the training's, by its values,
// and in later ones by the last before, which of the first is the training's last. It notes those of the weeks from one on.
func (s *Saved) carryControls(p *panel.Panel, known, from int, out *Prediction) {
	T, C, H := len(p.Weeks), len(p.Controls), len(s.Panel.Weeks)
	var carried []string
	for c, name := range p.Controls {
		cells := 0
		for r := range p.Regions {
			history := func(t int) float64 { return s.Panel.Control[(r*H+t)*C+c] }
			last := history(H - 1)
			for t := range T {
				value := &p.Control[(r*T+t)*C+c]
				if math.IsNaN(*value) && t < known {
					*value = history(t)
				} else if math.IsNaN(*value) {
					*value = last
					if t >= from {
						cells++
					}
				}
				last = *value
			}
		}
		if cells > 0 {
			carried = append(carried, fmt.Sprintf("%s (%d region-%s)", name, cells, s.Panel.Resolution.RowNoun(cells)))
		}
	}
	if carried != nil {
		out.note("controls without values, carried forward from each region's last: %s", strings.Join(carried, ", "))
	}
}

// lastWeeks is the time in weeks whose mean a mediator without equations keeps.
const lastWeeks = 13

// fillMediators replaces mediators that are NaN: in the known weeks by the training's values; in later ones by what their
// equations make of the other channels, or, of a mediator that no channel moves, by the mean of the training's last weeks.
func (s *Saved) fillMediators(r request, known int, out *Prediction) error {
	p := r.panel
	T, M, H := len(p.Weeks), len(p.Channels), len(s.Panel.Weeks)
	unknown, columns := make([]bool, len(p.Media)), map[int]bool{}
	span := min(s.Panel.Resolution.Rows(lastWeeks), H)
	for i, x := range p.Media {
		m, t, region := i%M, i/M%T, i/M/T
		switch {
		case !math.IsNaN(x):
			continue
		case t < known:
			p.Media[i] = s.Panel.Media[(region*H+t)*M+m]
			continue
		}
		unknown[i], columns[m] = true, true
		p.Media[i] = 0
		for week := H - span; week < H; week++ {
			p.Media[i] += s.Panel.Media[(region*H+week)*M+m] / float64(span)
		}
	}
	if len(columns) == 0 {
		return nil
	}
	var followed []int
	if f, ok := s.Fitted.(model.Follower); ok {
		var err error
		if followed, err = f.Follow(p, r.first, unknown); err != nil {
			return err
		}
	}
	for m, name := range p.Channels {
		switch {
		case slices.Contains(followed, m):
			out.note("mediator %s follows from the channels that move it, by the training's equations", name)
		case columns[m]:
			out.note("mediator %s is not in the table: it keeps the mean of the training's last %d %s", name, span, s.Panel.Resolution.RowNoun(span))
		}
	}
	return nil
}

// note adds a sentence.
func (p *Prediction) note(form string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(form, args...))
}
