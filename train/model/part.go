package model

import "deepcausalmmm/panel"

// Span is a run of weeks by the name of the part that it becomes.
type Span struct {
	Name string
	panel.Span
	Continues bool // the weeks before it in the panel; otherwise it is a series of its own
}

// The names of parts.
const (
	PartTrain   = "train"
	PartHoldout = "holdout"
	PartNew     = "new" // weeks that the training did not see
)

// Part is a fit or a forecast of some weeks, in the target's units and without burn-in rows.
type Part struct {
	Name       string
	Span       panel.Span
	Regions    int
	Actual     []float64 // [R, T]; NaN if it was not recorded
	Predicted  []float64 // [R, T]: the sum of the components
	Components []Component
}

// Cell is the position of element i of the part in an array [R, weeks] over all weeks of the panel.
func (p Part) Cell(i, weeks int) int {
	return i/p.Span.Len()*weeks + p.Span.From + i%p.Span.Len()
}

// Component is an addend of the prediction.
type Component struct {
	Name  string
	Kind  Kind
	Value []float64 // [R, T]
}

// Kind groups components.
type Kind string

// The kinds of components.
const (
	Baseline  Kind = "baseline"
	Trend     Kind = "trend"
	Season    Kind = "season"
	Holidays  Kind = "holidays"
	Control   Kind = "control"
	Treatment Kind = "treatment" // a control that the firm sets
	Media     Kind = "media"
	Mediator  Kind = "mediator" // a channel that nobody buys: the others move it
)

// Group is the kind that sums take a component for: a treatment is one of the controls, a mediator one of the channels.
func (k Kind) Group() Kind {
	switch k {
	case Treatment:
		return Control
	case Mediator:
		return Media
	}
	return k
}

// Settable reports whether an intervention can set components of the kind.
func (k Kind) Settable() bool { return k.Group() == Media || k == Treatment }

// ChannelKind is the kind of the component of channel m.
func ChannelKind(p *panel.Panel, m int) Kind {
	if p.Kind(m) == panel.Mediator {
		return Mediator
	}
	return Media
}

// ControlKind is the kind of the component of control c.
func ControlKind(p *panel.Panel, c int) Kind {
	if p.IsTreatment(c) {
		return Treatment
	}
	return Control
}

// Add appends a component and adds it to the prediction.
func (p *Part) Add(c Component) {
	if p.Predicted == nil {
		p.Predicted = make([]float64, len(c.Value))
	}
	for i, v := range c.Value {
		p.Predicted[i] += v
	}
	p.Components = append(p.Components, c)
}
