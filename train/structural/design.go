package structural

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
)

// Design exchanges parts of the model. A nil field is the model's own part. Every part that implements graph.Penalised
// adds its penalty to the loss, as minus the logarithm of a prior density. Whatever the carry-over and the saturation, the results
// have its weights by lag and its curve, see layers.Probe; of one that implements layers.Decaying or layers.Saturating they also
// have the decay, or the half-saturation and slope.
type Design struct {
	// CarryOver maps relative exposure [R, T, M] to carried-over exposure of the same shape. Default
	// the shape's form.
	CarryOver func(s *graph.Scope, channels int) graph.Layer

	// Saturation maps carried-over exposure [R, T, M] to saturation of the same shape. Default the shape's form.
	Saturation func(s *graph.Scope, channels int) graph.Layer

	// Recurrence maps features [R, T, in] to the states [R, T, units] that coefficients deviate by, in shapes that have
	// units. Default layers.NewGRU.
	Recurrence func(s *graph.Scope, in, units int) graph.Layer

	// Baseline is sales without media and controls. harmonics counts the waves of the year and of the week. Default
	// layers.NewMovingBaseline.
	Baseline func(s *graph.Scope, regions, knots, harmonics int) Baseline

	// Penalty returns a scalar that is added to the penalties. Default: none.
	Penalty func(s *graph.Scope, out Outputs) *graph.Node
}

// Baseline maps the bases of trends [knots, T] and seasons [2·harmonics, T] (nil without a season) to a baseline. One that
// has Steps like layers.MovingBaseline's continues its trend at random in the intervals of a forecast.
type Baseline interface {
	Forward(ramps, waves *graph.Node) layers.Moving
}

type stepping interface {
	Steps() (national, regional []float64)
}

// parts is the design with the model's own parts for the nil fields.
func (m *Model) parts() Design {
	d, c := m.options.Design, m.Shape
	priors := m.effectPriors()
	if d.CarryOver == nil {
		d.CarryOver = func(s *graph.Scope, channels int) graph.Layer {
			return c.CarryOver.form().layer(s, channels, window(m.Data.Every), priors)
		}
	}
	if d.Saturation == nil {
		d.Saturation = func(s *graph.Scope, channels int) graph.Layer {
			return c.Saturation.form().layer(s, channels, 0, priors)
		}
	}
	if d.Recurrence == nil {
		d.Recurrence = func(s *graph.Scope, in, units int) graph.Layer { return layers.NewGRU(s, 0, in, units) }
	}
	if d.Baseline == nil {
		d.Baseline = func(s *graph.Scope, regions, knots, harmonics int) Baseline {
			baseline := layers.NewMovingBaseline(s, regions, knots, harmonics, layers.MovingPriors{
				Trend: c.nationalStep(m.Data.Train, m.Data.Every), RegionTrend: c.RegionTrend, Season: seasonSize, Fade: c.fade(),
				Shift: shiftSize,
			})
			if steps := m.Data.steps(c.Shifts); steps != nil {
				baseline.Shifted(s, steps, len(steps)/m.Data.Weeks, m.Data.Weeks)
			}
			return baseline
		}
	}
	return d
}
