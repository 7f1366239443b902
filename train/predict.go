package train

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/neural"
)

// Prediction is what a saved model makes of a table.
type Prediction struct {
	Panel *panel.Panel // the table's, or with the training's weeks in front where it continues them
	Parts []Part
	How   string // what the weeks were taken for, in words

	Intervened *Intervened // nil without an intervention
}

// partNew names weeks that the training knew nothing of.
const partNew = "new"

// Predict evaluates the model on a table of the training's regions, channels and controls.
//
// Weeks of the training are evaluated as the training did: its training weeks as one window, its holdout as another.
// Weeks that follow the training's last continue it: exposure carries over and the GRU keeps its state, both from the
// history that the model file holds, and the season repeats by the calendar. Any others are an error, unless
// scratch is set: then all weeks are one series that starts anew, with the season's tail as in a holdout, or, of the
// structural model, with the trend where it ended and the calendar's season.
//
// A structural model also tells what an intervention on its channels would change, in all weeks of the table.
func (s *Saved) Predict(p *panel.Panel, scratch bool, do Intervention) (*Prediction, error) {
	if err := s.checkTable(p); err != nil {
		return nil, err
	}
	if err := s.checkIntervention(do); err != nil {
		return nil, err
	}
	known := len(s.Panel.Weeks)
	switch {
	case scratch:
		return s.anew(p, do)
	case len(p.Weeks) >= s.Train.To && slices.Equal(p.Weeks[:s.Train.To], s.Panel.Weeks[:s.Train.To]):
		return s.again(p, min(known, len(p.Weeks)), do)
	case !slices.Contains(s.Panel.Weeks, p.Weeks[0]) && !slices.Contains(p.Weeks, s.Panel.Weeks[known-1]):
		return s.follow(p, do)
	}
	return nil, fmt.Errorf("%s: its weeks, %s to %s, neither begin with the training's, %s to %s, nor follow its last, %s "+
		"(give the weeks that follow, or all weeks from the first, or --scratch)", p.Report.File, p.Weeks[0], p.Weeks[len(p.Weeks)-1],
		s.Panel.Weeks[0], s.Panel.Weeks[s.Train.To-1], s.Panel.Weeks[known-1])
}

// anew takes all weeks for a series of its own.
func (s *Saved) anew(p *panel.Panel, do Intervention) (*Prediction, error) {
	const how = "a series of its own, started anew"
	all := panel.Span{From: 0, To: len(p.Weeks)}
	if s.structural != nil {
		return s.predictStructural(p, s.Train.To, []namedSpan{{partNew, all}}, how, do)
	}
	part, err := s.window(partNew, p, all)
	return &Prediction{Panel: p, Parts: []Part{part}, How: how}, err
}

// checkTable lists the regions, channels and controls that the model and the table do not share.
func (s *Saved) checkTable(p *panel.Panel) error {
	for _, c := range []struct {
		what        string
		model, here []string
	}{
		{"regions", s.Panel.Regions, p.Regions}, {"channels", s.Panel.Channels, p.Channels}, {"controls", s.Panel.Controls, p.Controls},
	} {
		if unknown := lacking(c.here, c.model); unknown != "" {
			return fmt.Errorf("%s: %s that the model has not seen: %s (leave them out, or train with them)", p.Report.File, c.what, unknown)
		}
		if missing := lacking(c.model, c.here); missing != "" {
			return fmt.Errorf("%s: %s of the model are missing: %s", p.Report.File, c.what, missing)
		}
		if !slices.Equal(c.model, c.here) {
			return fmt.Errorf("%s: the %s stand in another order than in the training, %s", p.Report.File, c.what, strings.Join(c.model, ", "))
		}
	}
	return nil
}

// lacking lists what of some is not in others.
func lacking(some, others []string) string {
	var left []string
	for _, name := range some {
		if !slices.Contains(others, name) {
			left = append(left, fmt.Sprintf("%q", name))
		}
	}
	return strings.Join(left, ", ")
}

// window evaluates a span as a series that starts anew.
func (s *Saved) window(name string, p *panel.Panel, span panel.Span) (Part, error) {
	w := s.Scaling.Window(withTarget(p, len(s.Panel.Regions)), span, s.Config.BurnInWeeks, s.Season)
	m, err := build(s.Config, s.Params, w, neural.Evaluation)
	if err != nil {
		return Part{}, err
	}
	return evaluate(name, m, p, s.Scaling, span)
}

// again evaluates the training's own weeks as the training did, and what follows them as new.
func (s *Saved) again(p *panel.Panel, known int, do Intervention) (*Prediction, error) {
	out := &Prediction{Panel: p, How: "the training's own weeks"}
	spans := []namedSpan{{"train", s.Train}}
	if s.Train.To < known {
		spans = append(spans, namedSpan{"holdout", panel.Span{From: s.Train.To, To: known}})
	}
	if more := len(p.Weeks) - known; more > 0 {
		out.How += fmt.Sprintf(", and %d that follow them", more)
	}
	if s.structural != nil {
		if known < len(p.Weeks) {
			spans = append(spans, namedSpan{partNew, panel.Span{From: known, To: len(p.Weeks)}})
		}
		return s.predictStructural(p, 0, spans, out.How, do)
	}
	for _, part := range spans {
		evaluated, err := s.window(part.name, p, part.span)
		if err != nil {
			return nil, err
		}
		out.Parts = append(out.Parts, evaluated)
	}
	if known < len(p.Weeks) {
		part, err := s.continued(p, panel.Span{From: known, To: len(p.Weeks)})
		if err != nil {
			return nil, err
		}
		out.Parts = append(out.Parts, part)
	}
	return out, nil
}

