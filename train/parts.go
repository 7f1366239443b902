package train

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/neural"
)

var nan = math.NaN()

// The names of the components that are no column of the table.
const (
	componentBaseline = "baseline"
	componentSeason   = "season"
	componentTrend    = "trend" // of the structural model
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
	Trend    Kind = "trend"
	Season   Kind = "season"
	Control  Kind = "control"
	Media    Kind = "media"
)

// evaluate runs a model on its window, which ends with a span of the panel, and brings every component to the target's
// units:
//
//	value = contribution · softplus(prediction_scale) · the region's target mean
//
// The prediction is their sum, so that they add up to it to the last bit.
func evaluate(name string, m *neural.Model, p *panel.Panel, s panel.Scaling, span panel.Span) (Part, error) {
	if err := m.Evaluate(); err != nil {
		return Part{}, err
	}
	part := Part{Name: name, Span: span, Regions: m.Dims.Regions}
	n := span.Len()
	part.Predicted = make([]float64, part.Regions*n)
	for r := range part.Regions {
		if len(p.Target) == 0 { // a table of weeks that are still to come
			part.Actual = append(part.Actual, slices.Repeat([]float64{nan}, n)...)
			continue
		}
		row := p.Target[r*len(p.Weeks):]
		part.Actual = append(part.Actual, row[span.From:span.To]...)
	}
	add := func(name string, kind Kind, node *gorgonia.Node, column, columns int) {
		c := Component{Name: name, Kind: kind, Value: inUnits(m, s, m.Floats(node), column, columns, n)}
		for i, v := range c.Value {
			part.Predicted[i] += v
		}
		part.Components = append(part.Components, c)
	}
	add(componentBaseline, Baseline, m.Outputs.Baseline, 0, 1)
	add(componentSeason, Season, m.Outputs.Season, 0, 1)
	for i, name := range p.Controls {
		add(name, Control, m.Outputs.ControlContributions, i, len(p.Controls))
	}
	for i, name := range p.Channels {
		add(name, Media, m.Outputs.MediaContributions, i, len(p.Channels))
	}
	return part, nil
}

// inUnits takes a column of contributions [R, T, columns] in the last n weeks to the target's units, [R, n].
func inUnits(m *neural.Model, s panel.Scaling, contributions []float64, column, columns, n int) []float64 {
	value := make([]float64, 0, m.Dims.Regions*n)
	scale := m.PredictionScale()
	for r := range m.Dims.Regions {
		for w := m.Dims.Weeks - n; w < m.Dims.Weeks; w++ {
			value = append(value, contributions[(r*m.Dims.Weeks+w)*columns+column]*scale*s.TargetMean[r])
		}
	}
	return value
}
