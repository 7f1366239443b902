package report

import "math"

// scale is an axis: it maps values to coordinates.
type scale struct {
	low, high   float64
	start, stop float64 // coordinates of low and high
	log         bool
	Ticks       []tick
}

// tick is a label of an axis, at a coordinate.
type tick struct {
	At    float64 `json:"at"`
	Label string  `json:"label"`
}

// ticksWanted is roughly the number of labels of a vertical axis.
const ticksWanted = 5

// newScale lays an axis out between two coordinates. A linear axis is widened to its outer ticks.
func newScale(low, high float64, log bool, start, stop float64) scale {
	s := scale{low: low, high: high, start: start, stop: stop, log: log}
	if log {
		if low == high {
			s.high = 10 * low
		}
		decades := math.Round(math.Log10(s.high / low))
		step := math.Ceil(decades / ticksWanted)
		for d := 0.0; d <= decades; d += step {
			v := low * math.Pow(10, d)
			s.Ticks = append(s.Ticks, tick{s.at(v), compact(v)})
		}
		return s
	}
	step := niceStep((high - low) / ticksWanted)
	s.low, s.high = step*math.Floor(low/step+1e-9), step*math.Ceil(high/step-1e-9)
	for i := 0.0; i <= math.Round((s.high-s.low)/step); i++ {
		v := step * math.Round(s.low/step+i)
		s.Ticks = append(s.Ticks, tick{s.at(v), compact(v)})
	}
	return s
}

func (s scale) at(v float64) float64 {
	if s.log {
		return s.start + (s.stop-s.start)*math.Log10(v/s.low)/math.Log10(s.high/s.low)
	}
	return s.start + (s.stop-s.start)*(v-s.low)/(s.high-s.low)
}

// niceStep returns the least of 1, 2, 2.5 and 5 times a power of ten that is at least x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// minVariation is the least range of an axis, relative to its values, so that rounding errors do not look like mountains.
const minVariation = 0.01

// widen returns the limits of a linear axis for values between low and high.
func widen(low, high float64) (float64, float64) {
	if size := max(math.Abs(low), math.Abs(high)); high-low < minVariation*size {
		return low - 5*minVariation*size, high + 5*minVariation*size
	}
	if low == high {
		return 0, 1
	}
	return low, high
}
