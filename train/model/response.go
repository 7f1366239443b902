package model

import "gonum.org/v1/gonum/floats"

// Response is what a channel's exposure does, whatever the form of the model: when, and how much.
type Response struct {
	Channel   string       `json:"channel"`
	CarryOver []float64    `json:"carry_over"` // by lag in rows, from 0 on: the part of an effect that comes then; up to 99 % of it
	MeanLag   float64      `json:"mean_lag"`   // in rows
	Curve     []CurvePoint `json:"curve"`      // in ascending order of the exposure
	Exposure  Range        `json:"exposure"`   // carried over, over all regions and weeks: where on the curve the channel is run

	// Parameters of forms that have them; nil if the model averages over other forms.
	Decay          *float64 `json:"decay,omitempty"`           // a: the part of a week's exposure that is left in the next
	HalfSaturation *float64 `json:"half_saturation,omitempty"` // k: the exposure that has half of the greatest effect
	Slope          *float64 `json:"slope,omitempty"`           // n
}

// CurvePoint is what carried-over exposure sells in a week, in multiples of a region's average week: the mean over regions and
// weeks. Low and High bound it with a probability of 80 %; nil without draws from a posterior.
type CurvePoint struct {
	Exposure float64  `json:"exposure"`
	Effect   float64  `json:"effect"`
	Low      *float64 `json:"low,omitempty"`
	High     *float64 `json:"high,omitempty"`
}

// shownCarryOver is the part of the carry-over that a response lists.
const shownCarryOver = 0.99

// Carry sets the carry-over by the weights of all lags, of which it keeps at most the first window. Weights that do not add up to
// one are divided by their sum.
func (r *Response) Carry(weights []float64, window int) {
	total, sum := floats.Sum(weights), 0.0
	r.CarryOver, r.MeanLag = nil, 0
	for lag, w := range weights {
		w /= total
		r.MeanLag += float64(lag) * w
		if lag < window && sum < shownCarryOver {
			r.CarryOver = append(r.CarryOver, w)
		}
		sum += w
	}
}

// CurvePoints is the number of points of a curve.
const CurvePoints = 61

// CurveExposures are the exposures of a curve, from none to half as much again as the greatest.
func CurveExposures(greatest float64) []float64 {
	if !(greatest > 0) {
		greatest = 1
	}
	return floats.Span(make([]float64, CurvePoints), 0, 1.5*greatest)
}
