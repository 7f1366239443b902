package simulate

import "math"

// adstock returns the stock of activity: A_t = (1−λ)·a_t + λ·A_{t−1} with A_{−1} = 0. The
// weights add up to one (Jin et al. 2017, eq. 1), so that the stock stays in units of activity.
func (m medium) adstock(activity []float64) []float64 {
	stock := make([]float64, len(activity))
	last := 0.0
	for t, a := range activity {
		last = (1-m.carryover)*a + m.carryover*last
		stock[t] = last
	}
	return stock
}

// saturation returns the Hill curve, Aⁿ / (Aⁿ + kⁿ) with slope n and half-saturation k (Jin et al. 2017, eq. 2).
func (m medium) saturation(stock float64) float64 {
	if stock == 0 {
		return 0
	}
	return 1 / (1 + math.Pow(m.half/stock, m.slope))
}
