package panel

import "slices"

// ExposureScale is the unit of a panel's exposures: multiples of a mean, counted from a value.
type ExposureScale struct {
	Mean []float64 // [R, M], above From; 0 for a channel that was on nowhere
	From []float64 // [M]: 0, but of a mediator with negative values, such as an index, its lowest value; nil: 0 for all
}

// ExposureScale finds the scale of the first weeks, as far as these have a row and something could be sold in them. In the means an
// outlying exposure counts as Outlying times the median of the weeks with exposure, unless more than a twentieth of these are
// above: bursts that recur are how a channel is planned. A channel that was never on in a region takes the mean of the other regions.
func (p *Panel) ExposureScale(weeks int) ExposureScale {
	R, T, M := len(p.Regions), len(p.Weeks), len(p.Channels)
	s := ExposureScale{Mean: make([]float64, R*M), From: p.lowestMediators(weeks)}
	channel, seen := make([]float64, M), make([]float64, M)
	for r := range R {
		for m := range M {
			var values []float64
			for t := range weeks {
				if cell := r*T + t; p.HasRow(cell) && !p.IsClosed(cell) {
					x, _ := s.counted(m, p.Media[cell*M+m])
					values = append(values, x)
				}
			}
			if s.Mean[r*M+m] = robustMean(values); s.Mean[r*M+m] > 0 {
				channel[m] += s.Mean[r*M+m]
				seen[m]++
			}
		}
	}
	for i, mean := range s.Mean {
		if m := i % M; mean == 0 && seen[m] > 0 {
			s.Mean[i] = channel[m] / seen[m]
		}
	}
	return s
}

// Outlying is the multiple of a channel's median week on air from which exposure counts as outlying.
const Outlying = 8

// robustMean is the mean of values ≥ 0, with outlying ones cut.
func robustMean(values []float64) float64 {
	on := slices.DeleteFunc(slices.Clone(values), func(x float64) bool { return x <= 0 })
	if len(on) == 0 {
		return 0
	}
	slices.Sort(on)
	most := max(Outlying*on[(len(on)-1)/2], on[(len(on)-1)*19/20])
	sum := 0.0
	for _, x := range values {
		sum += min(x, most)
	}
	return sum / float64(len(values))
}

// lowestMediators returns the lowest value of each mediator that has negative ones, 0 for all other channels; nil if there is none.
func (p *Panel) lowestMediators(weeks int) []float64 {
	M, T := len(p.Channels), len(p.Weeks)
	from, negative := make([]float64, M), false
	for i, x := range p.Media {
		if m, cell := i%M, i/M; p.Kind(m) == Mediator && cell%T < weeks && p.HasRow(cell) && x < from[m] {
			from[m], negative = x, true
		}
	}
	if !negative {
		return nil
	}
	return from
}

// counted is the exposure of a channel above From, 0 below it.
func (s ExposureScale) counted(m int, value float64) (exposure float64, clipped bool) {
	if s.From == nil {
		return value, false
	}
	return max(value-s.From[m], 0), value < s.From[m]
}

// Units is a relative exposure in the table's units.
func (s ExposureScale) Units(region, m, channels int, relative float64) float64 {
	units := relative * s.Mean[region*channels+m]
	if s.From != nil {
		units += s.From[m]
	}
	return units
}

// RelativeExposure returns the exposure in multiples of the scale's mean, [R, T, M], and counts for each channel the cells below
// From, which are 0. A region-week without a row gets the mean of the other regions in that week: a missing row does not mean
// zero exposure, and zeros would break the carry-over into the weeks after it, and make all channels move together.
func (p *Panel) RelativeExposure(s ExposureScale) (relative []float64, clipped []int) {
	T, M := len(p.Weeks), len(p.Channels)
	relative, clipped = make([]float64, len(p.Media)), make([]int, M)
	for i, value := range p.Media {
		x, below := s.counted(i%M, value)
		if below && p.HasRow(i/M) {
			clipped[i%M]++
		}
		if mean := s.Mean[i/(T*M)*M+i%M]; mean > 0 {
			relative[i] = x / mean
		}
	}
	if len(p.Missing) > 0 {
		p.imputeMissing(relative)
	}
	return relative, clipped
}

func (p *Panel) imputeMissing(relative []float64) {
	R, T, M := len(p.Regions), len(p.Weeks), len(p.Channels)
	for t := range T {
		sum, present := make([]float64, M), 0.0
		for r := range R {
			if cell := r*T + t; p.HasRow(cell) {
				present++
				for m := range sum {
					sum[m] += relative[cell*M+m]
				}
			}
		}
		for r := range R {
			if cell := r*T + t; present > 0 && !p.HasRow(cell) {
				for m := range sum {
					relative[cell*M+m] = sum[m] / present
				}
			}
		}
	}
}

// Exposure returns the media in their own units, with the imputed values of RelativeExposure where the table had no row.
func (p *Panel) Exposure(relative []float64, s ExposureScale) []float64 {
	T, M := len(p.Weeks), len(p.Channels)
	exposure := slices.Clone(p.Media)
	for i := range exposure {
		if !p.HasRow(i / M) {
			exposure[i] = s.Units(i/(T*M), i%M, M, relative[i])
		}
	}
	return exposure
}
