package train

import (
	"fmt"
	"math"
	"slices"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// HorizonRequest says which weeks are planned, and what would happen in them without a plan.
type HorizonRequest struct {
	From      string       // first week; "" is the one after the training's last
	Weeks     int          // their number
	Reference string       // first week of the reference period, or YearBefore; "" is the last rows of the training's panel
	Planned   *panel.Panel // exposures of the horizon's weeks, as far as they are planned already; nil: those of the reference period
}

// YearBefore is the reference period a year before the horizon.
const YearBefore = "year-before"

// horizon is the status quo that a plan starts from.
type horizon struct {
	Panel     *panel.Panel // the training's rows, then those of the horizon and of the tail, in which its effects end
	Span      panel.Span   // the horizon's rows of Panel
	Reference panel.Span   // the training's rows that the horizon repeats; the horizon itself if it lies within the training's weeks
	Past      bool         // the horizon lies within the training's weeks

	Price []float64 // [R, M]: money per unit of exposure; 0 of channels that cost nothing
	Value []float64 // [R, T] of Panel: money per unit of the KPI; nil if it is not known
	Seen  []float64 // [R, M]: the largest exposure of a training's row
	Notes []string  // what was taken for something else
}

// tailWeeks is the time after a horizon, in weeks, in which effects of the horizon are counted: as long as a carry-over is followed.
const tailWeeks = 26

// horizon returns the status quo of a horizon, which follows the training's weeks or lies within them. Horizon and tail repeat
// exposure and controls of the reference period; see HorizonRequest for other exposures. Prices of exposure that are given replace those that
// were paid.
func (s *Saved) horizon(q HorizonRequest, prices map[string]float64) (*horizon, error) {
	if _, ok := s.Fitted.(model.Marketed); !ok {
		return nil, fmt.Errorf("a plan needs structural equations, and model: %s has none (train with preset: %s)", s.Config.Model, RecommendedPreset)
	}
	if q.Weeks < 1 {
		return nil, fmt.Errorf("a plan of %d %s: give their number, 1 or more", q.Weeks, s.Panel.Resolution.RowNoun(q.Weeks))
	}
	h := &horizon{}
	if err := s.place(h, q); err != nil {
		return nil, err
	}
	if err := s.refer(h, q); err != nil {
		return nil, err
	}
	if err := s.lengthen(h, q.Planned); err != nil {
		return nil, err
	}
	if err := s.price(h, prices); err != nil {
		return nil, err
	}
	s.see(h)
	return h, nil
}

// place finds the horizon's rows.
func (s *Saved) place(h *horizon, q HorizonRequest) error {
	known, every := len(s.Panel.Weeks), s.Panel.Resolution
	axis := s.Panel.Axis()
	next := axis.Label(1)
	h.Span = panel.Span{From: known, To: known + q.Weeks}
	if q.From == "" {
		return nil
	}
	if at := slices.Index(s.Panel.Weeks, q.From); at >= 0 {
		h.Span, h.Past = panel.Span{From: at, To: at + q.Weeks}, true
		if h.Span.To > known {
			return fmt.Errorf("the plan begins within the training's %s, at %s, and ends after their last, %s (begin at %s, or plan at most %d %s)",
				every.RowNoun(2), q.From, s.Panel.Weeks[known-1], next, known-at, every.RowNoun(known-at))
		}
		return nil
	}
	position, exact, err := axis.Position(q.From)
	switch {
	case err != nil:
		return fmt.Errorf("the plan's first %w (it may begin at %s)", err, next)
	case position <= 0:
		return fmt.Errorf("the plan's first %s, %s, is none of the training's, %s to %s, and does not follow them (begin at %s)", every.RowNoun(1),
			q.From, s.Panel.Weeks[0], s.Panel.Weeks[known-1], next)
	case position > 1:
		return fmt.Errorf("the plan's first %s, %s, does not follow the training's last, %s: %d %s are missing between them (begin at %s, or train "+
			"with the %s between)", every.RowNoun(1), q.From, s.Panel.Weeks[known-1], position-1, every.RowNoun(position-1), next, every.RowNoun(2))
	case !exact:
		return fmt.Errorf("the plan's first %s, %s, begins on another day than the training's (begin at %s)", every.RowNoun(1), q.From, next)
	}
	return nil
}

// refer finds the reference period.
func (s *Saved) refer(h *horizon, q HorizonRequest) error {
	known, n, every := len(s.Panel.Weeks), h.Span.Len(), s.Panel.Resolution
	if h.Past {
		if q.Reference != "" || q.Planned != nil {
			return fmt.Errorf("the plan's %s are the training's: what was done in them is the status quo (leave the reference period and the plan table out)",
				every.RowNoun(2))
		}
		h.Reference = h.Span
		return nil
	}
	from := known - n
	switch q.Reference {
	case "":
	case YearBefore:
		from = known - int(math.Round(every.PerYear()))
	default:
		if from = slices.Index(s.Panel.Weeks, q.Reference); from < 0 {
			return fmt.Errorf("the reference period's first %s, %s, is none of the training's, %s to %s", every.RowNoun(1), q.Reference,
				s.Panel.Weeks[0], s.Panel.Weeks[known-1])
		}
	}
	if h.Reference = (panel.Span{From: from, To: from + n}); from < 0 || from+n > known {
		return fmt.Errorf("a plan of %d %s needs a reference period as long, and the training has only %d %s from %s on (plan fewer, or name an "+
			"earlier first %s)", n, every.RowNoun(n), known-max(from, 0), every.RowNoun(known-max(from, 0)), s.Panel.Weeks[max(from, 0)], every.RowNoun(1))
	}
	return nil
}

// lengthen makes the panel: the training's rows up to the horizon's last, then repeats of the reference period.
func (s *Saved) lengthen(h *horizon, planned *panel.Panel) error {
	known, last := len(s.Panel.Weeks), h.Span.To+s.Panel.Resolution.Rows(tailWeeks)
	axis := s.Panel.Axis()
	source, weeks := make([]int, last), make([]string, last)
	for t := range source {
		if source[t], weeks[t] = t, axis.Label(t-known+1); t < known {
			weeks[t] = s.Panel.Weeks[t]
		} else {
			source[t] = h.Reference.From + (t-h.Span.From)%h.Span.Len()
		}
	}
	p := *s.Panel
	p.Weeks = weeks
	p.Media = taken(s.Panel.Media, len(p.Regions), source, len(p.Channels))
	p.Control = taken(s.Panel.Control, len(p.Regions), source, len(p.Controls))
	p.Target, p.Filled, p.Missing, p.Closed, p.Spend, p.SpendNames, p.SpendOf, p.Revenue = nil, nil, nil, nil, nil, nil, nil, nil
	made, err := panel.New(p)
	if err != nil {
		return fmt.Errorf("the plan's %s do not follow the training's last, %s: %w", s.Panel.Resolution.RowNoun(2), s.Panel.Weeks[known-1], err)
	}
	h.Panel = made
	if len(s.Panel.Revenue) > 0 {
		h.Value = taken(s.Panel.Revenue, len(p.Regions), source, 1)
	}
	if planned == nil {
		return nil
	}
	return s.enter(h, planned)
}

// taken are rows of x [R, T, K], those of source.
func taken(x []float64, regions int, source []int, K int) []float64 {
	T := len(x) / max(regions*K, 1)
	out := make([]float64, 0, regions*len(source)*K)
	for r := range regions {
		for _, t := range source {
			out = append(out, x[(r*T+t)*K:][:K]...)
		}
	}
	return out
}

// enter writes a table's exposures and controls over those of the horizon's rows.
func (s *Saved) enter(h *horizon, planned *panel.Panel) error {
	var read Prediction
	table, err := s.arrange(planned, &read)
	if err != nil {
		return err
	}
	r, err := s.follow(table, &read)
	if err != nil {
		return err
	}
	if err := s.fillMediators(r, len(s.Panel.Weeks), &read); err != nil {
		return err
	}
	if r.spans[0].From != h.Span.From || len(r.panel.Weeks) < h.Span.To {
		return fmt.Errorf("%s: has the %s %s to %s, and the plan those from %s to %s (give all of them)", planned.Report.File, s.Panel.Resolution.RowNoun(2),
			r.panel.Weeks[r.spans[0].From], r.panel.Weeks[len(r.panel.Weeks)-1], h.Panel.Weeks[h.Span.From], h.Panel.Weeks[h.Span.To-1])
	}
	rows := func(to, from []float64, K int) {
		for region := range h.Panel.Regions {
			copy(to[(region*len(h.Panel.Weeks)+h.Span.From)*K:][:h.Span.Len()*K], from[(region*len(r.panel.Weeks)+h.Span.From)*K:])
		}
	}
	rows(h.Panel.Media, r.panel.Media, len(h.Panel.Channels))
	rows(h.Panel.Control, r.panel.Control, len(h.Panel.Controls))
	h.Notes = append(h.Notes, read.Notes...)
	return nil
}

// see finds the largest exposure of each channel in each region.
func (s *Saved) see(h *horizon) {
	M := len(s.Panel.Channels)
	h.Seen = make([]float64, len(s.Panel.Regions)*M)
	for i, x := range s.Panel.Media {
		at := i/M/len(s.Panel.Weeks)*M + i%M
		h.Seen[at] = max(h.Seen[at], x)
	}
}
