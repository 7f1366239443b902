package train

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// request is how a table relates to the training.
type request struct {
	panel *panel.Panel // the table's, or with the history before it
	first int          // number of its first week, counted from the training's first
	spans []model.Span // to predict
	how   string
}

// unseen are the weeks that the model file does not have.
func (r request) unseen() panel.Span {
	if last := r.spans[len(r.spans)-1]; last.Name == model.PartNew {
		return last.Span
	}
	return panel.Span{}
}

// relate finds out which weeks a table has, and completes them.
func (s *Saved) relate(p *panel.Panel, scratch bool, out *Prediction) (request, error) {
	switch {
	case scratch:
		span := model.Span{Name: model.PartNew, Span: panel.Span{From: 0, To: len(p.Weeks)}}
		r := request{p, s.Train.To, []model.Span{span}, "a series of its own"}
		s.carryControls(p, 0, 0, out)
		return r, s.fillMediators(r, 0, out)
	case len(p.Weeks) >= s.Train.To && slices.Equal(p.Weeks[:s.Train.To], s.Panel.Weeks[:s.Train.To]):
		known := min(len(s.Panel.Weeks), len(p.Weeks))
		r := s.again(p, known)
		s.carryControls(p, known, known, out)
		return r, s.fillMediators(r, known, out)
	}
	r, err := s.follow(p, out)
	if err == nil {
		err = s.fillMediators(r, len(s.Panel.Weeks), out)
	}
	return r, err
}

// again is a table of the training's own weeks, perhaps with others that follow them.
func (s *Saved) again(p *panel.Panel, known int) request {
	r := request{panel: p, spans: []model.Span{{Name: model.PartTrain, Span: s.Train}}, how: "the training's own " + s.Panel.Resolution.RowNoun(2)}
	if s.Train.To < known {
		r.spans = append(r.spans, model.Span{Name: model.PartHoldout, Span: panel.Span{From: s.Train.To, To: known}})
	}
	if more := len(p.Weeks) - known; more > 0 {
		r.how += fmt.Sprintf(", and %d that follow them", more)
		r.spans = append(r.spans, model.Span{Name: model.PartNew, Span: panel.Span{From: known, To: len(p.Weeks)}, Continues: true})
	}
	return r
}

// mostBetween is the longest time in weeks between the training and a table that is bridged.
const mostBetween = 53

// follow puts the history of the model file before the table. Weeks of the table that the training had are not used, and weeks
// between the two are added.
func (s *Saved) follow(p *panel.Panel, out *Prediction) (request, error) {
	at, err := s.after(p, out)
	if err != nil {
		return request{}, err
	}
	if between := at[0] - 1; between > s.Panel.Resolution.Rows(mostBetween) {
		return request{}, fmt.Errorf("%s: %d %s are missing between the training's last, %s, and the table's first, %s (add their rows, "+
			"or give --scratch)", p.Report.File, between, s.Panel.Resolution.RowNoun(between), s.Panel.Weeks[len(s.Panel.Weeks)-1], p.Weeks[len(p.Weeks)-len(at)])
	}
	known, first := len(s.Panel.Weeks), len(s.Panel.Weeks)+at[0]-1
	j := s.bridge(p, at)
	s.carryControls(&j, known, first, out)
	s.assume(&j, at)
	joined, err := panel.New(j)
	if err != nil {
		return request{}, fmt.Errorf("%s: its weeks do not follow the training's last, %s: %w", p.Report.File,
			s.Panel.Weeks[len(s.Panel.Weeks)-1], err)
	}
	joined.Report.File = p.Report.File
	copy(joined.Media, j.Media) // mediators are still NaN
	for i, filled := range p.Filled {
		if t := i%len(p.Weeks) - len(p.Weeks) + len(at); filled && t >= 0 {
			joined.Filled[i/len(p.Weeks)*len(joined.Weeks)+known+at[t]-1] = true
		}
	}
	if between := at[0] - 1; between > 0 {
		out.note("%s %s to %s, between the training's last and the table's first, are added: exposure as a year before, or else the "+
			"training's mean; controls as in the last before", s.Panel.Resolution.RowNoun(2), joined.Weeks[known], joined.Weeks[first-1])
	}
	span := panel.Span{From: first, To: len(joined.Weeks)}
	how := fmt.Sprintf("%d %s that follow the training's, whose history they continue", span.Len(), s.Panel.Resolution.RowNoun(span.Len()))
	return request{joined, 0, []model.Span{{Name: model.PartNew, Span: span, Continues: true}}, how}, nil
}

