package simulate

import "math"

// field is one quantity over regions and weeks, [regions][weeks].
type field [][]float64

func newField(regions, weeks int) field {
	f := make(field, regions)
	for r := range f {
		f[r] = make([]float64, weeks)
	}
	return f
}

// drawControls draws z, [controls][regions][weeks]: half national, half regional, both autocorrelated.
func (w *World) drawControls() []field {
	z := make([]field, len(w.controls))
	for c, control := range w.controls {
		z[c] = newField(w.config.Regions, w.config.Weeks)
		national := autoregression(w.draws.stream("control over time", c), w.config.Weeks, 0.7)
		own := math.Sqrt(1 - control.seasonal*control.seasonal)
		for r := range z[c] {
			regional := autoregression(w.draws.stream("control in region", c, r), w.config.Weeks, 0.7)
			for t := range z[c][r] {
				chance := math.Sqrt(0.5) * (national[t] + regional[t])
				season := math.Sqrt2 * w.weeks.wave(t, 1, summer)
				z[c][r][t] = clip(control.seasonal*season+own*chance, maxDeviation)
			}
		}
	}
	return z
}

// Standard deviations of the logarithm of a plan: chase from the confounding control, whim from the planners.
const (
	chase = 0.25
	whim  = 0.35
)

// drawPlans draws the activity of each channel's own plan, [channels][regions][weeks], positive and around the plan's share
// of 1. It depends on flights, season, the region's affinity to the medium, the planners' autocorrelated choices, and the
// confounding control: planners advertise more in weeks when it favours sales anyway.
func (w *World) drawPlans() []field {
	plans := make([]field, len(w.channels))
	for m, channel := range w.channels {
		plans[m] = newField(w.config.Regions, w.config.Weeks)
		flight := w.drawFlights(m)
		for r := range plans[m] {
			rng := w.draws.stream("plan", m, r)
			level := w.funnel.plan(m) * lognormal(rng, 0.3)
			choices := autoregression(rng, w.config.Weeks, 0.5)
			for t := range plans[m][r] {
				season := channel.seasonal * w.weeks.wave(t, 1, christmas)
				logs := season + chase*w.tailwind(r, t) + whim*choices[t] - (chase*chase+whim*whim)/2
				plans[m][r][t] = level * flight[t] * math.Exp(logs)
			}
		}
	}
	return plans
}

// tailwind returns by how many standard deviations the first control favours sales; 0 without controls.
func (w *World) tailwind(r, t int) float64 {
	if len(w.controls) == 0 {
		return 0
	}
	return math.Copysign(w.z[0][r][t], w.controls[0].effect*w.z[0][r][t])
}

// drawFlights draws flights of five weeks and pauses of four weeks on average, at the same time in all regions, with a mean
// level of 1.
func (w *World) drawFlights(m int) []float64 {
	rng := w.draws.stream("flights", m)
	level := make([]float64, w.config.Weeks)
	on := rng.Float64() < 5.0/9
	for t := range level {
		if on {
			level[t] = 1 + 0.8*w.channels[m].depth
			on = rng.Float64() >= 1.0/5
		} else {
			level[t] = 1 - w.channels[m].depth
			on = rng.Float64() < 1.0/4
		}
	}
	return level
}
