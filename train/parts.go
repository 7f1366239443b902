package train

import (
	"math"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/panel"
)

var nan = math.NaN()

// The names of the components that are no column of the table.
const (
	componentBaseline = "baseline"
	componentSeason   = "season"
)

// Part is the fit on the training weeks or on the holdout, in the target's units and without burn-in rows.
type Part struct {
	Name       string     // train or holdout
	Span       panel.Span // its weeks
	Regions    int
	Actual     []float64 // [R, T]
	Predicted  []float64 // [R, T]: the sum of the components
	Components []Component
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
	Baseline Kind = "baseline"
	Season   Kind = "season"
	Control  Kind = "control"
	Media    Kind = "media"
)

// part evaluates a model on its window and brings every component to the target's units:
//
//	value = contribution · softplus(prediction_scale) · the region's target mean
//
// The prediction is their sum, so that they add up to it to the last bit.
func (t *Trainer) part(name string, m *graph.Model, span panel.Span) (Part, error) {
	if err := m.Evaluate(); err != nil {
		return Part{}, err
	}
	p := Part{Name: name, Span: span, Regions: m.Dims.Regions}
	n := span.Len()
	p.Predicted = make([]float64, p.Regions*n)
	for r := range p.Regions {
		row := t.panel.Target[r*len(t.panel.Weeks):]
		p.Actual = append(p.Actual, row[span.From:span.To]...)
	}
	add := func(name string, kind Kind, node *gorgonia.Node, column, columns int) {
		c := Component{Name: name, Kind: kind, Value: t.inUnits(m, m.Floats(node), column, columns, n)}
		for i, v := range c.Value {
			p.Predicted[i] += v
		}
		p.Components = append(p.Components, c)
	}
	add(componentBaseline, Baseline, m.Outputs.Baseline, 0, 1)
	add(componentSeason, Season, m.Outputs.Season, 0, 1)
	for i, name := range t.panel.Controls {
		add(name, Control, m.Outputs.ControlContributions, i, len(t.panel.Controls))
	}
	for i, name := range t.panel.Channels {
		add(name, Media, m.Outputs.MediaContributions, i, len(t.panel.Channels))
	}
	return p, nil
}

// inUnits takes a column of contributions [R, T, columns] behind the burn-in to the target's units, [R, n].
func (t *Trainer) inUnits(m *graph.Model, contributions []float64, column, columns, n int) []float64 {
	value := make([]float64, 0, m.Dims.Regions*n)
	scale, burnIn := m.PredictionScale(), m.Dims.Weeks-n
	for r := range m.Dims.Regions {
		for w := burnIn; w < m.Dims.Weeks; w++ {
			value = append(value, contributions[(r*m.Dims.Weeks+w)*columns+column]*scale*t.scaling.TargetMean[r])
		}
	}
	return value
}
