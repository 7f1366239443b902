package train

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Prediction is a saved model's prediction for a table.
type Prediction struct {
	Panel *panel.Panel // the table's, or with the training's weeks before it if it continues them
	Parts []model.Part
	How   string // how the weeks relate to the training's, in words

	Intervened *Intervened // nil without an intervention
}

// Intervention sets channels, by name, to multiples of their exposure in the weeks that are predicted.
type Intervention map[string]float64

// Intervened holds the prediction without and with an intervention, in the target's units.
type Intervened struct {
	Panel  *panel.Panel
	Span   panel.Span // the weeks in which it holds
	AsItIs model.Part
	Under  model.Part // with everything that the intervention moves
	Moved  []string   // channels that it moves along the graph, parents before children, without those it sets
}

// request is how a table relates to the training.
type request struct {
	panel *panel.Panel // the table's, or with the history before it
	first int          // number of its first week, counted from the training's first
	spans []model.Span // to predict
	how   string
}

// Predict evaluates the model on a table of the training's regions, channels and controls.
//
// Weeks of the training are evaluated as the training did. Weeks that follow the training's last continue it: exposure
// carries over and the GRU keeps its state, both from the history in the model file, and the season repeats by the calendar.
// Any others are an error, unless scratch is set: then all weeks are one series that starts on its own, with the season's tail
// as in a holdout, or, of the structural model, with the trend where it ended and the calendar's season.
//
// A model.Intervener also answers what an intervention on its channels would change, in all weeks of the table.
func (s *Saved) Predict(p *panel.Panel, scratch bool, do Intervention) (*Prediction, error) {
	if err := s.checkTable(p); err != nil {
		return nil, err
	}
	channels, err := s.positions(do)
	if err != nil {
		return nil, err
	}
	r, err := s.relate(p, scratch)
	if err != nil {
		return nil, err
	}
	out := &Prediction{Panel: r.panel, How: r.how}
	if out.Parts, err = s.Fitted.Predict(r.panel, r.first, r.spans); err != nil || len(do) == 0 {
		return out, err
	}
	out.Intervened, err = s.intervene(r, channels)
	return out, err
}

// relate finds out which weeks a table has.
func (s *Saved) relate(p *panel.Panel, scratch bool) (request, error) {
	known := len(s.Panel.Weeks)
	switch {
	case scratch:
		all := panel.Span{From: 0, To: len(p.Weeks)}
		return request{p, s.Train.To, []model.Span{{Name: model.PartNew, Span: all}}, "a series of its own"}, nil
	case len(p.Weeks) >= s.Train.To && slices.Equal(p.Weeks[:s.Train.To], s.Panel.Weeks[:s.Train.To]):
		return s.again(p, min(known, len(p.Weeks))), nil
	case !slices.Contains(s.Panel.Weeks, p.Weeks[0]) && !slices.Contains(p.Weeks, s.Panel.Weeks[known-1]):
		return s.follow(p)
	}
	return request{}, fmt.Errorf("%s: its weeks, %s to %s, neither begin with the training's, %s to %s, nor follow its last, %s "+
		"(give the weeks that follow, or all weeks from the first, or --scratch)", p.Report.File, p.Weeks[0], p.Weeks[len(p.Weeks)-1],
		s.Panel.Weeks[0], s.Panel.Weeks[s.Train.To-1], s.Panel.Weeks[known-1])
}

// again is a table of the training's own weeks, perhaps with others that follow them.
func (s *Saved) again(p *panel.Panel, known int) request {
	r := request{panel: p, spans: []model.Span{{Name: model.PartTrain, Span: s.Train}}, how: "the training's own weeks"}
	if s.Train.To < known {
		r.spans = append(r.spans, model.Span{Name: model.PartHoldout, Span: panel.Span{From: s.Train.To, To: known}})
	}
	if more := len(p.Weeks) - known; more > 0 {
		r.how += fmt.Sprintf(", and %d that follow them", more)
		r.spans = append(r.spans, model.Span{Name: model.PartNew, Span: panel.Span{From: known, To: len(p.Weeks)}, Continues: true})
	}
	return r
}

