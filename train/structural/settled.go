package structural

import (
	"math"

	"deepcausalmmm/train/model"
)

var _ model.Settler = Structural{}

// Settled fixes the shape that a training has chosen, with as many weeks between knots. The shape must be the outcome's own: one
// that was read from a file is chosen again.
func (Structural) Settled(settings any, of *model.Outcome, part float64) any {
	own := *settings.(*Settings)
	if of.Inference == nil {
		return &own
	}
	if shape, ok := of.Inference.Choice.Shape.(Shape); ok {
		shape.Knots = max(1, int(math.Round(part*float64(shape.Knots))))
		own.ChooseShape, own.Shape = false, pinned(&shape)
	}
	return &own
}
