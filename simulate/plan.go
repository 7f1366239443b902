package simulate

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// field is one quantity over regions and weeks, [regions][weeks].
type field [][]float64

func newField(regions, weeks int) field {
	f := make(field, regions)
	for r := range f {
		f[r] = make([]float64, weeks)
	}
	return f
}

// drawControls draws z, [controls][regions][weeks]: half national, half regional, both autocorrelated. A control that is in force
// for single weeks is so in the fifth of them in which that movement is highest.
func (w *World) drawControls() []field {
	z := make([]field, len(w.controls))
	for c, control := range w.controls {
		z[c] = newField(w.config.Regions, w.config.Weeks)
		national := autoregression(w.draws.stream("control over time", c), w.config.Weeks, w.config.Persistence)
		own := math.Sqrt(1 - control.seasonal*control.seasonal)
		for r := range z[c] {
			regional := autoregression(w.draws.stream("control in region", c, r), w.config.Weeks, w.config.Persistence)
			for t := range z[c][r] {
				chance := math.Sqrt(0.5) * (national[t] + regional[t])
				season := math.Sqrt2 * w.weeks.wave(t, 1, summer)
				z[c][r][t] = clip(control.seasonal*season+own*chance, maxDeviation)
				if control.bursts {
					z[c][r][t] = burst(chance)
				}
			}
		}
	}
	return z
}

// burst maps a standard normal number to a fifth of weeks at 1 to 3 and the others at −0.4, so that the mean is about 0.
func burst(z float64) float64 {
	const upperFifth = 0.8416 // quantile of the normal distribution
	if z < upperFifth {
		return -0.4
	}
	return min(1+(z-upperFifth), maxDeviation)
}

// mediatorWhim is a mediator's own movement: the standard deviation of its logarithm.
const mediatorWhim = 0.15

// drawPlans draws the activity of each channel's own plan, [nodes][regions][weeks], positive and around the plan's share
// of 1. It depends on flights, season, the region's affinity to the medium, the planners' autocorrelated choices, and the
// confounding control: planners advertise more in weeks when it favours sales anyway. A mediator's own part only drifts.
func (w *World) drawPlans() []field {
	plans := make([]field, len(w.channels))
	for m, channel := range w.channels {
		plans[m] = newField(w.config.Regions, w.config.Weeks)
		flight := w.drawFlights(m)
		chase, whim := w.config.Chase, w.config.Whim
		if w.mediates(m) {
			chase, whim = 0, mediatorWhim
		}
		for r := range plans[m] {
			rng := w.draws.stream("plan", m, r)
			level := w.funnel.plan(m) * lognormal(rng, 0.3)
			choices := w.together(r, autoregression(rng, w.config.Weeks, 0.5))
			for t := range plans[m][r] {
				season := channel.seasonal * (w.weeks.wave(t, 1, christmas) + w.peaked(t))
				logs := season + chase*w.tailwind(r, t) + whim*choices[t] - (chase*chase+whim*whim)/2
				plans[m][r][t] = level * flight[t] * math.Exp(logs)
			}
		}
	}
	return plans
}

// together correlates a channel's choices with those that all channels share.
func (w *World) together(r int, choices []float64) []float64 {
	if w.config.Together == 0 {
		return choices
	}
	common := autoregression(w.draws.stream("common plan", r), w.config.Weeks, 0.5)
	for t := range choices {
		choices[t] = math.Sqrt(w.config.Together)*common[t] + math.Sqrt(1-w.config.Together)*choices[t]
	}
	return choices
}

// mediates reports whether a node is a mediator.
func (w *World) mediates(m int) bool { return m >= len(w.config.Channels) }

// tailwind returns by how many standard deviations the first control favours sales; 0 without controls.
func (w *World) tailwind(r, t int) float64 {
	if len(w.controls) == 0 {
		return 0
	}
	return math.Copysign(w.z[0][r][t], w.controls[0].effect*w.z[0][r][t])
}

// drawFlights draws flights and pauses of the configured mean length, at the same time in all regions, with a mean level of 1.
// Channels that are planned together share their flights.
func (w *World) drawFlights(m int) []float64 {
	calendar := m
	if w.config.Together > 0 {
		calendar = 0
	}
	rng := w.draws.stream("flights", calendar)
	level := make([]float64, w.config.Weeks)
	onAir, offAir := w.config.Flight[0], w.config.Flight[1]
	on := rng.Float64() < onAir/(onAir+offAir)
	for t := range level {
		if on {
			level[t] = 1 + offAir/onAir*w.channels[m].depth
			on = rng.Float64() >= 1/onAir
		} else {
			level[t] = 1 - w.channels[m].depth
			on = rng.Float64() < 1/offAir
		}
	}
	return level
}

// budgetWeeks is the number of weeks for which budgets are set.
const budgetWeeks = 4

// follow lets budgets follow recent sales: every four weeks each plan is multiplied by (sales of the four weeks before / mean of
// all weeks before)^Follow, within a factor of 2.5. The plans are then what they are: interventions do not change them.
func (w *World) follow() {
	if w.config.Follow == 0 {
		return
	}
	for from := 2 * budgetWeeks; from < w.config.Weeks; from += budgetWeeks {
		sales := w.play(change{}).sales
		for r := range w.regions {
			recent, usual := stat.Mean(sales[r][from-budgetWeeks:from], nil), stat.Mean(sales[r][:from], nil)
			factor := math.Exp(clip(w.config.Follow*math.Log(recent/usual), math.Log(2.5)))
			for m := range w.config.Channels {
				for t := from; t < min(from+budgetWeeks, w.config.Weeks); t++ {
					w.plans[m][r][t] *= factor
				}
			}
		}
	}
}