// follow puts the history of the model file before the table.
func (s *Saved) follow(p *panel.Panel) (request, error) {
	all := panel.Panel{
		Regions: p.Regions, Weeks: slices.Concat(s.Panel.Weeks, p.Weeks), Channels: p.Channels, Controls: p.Controls,
		Kinds: p.Kinds, Treatments: p.Treatments, Categories: p.Categories,
		Media:   s.join(s.Panel.Media, p.Media, len(p.Weeks), len(p.Channels)),
		Control: s.join(s.Panel.Control, p.Control, len(p.Weeks), len(p.Controls)),
	}
	if len(p.Target) > 0 {
		all.Target = s.join(make([]float64, len(s.Panel.Regions)*len(s.Panel.Weeks)), p.Target, len(p.Weeks), 1)
	}
	if len(p.Missing) > 0 { // the history in the model file has every row
		all.Missing = make([]bool, len(all.Regions)*len(all.Weeks))
		for r := range all.Regions {
			copy(all.Missing[r*len(all.Weeks)+len(s.Panel.Weeks):], p.Missing[r*len(p.Weeks):(r+1)*len(p.Weeks)])
		}
	}
	joined, err := panel.New(all)
	if err != nil {
		return request{}, fmt.Errorf("%s: its weeks do not follow the training's last, %s: %w", p.Report.File,
			s.Panel.Weeks[len(s.Panel.Weeks)-1], err)
	}
	for _, gap := range joined.Report.Spacing.Gaps {
		if gap.Before == p.Weeks[0] {
			return request{}, fmt.Errorf("%s: there are weeks missing between the training's last, %s, and the table's first, %s "+
				"(add their rows, or give --scratch)", p.Report.File, gap.After, gap.Before)
		}
	}
	joined.Report.File = p.Report.File
	span := panel.Span{From: len(s.Panel.Weeks), To: len(joined.Weeks)}
	how := fmt.Sprintf("%d weeks that follow the training's, whose history they continue", len(p.Weeks))
	return request{joined, 0, []model.Span{{Name: model.PartNew, Span: span, Continues: true}}, how}, nil
}

// join puts the table's values [R, weeks, columns] after the history's, region by region.
func (s *Saved) join(history, values []float64, weeks, columns int) []float64 {
	var all []float64
	before := len(s.Panel.Weeks) * columns
	for r := range s.Panel.Regions {
		all = append(all, history[r*before:(r+1)*before]...)
		all = append(all, values[r*weeks*columns:(r+1)*weeks*columns]...)
	}
	return all
}

// intervene asks the model what changes in all weeks of a request.
func (s *Saved) intervene(r request, do model.Intervention) (*Intervened, error) {
	f := s.Fitted.(model.Intervener) // positions has asked
	span := panel.Span{From: r.spans[0].From, To: r.spans[len(r.spans)-1].To}
	out := &Intervened{Panel: r.panel, Span: span}
	var err error
	if out.AsItIs, out.Under, err = f.Do(r.panel, r.first, span, do); err != nil {
		return nil, err
	}
	for _, c := range f.Moves(do) {
		out.Moved = append(out.Moved, s.Panel.Channels[c])
	}
	return out, nil
}

// positions refuses channels that the model does not have, and factors below 0.
func (s *Saved) positions(do Intervention) (model.Intervention, error) {
	if _, ok := s.Fitted.(model.Intervener); len(do) > 0 && !ok {
		return nil, fmt.Errorf("an intervention needs structural equations, and model: %s has none (train with preset: %s)",
			s.Config.Model, RecommendedPreset)
	}
	positions := model.Intervention{}
	for _, name := range slices.Sorted(maps.Keys(do)) {
		channel := slices.Index(s.Panel.Channels, name)
		if channel < 0 {
			return nil, fmt.Errorf("the model has no channel %q (it has %q)", name, s.Panel.Channels)
		}
		if f := do[name]; !(f >= 0) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("channel %q cannot be set to %g times its exposure: give a factor of 0 or more", name, f)
		}
		positions[channel] = do[name]
	}
	return positions, nil
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
			return fmt.Errorf("%s: the %s are in another order than in the training, %s", p.Report.File, c.what, strings.Join(c.model, ", "))
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

// Write leaves predictions.csv and contributions.csv in dir, which must exist, and intervention.csv if there was one.
func (p *Prediction) Write(dir string) error {
	outputs := []files.File{
		files.As(predictionsFile, func(w io.Writer) error { return writePredictions(w, p.Panel, p.Parts) }),
		files.As(contributionsFile, func(w io.Writer) error { return writeContributions(w, p.Panel, p.Parts) }),
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
	eachCell(i.AsItIs, i.Panel, func(at int, region, week string) {
		row := func(name string, before, after float64) {
			t.row(region, week, name, number(before), number(after), number(after-before))
		}
		row("prediction", i.AsItIs.Predicted[at], i.Under.Predicted[at])
		for c, component := range i.AsItIs.Components {
			if component.Kind == model.Media {
				row(cell.Text(component.Name), component.Value[at], i.Under.Components[c].Value[at])
			}
		}
	})
	return t.end()
}
