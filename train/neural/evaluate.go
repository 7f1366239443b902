package neural

import (
	"gorgonia.org/gorgonia"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// evaluate runs a model on its window, which ends with a span of the panel, and brings every component to the target's
// units:
//
//	value = contribution · softplus(prediction_scale) · the region's target mean
//
// The prediction is their sum, so that they add up to it to the last bit.
func (f *Fitted) evaluate(m *Model, p *panel.Panel, span model.Span) (model.Part, error) {
	if err := m.Evaluate(); err != nil {
		return model.Part{}, err
	}
	part := model.Part{Name: span.Name, Span: span.Span, Regions: m.Dims.Regions}
	for r := range part.Regions {
		row := p.Target[r*len(p.Weeks):]
		part.Actual = append(part.Actual, row[span.From:span.To]...)
	}
	add := func(name string, kind model.Kind, node *gorgonia.Node, column, columns int) {
		part.Add(model.Component{Name: name, Kind: kind, Value: f.inUnits(m, m.Floats(node), column, columns, span.Len())})
	}
	add(string(model.Baseline), model.Baseline, m.Outputs.Baseline, 0, 1)
	add(string(model.Season), model.Season, m.Outputs.Season, 0, 1)
	for i, name := range p.Controls {
		add(name, model.ControlKind(p, i), m.Outputs.ControlContributions, i, len(p.Controls))
	}
	for i, name := range p.Channels {
		add(name, model.ChannelKind(p, i), m.Outputs.MediaContributions, i, len(p.Channels))
	}
	return part, nil
}

// inUnits takes a column of contributions [R, T, columns] in the last n weeks to the target's units, [R, n].
func (f *Fitted) inUnits(m *Model, contributions []float64, column, columns, n int) []float64 {
	value := make([]float64, 0, m.Dims.Regions*n)
	scale := m.PredictionScale()
	for r := range m.Dims.Regions {
		for w := m.Dims.Weeks - n; w < m.Dims.Weeks; w++ {
			value = append(value, contributions[(r*m.Dims.Weeks+w)*columns+column]*scale*f.scaling.TargetMean[r])
		}
	}
	return value
}
