package simulate

import "math"

// hidden reports whether the first control's column is left out of the panel.
func (w *World) hidden() bool { return w.config.Shown == 0 && len(w.config.Controls) > 0 }

// columns are the controls of the panel.
func (w *World) columns() []string {
	names := []string{}
	for c, control := range w.controls {
		if c > 0 || !w.hidden() {
			names = append(names, control.name)
		}
	}
	return names
}

// drawShown draws the controls as the panel shows them, [controls][regions][weeks]: the first with an error of measurement.
func (w *World) drawShown() []field {
	shown := append([]field{}, w.z...)
	rho := w.config.Shown
	if len(shown) == 0 || rho == 1 {
		return shown
	}
	shown[0] = newField(w.config.Regions, w.config.Weeks)
	for r := range shown[0] {
		rng := w.draws.stream("measurement of the control", r)
		for t, z := range w.z[0][r] {
			shown[0][r][t] = rho*z + math.Sqrt(1-rho*rho)*clip(rng.NormFloat64(), maxDeviation)
		}
	}
	return shown
}

// drawEntered draws the factors with which exposures are entered, [nodes][regions][weeks]: 1 unless by mistake.
func (w *World) drawEntered() []field {
	entered := make([]field, len(w.channels))
	for m := range entered {
		entered[m] = newField(w.config.Regions, w.config.Weeks)
		for r := range entered[m] {
			rng := w.draws.stream("spikes", m, r)
			for t := range entered[m][r] {
				entered[m][r][t] = 1
				if chance, factor := rng.Float64(), between(rng, 4, 12); chance < w.config.Spikes && !w.mediates(m) {
					entered[m][r][t] = factor
				}
			}
		}
	}
	return entered
}
