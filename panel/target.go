package panel

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// RegionTarget returns the target of region r over a span, [weeks], in KPI units. It is a view of the panel, not a copy.
func (p *Panel) RegionTarget(r int, s Span) []float64 {
	T := len(p.Weeks)
	return p.Target[r*T+s.From : r*T+s.To]
}

// TargetMeans returns each region's mean target over a span, [R], in KPI units. A mean that is not positive is a
// *TargetMeanError, since models divide by it.
func (p *Panel) TargetMeans(s Span) ([]float64, error) {
	means := make([]float64, len(p.Regions))
	for r := range p.Regions {
		y := p.RegionTarget(r, s)
		means[r] = stat.Mean(y, nil)
		if !(means[r] > 0) {
			return nil, &TargetMeanError{
				File: p.Report.File, Region: p.Regions[r], From: p.Weeks[s.From], To: p.Weeks[s.To-1],
				Mean: means[r], AllZero: floats.Norm(y, math.Inf(1)) == 0,
			}
		}
	}
	return means, nil
}
