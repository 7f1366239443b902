package simulate

// Bounds that keep the KPI positive. As shares of the baseline, the season subtracts at most 0.14·1.3, the controls
// 3·controlBudget and the noise 3·maxNoise, together less than 1; trend and media only add.
const (
	maxSeason    = 0.14
	maxDeviation = 3
	maxNoise     = 0.15
)

// external holds the KPI terms that do not depend on media, each [regions][weeks] in KPI units.
type external struct {
	baseline, trend, season, noise field
	controls                       []field // [controls]
}

// drawExternal draws season and noise and computes all terms that do not depend on media. Season and controls are deviations
// from a normal level, which is part of the baseline.
func (w *World) drawExternal() external {
	regions, weeks := w.config.Regions, w.config.Weeks
	e := external{
		baseline: newField(regions, weeks), trend: newField(regions, weeks),
		season: newField(regions, weeks), noise: newField(regions, weeks),
	}
	amplitude := between(w.draws.stream("season"), 0.08, maxSeason)
	for r, region := range w.regions {
		rng := w.draws.stream("noise", r)
		for t := range weeks {
			e.baseline[r][t] = region.baseline
			e.trend[r][t] = region.baseline * region.growth * w.weeks.years(t)
			e.season[r][t] = region.baseline * amplitude * w.shape(t)
			e.noise[r][t] = region.baseline * w.config.Noise * clip(rng.NormFloat64(), maxDeviation)
		}
	}
	for c, control := range w.controls {
		term := newField(regions, weeks)
		for r, region := range w.regions {
			for t := range weeks {
				term[r][t] = region.baseline * control.effect * w.z[c][r][t]
			}
		}
		e.controls = append(e.controls, term)
	}
	return e
}

// shape returns the season: a yearly wave with its maximum before Christmas, and a half-yearly one that sharpens it.
func (w *World) shape(t int) float64 {
	return w.weeks.wave(t, 1, christmas) + 0.3*w.weeks.wave(t, 2, christmas)
}
