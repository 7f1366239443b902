package neural

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/panel"
)

// season is the seasonal component of the training target, min-max scaled per region. It is saved with the model, since
// predictions need its tail.
type season struct {
	Regions, Weeks int       // R; training weeks
	Values         []float64 // [R, training weeks], in [0, 1]
}

// maxPeriod is the longest period considered, in weeks.
const maxPeriod = 52

// decompose computes each region's season by the classical additive decomposition of its training target (Persons 1919;
// statsmodels' seasonal_decompose), with period p = min(52, ⌊n/2⌋):
//
//	trend    = centred moving average of p weeks, half weights at both ends when p is even
//	seasonal = mean of (target − trend) by phase t mod p, less the mean of these means
//
// and scales it to [0, 1]; a region without a season gets 0.5.
func decompose(p *panel.Panel, train panel.Span) *season {
	s := &season{Regions: len(p.Regions), Weeks: train.Len()}
	for r := range p.Regions {
		y := p.RegionTarget(r, train)
		s.Values = append(s.Values, unitRange(seasonal(y, min(maxPeriod, len(y)/2)), y)...)
	}
	return s
}

// window returns the last n weeks of every region, [R, n]. If there are fewer, the first week is repeated in front.
func (s *season) window(n int) []float64 {
	window := make([]float64, 0, s.Regions*n)
	for r := range s.Regions {
		values := s.Values[r*s.Weeks : (r+1)*s.Weeks]
		window = append(window, slices.Repeat(values[:1], max(n-s.Weeks, 0))...)
		window = append(window, values[max(s.Weeks-n, 0):]...)
	}
	return window
}

// follow returns the season of lead weeks and then n weeks from the first training week on, [R, lead + n]. After the training
// weeks it repeats with its period; before them it takes the first week's value.
func (s *season) follow(lead, n int) []float64 {
	window := make([]float64, 0, s.Regions*(lead+n))
	period := max(min(maxPeriod, s.Weeks/2), 1)
	for r := range s.Regions {
		values := s.Values[r*s.Weeks : (r+1)*s.Weeks]
		window = append(window, slices.Repeat(values[:1], lead)...)
		for t := range n {
			if t >= s.Weeks {
				t = s.Weeks - period + (t-s.Weeks)%period
			}
			window = append(window, values[t])
		}
	}
	return window
}

// seasonal returns the seasonal component of y with period p, [n]. With p ≤ n/2 the trend covers every phase.
func seasonal(y []float64, p int) []float64 {
	component := make([]float64, len(y))
	if p == 0 {
		return component
	}
	phases := make([][]float64, p)
	for t := p / 2; t < len(y)-p/2; t++ {
		phases[t%p] = append(phases[t%p], y[t]-trend(y, t, p))
	}
	means := make([]float64, p)
	for i, phase := range phases {
		means[i] = stat.Mean(phase, nil)
	}
	floats.AddConst(-stat.Mean(means, nil), means)
	for t := range component {
		component[t] = means[t%p]
	}
	return component
}

// trend returns the moving average of p weeks centred at t.
func trend(y []float64, t, p int) float64 {
	half := p / 2
	sum := floats.Sum(y[t-half : t+half+1])
	if p%2 == 0 {
		sum -= (y[t-half] + y[t+half]) / 2
	}
	return sum / float64(p)
}

// unitRange scales x to [0, 1]. If its range is within rounding of the target y that it was computed from, all become 0.5.
func unitRange(x, y []float64) []float64 {
	const rounding = 1e-10
	low, high := slices.Min(x), slices.Max(x)
	flat := high-low <= rounding*floats.Norm(y, math.Inf(1))
	for i := range x {
		if flat {
			x[i] = 0.5
			continue
		}
		x[i] = (x[i] - low) / (high - low)
	}
	return x
}