// after returns the positions of the table's weeks that come after the training's last, which has position 0.
func (s *Saved) after(p *panel.Panel, out *Prediction) (at []int, err error) {
	axis, shifted, own := s.Panel.Axis(), 0, 0
	for t, week := range p.Weeks {
		position, exact, err := axis.Position(week)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Report.File, err)
		}
		if len(at) > 0 && position == at[len(at)-1] {
			return nil, fmt.Errorf("%s: %s and %s lie in the same %s of the training, that of %s (give the table at the training's resolution)",
				p.Report.File, p.Weeks[t-1], week, s.Panel.Resolution.RowNoun(1), axis.Label(position))
		}
		if position <= 0 {
			own++
			continue
		}
		if !exact {
			shifted++
		}
		at = append(at, position)
	}
	T, known := len(p.Weeks), len(s.Panel.Weeks)
	if len(at) == 0 {
		return nil, fmt.Errorf("%s: its %s, %s to %s, neither begin with the training's, %s to %s, nor follow its last, %s "+
			"(give those that follow, or all from the first, or --scratch)", p.Report.File, s.Panel.Resolution.RowNoun(2), p.Weeks[0], p.Weeks[T-1],
			s.Panel.Weeks[0], s.Panel.Weeks[s.Train.To-1], s.Panel.Weeks[known-1])
	}
	if span := at[len(at)-1] - at[0] + 1; len(at) > 1 && span >= 2*len(at)-1 {
		return nil, fmt.Errorf("%s: its %s are about %.2g of the training's apart (give the table at the training's resolution)", p.Report.File,
			s.Panel.Resolution.RowNoun(2), float64(span-1)/float64(len(at)-1))
	}
	if own > 0 {
		out.note("the table's first %d %s, up to %s, are the training's own and are not used", own, s.Panel.Resolution.RowNoun(own), p.Weeks[own-1])
	}
	if shifted > 0 {
		out.note("the table's %s begin on other days than the training's: each is taken for the one that it begins in",
			s.Panel.Resolution.RowNoun(2))
	}
	return at, nil
}

// bridge joins the history and the weeks of the table at positions after it. Cells between are NaN, and so are the rows that the
// table does not have.
func (s *Saved) bridge(p *panel.Panel, at []int) panel.Panel {
	axis, known, last := s.Panel.Axis(), len(s.Panel.Weeks), at[len(at)-1]
	all := panel.Panel{
		Regions: p.Regions, Weeks: slices.Clone(s.Panel.Weeks), Channels: p.Channels, Controls: p.Controls, Kinds: p.Kinds,
		Treatments: p.Treatments, Categories: p.Categories, Resolution: s.Panel.Resolution,
	}
	for position := range last {
		all.Weeks = append(all.Weeks, axis.Label(position+1))
	}
	join := func(history, values []float64, K int) []float64 {
		T := known + last
		joined := slices.Repeat([]float64{math.NaN()}, len(p.Regions)*T*K)
		for r := range p.Regions {
			copy(joined[r*T*K:], history[r*known*K:(r+1)*known*K])
			for i, position := range at {
				week := len(p.Weeks) - len(at) + i
				copy(joined[(r*T+known+position-1)*K:][:K], values[(r*len(p.Weeks)+week)*K:])
			}
		}
		return joined
	}
	all.Media = join(s.Panel.Media, p.Media, len(p.Channels))
	all.Control = join(s.Panel.Control, p.Control, len(p.Controls))
	if len(p.Target) > 0 {
		all.Target = join(make([]float64, len(p.Regions)*known), p.Target, 1)
	}
	all.Missing = make([]bool, len(p.Regions)*(known+last))
	for r := range p.Regions {
		row := all.Missing[r*(known+last)+known:][:last]
		for position := at[0]; position <= last; position++ {
			i := slices.Index(at, position)
			row[position-1] = i < 0 || !p.HasRow(r*len(p.Weeks)+len(p.Weeks)-len(at)+i)
		}
	}
	if !slices.Contains(all.Missing, true) {
		all.Missing = nil
	}
	if len(p.Closed) > 0 {
		all.Closed = make([]bool, len(p.Regions)*(known+last))
		for r := range p.Regions {
			for i, position := range at {
				all.Closed[r*(known+last)+known+position-1] = p.IsClosed(r*len(p.Weeks) + len(p.Weeks) - len(at) + i)
			}
		}
	}
	return all
}

// assume gives weeks without any row, which are at none of the positions, the exposure of a year before, or the mean of the
// training where there is no such week. Mediators stay as they are: they follow from the others.
func (s *Saved) assume(p *panel.Panel, at []int) {
	T, M, known := len(p.Weeks), len(p.Channels), len(s.Panel.Weeks)
	year := int(math.Round(s.Panel.Resolution.PerYear()))
	for r := range p.Regions {
		for m := range M {
			mean := 0.0
			for t := range s.Train.To {
				mean += p.Media[(r*T+t)*M+m] / float64(s.Train.To)
			}
			for t := known; t < T && p.Kind(m) != panel.Mediator; t++ {
				if slices.Contains(at, t-known+1) {
					continue
				}
				p.Media[(r*T+t)*M+m] = mean
				if t >= year {
					p.Media[(r*T+t)*M+m] = p.Media[(r*T+t-year)*M+m]
				}
			}
		}
	}
}
