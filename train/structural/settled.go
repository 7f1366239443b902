package structural

import (
	"math"

	"deepcausalmmm/train/model"
)

var _ model.Settler = Structural{}

// Settled fixes the average that a training has found: its shapes and their weights, with as many weeks between knots, and without
// shifts of the level after the weeks that remain.
func (Structural) Settled(settings any, of *model.Outcome, part float64) any {
	own := *settings.(*Settings)
	f, ok := of.Fitted.(*Fitted)
	if !ok {
		return &own
	}
	own.Given = nil
	for _, form := range f.forms {
		own.Given = append(own.Given, &Candidate{What: form.Shape.String(), Shape: form.Shape.during(part, f.train.To), Weight: form.Weight})
	}
	return &own
}

// during is a shape for the first part of the training's rows.
func (s Shape) during(part float64, train int) Shape {
	s.Knots = max(1, int(math.Round(part*float64(s.Knots))))
	var shifts Shifts
	for i, row := range s.Shifts.rows() {
		if float64(row) < part*float64(train) {
			shifts[i] = row
		}
	}
	s.Shifts = shifts
	return s
}
