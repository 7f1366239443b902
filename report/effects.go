package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"deepcausalmmm/train/model"
)

// effects is the section on the channels' own effects and those through other channels.
type effects struct {
	Bars     *bars
	Rows     []effectRow
	Paths    []pathRow
	More     int // paths that are not listed
	Ensemble int
	Sourced  bool   // effects are marked learned or assumed
	Next     string // the experiment that would tell most; empty without intervals
}

// effectRow is a channel's row in the table of effects.
type effectRow struct {
	Name                    string
	Direct, Indirect, Total float64
	Share                   float64 // of the total effect
	DirectLow, DirectHigh   float64 // NaN without draws, as are those of the total effect
	Low, High               float64
	Source                  model.Source
}

// Assumed reports whether data say little about the effect.
func (r effectRow) Assumed() bool { return r.Source == model.Assumed }

type pathRow struct {
	Channels     string
	Value, Share float64
}

// listedPaths is the number of paths that the table lists.
const listedPaths = 20

func (d *drawing) effects() *effects {
	s := d.Inference
	if s == nil {
		return nil
	}
	e := &effects{Ensemble: s.Ensemble}
	if next := d.Details.Next; next != nil {
		e.Next = next.Text
	}
	e.Bars = &bars{ID: "effects-bars", Title: "Direct and total effects", Caption: "As shares of the prediction: above, what the channel " +
		"sells itself; below, all that would be lost without it, including its effect on other channels."}
	if s.Ensemble > 0 {
		e.Bars.Caption += fmt.Sprintf(" Lines are intervals of 95, 80 and 50 %%, the thicker the narrower, of %d draws from the posterior.", s.Ensemble)
	}
	media := d.ofKind(model.Media)
	channels := make([]int, len(media))
	for k := range channels {
		channels[k] = k
	}
	slices.SortStableFunc(channels, func(a, b int) int { return cmp.Compare(s.Effects[3*b+2].Value, s.Effects[3*a+2].Value) })
	for _, k := range channels {
		direct, indirect, total := s.Effects[3*k], s.Effects[3*k+1], s.Effects[3*k+2]
		e.Bars.Rows = append(e.Bars.Rows, shareBar(direct, s.KPI, d.short[media[k]], "direct"), shareBar(total, s.KPI, "", "all"))
		row := effectRow{
			Name: d.full(media[k]), Direct: direct.Value, Indirect: indirect.Value, Total: total.Value, Share: total.Share, Source: total.Source,
		}
		row.DirectLow, row.DirectHigh = intervalOf(direct)
		row.Low, row.High = intervalOf(total)
		e.Rows, e.Sourced = append(e.Rows, row), e.Sourced || row.Source != ""
	}
	for _, p := range s.Paths[:min(listedPaths, len(s.Paths))] {
		var names []string
		for _, name := range p.Channels {
			names = append(names, oneLine(name))
		}
		e.Paths = append(e.Paths, pathRow{strings.Join(names, " → "), p.Value, p.Share})
	}
	e.More = len(s.Paths) - len(e.Paths)
	return e
}

// intervalOf returns an effect's interval, NaN without draws.
func intervalOf(e model.Effect) (low, high float64) {
	if e.Low == nil || e.High == nil {
		return nan, nan
	}
	return *e.Low, *e.High
}

// shareBar is a channel's bar; one without a label belongs to the bar above.
func shareBar(e model.Effect, kpi float64, label, look string) bar {
	b := bar{Label: label, Full: oneLine(e.Channel) + ", " + string(e.Kind), Look: look, To: e.Share, Text: percent(e.Share), Tight: label == ""}
	if low, high := intervalOf(e); low == low && kpi != 0 {
		b.Ranges = append(b.Ranges, [2]float64{low / kpi, high / kpi})
		if narrow, wide := e.Interval50, e.Interval95; narrow != nil && wide != nil {
			b.Ranges = [][2]float64{{wide.Low / kpi, wide.High / kpi}, b.Ranges[0], {narrow.Low / kpi, narrow.High / kpi}}
		}
	}
	return b
}
