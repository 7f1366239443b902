package simulate

import "math"

// Bounds that keep the KPI positive. As shares of the baseline, the season subtracts at most 0.14·1.3, the controls
// 3·maxControlEffect and normal noise 3·maxNoise, together less than 1; trend and media only add unless a channel cannibalises
// or the baseline shifts. Run returns an error if a week's KPI is not positive.
const (
	maxSeason        = 0.14
	maxDeviation     = 3
	maxControlEffect = 0.12
	maxNoise         = 0.15
	maxTail          = 6 // standard deviations of Student's t
	maxShifts        = 5
)

// external holds the KPI terms that do not depend on media, each [regions][weeks] in KPI units.
type external struct {
	baseline, trend, season, noise field   // the trend includes level shifts, the noise outliers
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
		noise := w.drawNoise(r)
		for t := range weeks {
			e.baseline[r][t] = region.baseline
			e.trend[r][t] = region.baseline * (region.growth*w.weeks.years(t) + w.shifted(t))
			e.season[r][t] = region.baseline * amplitude * w.shape(t)
			e.noise[r][t] = region.baseline * noise[t]
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

// shape returns the season: a yearly wave with its maximum before Christmas, a half-yearly one that sharpens it, and peaks.
func (w *World) shape(t int) float64 {
	return w.weeks.wave(t, 1, christmas) + 0.3*w.weeks.wave(t, 2, christmas) + w.peaked(t)
}

// peaked returns the peaks of a few weeks, which change from year to year.
func (w *World) peaked(t int) float64 {
	sum := 0.0
	for _, p := range w.peaks {
		away := math.Remainder(w.weeks.years(t)-p.at, 1) * 52 / p.width
		sum += p.height * (1 + p.growth*w.weeks.years(t)) * math.Exp(-away*away)
	}
	return sum
}

// peak is a time of the year at which sales rise for a few weeks.
type peak struct {
	at     float64 // years after the first week
	width  float64 // in weeks
	height float64 // in amplitudes of the season
	growth float64 // per year
}

// drawPeaks draws the peaks of the year.
func (w *World) drawPeaks() []peak {
	rng := w.draws.stream("peaks")
	peaks := make([]peak, w.config.Peaks)
	for i := range peaks {
		peaks[i] = peak{rng.Float64(), between(rng, 0.8, 2.5), between(rng, 1, 3), between(rng, -0.2, 0.4)}
	}
	return peaks
}

// shift is a level shift of the baseline, in all regions.
type shift struct {
	week  int
	share float64 // of the baseline
}

// drawShifts draws level shifts of 10 to 25 % of the baseline, apart from each other and from both ends. They alternate in sign.
func (w *World) drawShifts() []shift {
	rng := w.draws.stream("shifts")
	sign := math.Copysign(1, rng.Float64()-0.5)
	shifts := make([]shift, w.config.Shifts)
	part := 0.7 * float64(w.config.Weeks) / float64(len(shifts))
	for i := range shifts {
		week := 0.15*float64(w.config.Weeks) + part*(float64(i)+between(rng, 0.1, 0.9))
		shifts[i] = shift{int(week), sign * between(rng, 0.1, 0.25)}
		sign = -sign
	}
	return shifts
}

// shifted returns the sum of the level shifts up to a week.
func (w *World) shifted(t int) float64 {
	sum := 0.0
	for _, s := range w.shifts {
		if s.week <= t {
			sum += s.share
		}
	}
	return sum
}
