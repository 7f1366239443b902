package train

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"deepcausalmmm/internal/cell"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Intervention changes channels and treatments, by name, in the weeks that are predicted. No name is in both.
type Intervention struct {
	Do    map[string]float64 // sets a channel or a treatment to a multiple of its value, whatever moves the channel
	Lever map[string]float64 // multiplies what a channel's planners decide on: its own part; what other channels move still follows them
}

// Intervened holds the prediction without and with an intervention, in the target's units.
type Intervened struct {
	Panel  *panel.Panel
	Span   panel.Span // the weeks in which it holds
	AsItIs model.Part
	Under  model.Part // with everything that the intervention moves
	Moved  []string   // channels that it moves along the graph, parents before children, without those it sets
	Beyond []Beyond   // what it takes out of the training's range, the furthest first
	Notes  []string   // what a factor means for a channel that is not counted from 0
}

// positions refuses what the model does not have or cannot set, and factors below 0.
func (s *Saved) positions(i Intervention) (model.Intervention, error) {
	out := model.Intervention{Channels: map[int]float64{}, Treatments: map[int]float64{}, Levers: map[int]float64{}}
	if _, ok := s.Fitted.(model.Intervener); i.any() && !ok {
		return out, fmt.Errorf("an intervention needs structural equations, and model: %s has none (train with preset: %s)",
			s.Config.Model, RecommendedPreset)
	}
	for _, name := range slices.Sorted(maps.Keys(i.Do)) {
		if f := i.Do[name]; !(f >= 0) || math.IsInf(f, 0) {
			return out, fmt.Errorf("%q cannot be set to %g times its value: give a factor of 0 or more", name, f)
		}
		channel, control := slices.Index(s.Panel.Channels, name), slices.Index(s.Panel.Controls, name)
		switch {
		case channel >= 0:
			out.Channels[channel] = i.Do[name]
		case control >= 0 && s.Panel.IsTreatment(control):
			out.Treatments[control] = i.Do[name]
		case control >= 0:
			return out, fmt.Errorf("control %q is not set by an intervention (if the firm sets it, name it under data.treatments and "+
				"train again)", name)
		default:
			return out, fmt.Errorf("the model has no channel or treatment %q (it has %s)", name, strings.Join(s.Settable(), ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.Lever)) {
		channel, f := slices.Index(s.Panel.Channels, name), i.Lever[name]
		_, set := i.Do[name]
		switch {
		case !(f >= 0) || math.IsInf(f, 0):
			return out, fmt.Errorf("the lever of %q cannot be %g: give a factor of 0 or more", name, f)
		case set:
			return out, fmt.Errorf("%q is set and has a lever: give one of them", name)
		case channel < 0:
			return out, fmt.Errorf("%q has no lever: the model has no such channel (it has %s)", name, strings.Join(s.planned(), ", "))
		case s.Panel.Kind(channel) == panel.Mediator:
			return out, fmt.Errorf("mediator %q has no lever: nobody plans it, it follows the channels that move it (only do sets it)", name)
		}
		out.Levers[channel] = f
	}
	return out, nil
}

// any reports whether anything changes.
func (i Intervention) any() bool { return len(i.Do)+len(i.Lever) > 0 }

// planned lists the channels that have planners.
func (s *Saved) planned() []string {
	var names []string
	for c, name := range s.Panel.Channels {
		if s.Panel.Kind(c) != panel.Mediator {
			names = append(names, name)
		}
	}
	return names
}

// Settable lists what an intervention can set: the channels, then the treatments.
func (s *Saved) Settable() []string {
	names := slices.Clone(s.Panel.Channels)
	for c, name := range s.Panel.Controls {
		if s.Panel.IsTreatment(c) {
			names = append(names, name)
		}
	}
	return names
}

// intervene asks the model what changes in all weeks of a request.
func (s *Saved) intervene(r request, do model.Intervention) (*Intervened, error) {
	f := s.Fitted.(model.Intervener) // positions has asked
	span := panel.Span{From: r.spans[0].From, To: r.spans[len(r.spans)-1].To}
	answer, err := f.Do(r.panel, r.first, span, do)
	if err != nil {
		return nil, err
	}
	out := &Intervened{Panel: r.panel, Span: span, AsItIs: answer.AsItIs, Under: answer.Under, Notes: answer.Notes}
	touched := map[string]bool{}
	for _, c := range f.Moves(do) {
		out.Moved = append(out.Moved, s.Panel.Channels[c])
		touched[s.Panel.Channels[c]] = true
	}
	for c := range do.Channels {
		touched[s.Panel.Channels[c]] = true
	}
	for c := range do.Levers {
		touched[s.Panel.Channels[c]] = true
	}
	for c := range do.Treatments {
		touched[s.Panel.Controls[c]] = true
	}
	exposure, T, M := slices.Clone(r.panel.Media), len(r.panel.Weeks), len(r.panel.Channels)
	for i, x := range answer.Media {
		at := i / M
		exposure[(at/span.Len()*T+span.From+at%span.Len())*M+i%M] = x
	}
	for _, b := range s.beyond(r.panel, span, exposure, do.Treatments) {
		if touched[b.Name] {
			out.Beyond = append(out.Beyond, b)
		}
	}
	return out, nil
}

// write writes what changes: the prediction, and every channel's and treatment's contribution.
func (i *Intervened) write(w io.Writer) error {
	t := table{csv: csv.NewWriter(w)}
	t.row("region", "week", "component", "as_it_is", "intervened", "difference")
	eachCell(i.AsItIs, i.Panel, func(at int, region, week string) {
		row := func(name string, before, after float64) {
			t.row(region, week, name, number(before), number(after), number(after-before))
		}
		row("prediction", i.AsItIs.Predicted[at], i.Under.Predicted[at])
		for c, component := range i.AsItIs.Components {
			if component.Kind.Settable() {
				row(cell.Text(component.Name), component.Value[at], i.Under.Components[c].Value[at])
			}
		}
	})
	return t.end()
}
