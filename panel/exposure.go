package panel

import "slices"

// MeanExposure returns the mean exposure of each region and channel [R, M] over the first weeks, as far as these have a row.
// A channel that was never on in a region takes the mean of the other regions; one that was on nowhere has 0.
func (p *Panel) MeanExposure(weeks int) []float64 {
	R, T, M := len(p.Regions), len(p.Weeks), len(p.Channels)
	mean := make([]float64, R*M)
	channel, seen := make([]float64, M), make([]float64, M)
	for r := range R {
		rows := 0.0
		for t := range weeks {
			if cell := r*T + t; p.HasRow(cell) {
				rows++
				for m := range M {
					mean[r*M+m] += p.Media[cell*M+m]
				}
			}
		}
		for m := range M {
			mean[r*M+m] /= max(rows, 1)
			if mean[r*M+m] > 0 {
				channel[m] += mean[r*M+m]
				seen[m]++
			}
		}
	}
	for i, s := range mean {
		if m := i % M; s == 0 && seen[m] > 0 {
			mean[i] = channel[m] / seen[m]
		}
	}
	return mean
}

// RelativeExposure returns the exposure in multiples of a mean [R, M], as [R, T, M]. A region-week without a row gets the mean
// of the other regions in that week: a missing row does not mean zero exposure, and zeros would break the carry-over into the
// weeks after it, and make all channels move together.
func (p *Panel) RelativeExposure(mean []float64) []float64 {
	T, M := len(p.Weeks), len(p.Channels)
	relative := make([]float64, len(p.Media))
	for i, x := range p.Media {
		if s := mean[i/(T*M)*M+i%M]; s > 0 {
			relative[i] = x / s
		}
	}
	if len(p.Missing) > 0 {
		p.imputeMissing(relative)
	}
	return relative
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
func (p *Panel) Exposure(relative, mean []float64) []float64 {
	T, M := len(p.Weeks), len(p.Channels)
	exposure := slices.Clone(p.Media)
	for i := range exposure {
		if !p.HasRow(i / M) {
			exposure[i] = relative[i] * mean[i/(T*M)*M+i%M]
		}
	}
	return exposure
}
