package panel

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// RegionTarget returns the target of region r over a span, [weeks], in KPI units. It is a view of the panel, not a copy.
func (p *Panel) RegionTarget(r int, s Span) []float64 {
	T := len(p.Weeks)
	return p.Target[r*T+s.From : r*T+s.To]
}

// openTarget returns the target of region r over those weeks of a span in which something could be sold.
func (p *Panel) openTarget(r int, s Span) []float64 {
	y := p.RegionTarget(r, s)
	if len(p.Closed) == 0 {
		return y
	}
	var open []float64
	for i, sold := range y {
		if !p.IsClosed(r*len(p.Weeks) + s.From + i) {
			open = append(open, sold)
		}
	}
	return open
}

// TargetMeans returns each region's mean target over the weeks of a span in which something could be sold, [R], in KPI units. A
// mean that is not positive is a
// *TargetMeanError, since models divide by it.
func (p *Panel) TargetMeans(s Span) ([]float64, error) {
	means := make([]float64, len(p.Regions))
	for r := range p.Regions {
		y := p.openTarget(r, s)
		means[r] = stat.Mean(y, nil)
		if !(means[r] > 0) {
			return nil, &TargetMeanError{
				File: p.Report.File, Region: p.Regions[r], From: p.Weeks[s.From], To: p.Weeks[s.To-1],
				Mean: means[r], AllZero: len(y) == 0 || floats.Norm(y, math.Inf(1)) == 0,
			}
		}
	}
	return means, nil
}

// Sold is the target [R, T] with NaN where nothing could be sold.
func (p *Panel) Sold() []float64 {
	if len(p.Closed) == 0 {
		return p.Target
	}
	sold := slices.Clone(p.Target)
	for cell, closed := range p.Closed {
		if closed {
			sold[cell] = math.NaN()
		}
	}
	return sold
}
