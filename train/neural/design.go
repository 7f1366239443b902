package neural

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
)

// Design exchanges parts of the model. A nil field is the model's own part; the zero Design is the original. A part that
// implements graph.Penalised adds its penalty to the loss. Whatever the carry-over and the saturation, the results have its weights
// by lag and its curve, see layers.Probe; of one that implements layers.Decaying or layers.Saturating they also have the decay, or the
// half-saturation and slope.
type Design struct {
	// CarryOver maps exposure [R, T, M] to carried-over exposure of the same shape. Default layers.NewAdstock.
	CarryOver func(s *graph.Scope, channels int) graph.Layer

	// Saturation maps carried-over exposure [R, T, M] to saturation of the same shape. Default layers.NewHill.
	Saturation func(s *graph.Scope, channels int) graph.Layer

	// Recurrence maps features [R, T, in] to states [R, T, hidden]. Default: a stack of layers.NewGRU.
	Recurrence func(s *graph.Scope, in, hidden int) graph.Layer

	// Baseline returns sales without media, controls and season, [R, T]. Default layers.NewBaseline.
	Baseline func(s *graph.Scope, regions, weeks int) graph.Source

	// Penalty returns a scalar that is added to the loss. Default: none.
	Penalty func(s *graph.Scope, out Outputs) *graph.Node
}

func (d Design) withDefaults() Design {
	if d.CarryOver == nil {
		d.CarryOver = layers.NewAdstock
	}
	if d.Saturation == nil {
		d.Saturation = layers.NewHill
	}
	if d.Baseline == nil {
		d.Baseline = layers.NewBaseline
	}
	return d
}