// follow puts the history of the model file in front of the table.
func (s *Saved) follow(p *panel.Panel, do Intervention) (*Prediction, error) {
	all := panel.Panel{
		Regions: p.Regions, Weeks: slices.Concat(s.Panel.Weeks, p.Weeks), Channels: p.Channels, Controls: p.Controls,
		Media:   s.behind(s.Panel.Media, p.Media, len(p.Weeks), len(p.Channels)),
		Control: s.behind(s.Panel.Control, p.Control, len(p.Weeks), len(p.Controls)),
	}
	if len(p.Target) > 0 {
		all.Target = s.behind(make([]float64, len(s.Panel.Regions)*len(s.Panel.Weeks)), p.Target, len(p.Weeks), 1)
	}
	if len(p.Missing) > 0 { // the history in the model file has every row
		all.Missing = make([]bool, len(all.Regions)*len(all.Weeks))
		for r := range all.Regions {
			copy(all.Missing[r*len(all.Weeks)+len(s.Panel.Weeks):], p.Missing[r*len(p.Weeks):(r+1)*len(p.Weeks)])
		}
	}
	joined, err := panel.New(all)
	if err != nil {
		return nil, fmt.Errorf("%s: its weeks do not follow the training's last, %s: %w", p.Report.File,
			s.Panel.Weeks[len(s.Panel.Weeks)-1], err)
	}
	for _, gap := range joined.Report.Spacing.Gaps {
		if gap.Before == p.Weeks[0] {
			return nil, fmt.Errorf("%s: there are weeks missing between the training's last, %s, and the table's first, %s "+
				"(add their rows, or give --scratch)", p.Report.File, gap.After, gap.Before)
		}
	}
	joined.Report.File = p.Report.File
	span := panel.Span{From: len(s.Panel.Weeks), To: len(joined.Weeks)}
	how := fmt.Sprintf("%d weeks that follow the training's, whose history they continue", len(p.Weeks))
	if s.structural != nil {
		return s.predictStructural(joined, 0, []namedSpan{{partNew, span}}, how, do)
	}
	part, err := s.continued(joined, span)
	return &Prediction{Panel: joined, Parts: []Part{part}, How: how}, err
}

// behind puts the table's values [R, weeks, columns] behind the history's, region by region.
func (s *Saved) behind(history, values []float64, weeks, columns int) []float64 {
	var all []float64
	before := len(s.Panel.Weeks) * columns
	for r := range s.Panel.Regions {
		all = append(all, history[r*before:(r+1)*before]...)
		all = append(all, values[r*weeks*columns:(r+1)*weeks*columns]...)
	}
	return all
}

// continued evaluates all weeks as one series, with the season by the calendar, and returns the last ones.
func (s *Saved) continued(p *panel.Panel, span panel.Span) (Part, error) {
	whole := panel.Span{From: 0, To: len(p.Weeks)}
	w := s.Scaling.Window(withTarget(p, len(s.Panel.Regions)), whole, s.Config.BurnInWeeks, s.Season)
	w.Season = s.Season.Follow(s.Config.BurnInWeeks, len(p.Weeks))
	m, err := build(s.Config, s.Params, w, neural.Evaluation)
	if err != nil {
		return Part{}, err
	}
	return evaluate(partNew, m, p, s.Scaling, span)
}

// withTarget is the panel with a target of 0 where it has none: a window holds one, which a prediction does not look
// at.
func withTarget(p *panel.Panel, regions int) *panel.Panel {
	if len(p.Target) > 0 {
		return p
	}
	filled := *p
	filled.Target = make([]float64, regions*len(p.Weeks))
	return &filled
}

// Write leaves predictions.csv and contributions.csv in dir, which must exist, and intervention.csv where there was one.
func (p *Prediction) Write(dir string) error {
	outputs := []files.File{
		files.As("predictions.csv", func(w io.Writer) error { return writePredictions(w, p.Panel, p.Parts) }),
		files.As("contributions.csv", func(w io.Writer) error { return writeContributions(w, p.Panel, p.Parts) }),
	}
	if p.Intervened == nil {
		return errors.Join(files.Write(dir, outputs...), files.Remove(dir, interventionFile))
	}
	return files.Write(dir, append(outputs, files.As(interventionFile, p.Intervened.write))...)
}

// write writes what changes: the prediction and every channel's contribution.
func (i *Intervened) write(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "component", "as_it_is", "intervened", "difference")
	i.AsItIs.eachCell(i.Panel, func(at int, region, week string) {
		row := func(name string, before, after float64) {
			t.row(region, week, name, number(before), number(after), number(after-before))
		}
		row("prediction", i.AsItIs.Predicted[at], i.Under.Predicted[at])
		for c, component := range i.AsItIs.Components {
			if component.Kind == Media {
				row(cell.Text(component.Name), component.Value[at], i.Under.Components[c].Value[at])
			}
		}
	})
	return t.end()
}
