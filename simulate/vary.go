package simulate

import "math"

// drawForce draws by which factor a channel's effect differs from its usual one, [nodes][regions][weeks]: it drifts over time in
// all regions alike, as a sum of slow waves, and differs between regions. All are 1 without drift and spread.
func (w *World) drawForce() []field {
	force := make([]field, len(w.channels))
	for m := range w.channels {
		force[m] = newField(w.config.Regions, w.config.Weeks)
		over := w.drawDrift(m)
		for r := range force[m] {
			here := lognormal(w.draws.stream("response", m, r), w.config.Spread)
			for t := range force[m][r] {
				force[m][r][t] = here * over[t]
			}
		}
	}
	return force
}

// drawDrift draws the factors of the weeks: the exponential of two waves with periods of one to four times the panel's length
// and of a half to one time, whose variances add up to the configured one.
func (w *World) drawDrift(m int) []float64 {
	rng, weeks := w.draws.stream("drift", m), float64(w.config.Weeks)
	slow, fast := weeks*between(rng, 1, 4), weeks*between(rng, 0.5, 1)
	first, second := between(rng, 0, 2*math.Pi), between(rng, 0, 2*math.Pi)
	factors := make([]float64, w.config.Weeks)
	for t := range factors {
		at := 2 * math.Pi * float64(t)
		factors[t] = math.Exp(w.config.Drift * (1.2*math.Cos(at/slow+first) + 0.75*math.Cos(at/fast+second)))
	}
	return factors
}
