package simulate

import (
	"math"
	"math/rand/v2"
)

// Saturation is a form of saturation: how the effect rises with the stock A.
type Saturation string

// Forms of saturation.
const (
	Hill            Saturation = "hill"        // Aⁿ / (Aⁿ + kⁿ), slope n in [1, 2.2] (Jin et al. 2017, eq. 2)
	Concave         Saturation = "concave"     // Hill with n in [0.6, 1]
	SShape          Saturation = "s-shape"     // Hill with n in [2.5, 4]
	Exponential     Saturation = "exponential" // 1 − e^(−A/k)
	Power           Saturation = "power"       // A^n, n in [0.3, 0.8]
	Linear          Saturation = "linear"      // A
	DrawnSaturation Saturation = "drawn"       // each channel has one of concave, s-shape, exponential, power and linear
)

// slopes are the ranges of n.
var slopes = map[Saturation][2]float64{
	Hill: {1, 2.2}, Concave: {0.6, 1}, SShape: {2.5, 4}, Exponential: {1, 1}, Power: {0.3, 0.8}, Linear: {1, 1},
}

var saturations = []Saturation{Concave, SShape, Exponential, Power, Linear}

// saturating is the saturation of a channel.
type saturating struct {
	form  Saturation
	half  float64 // k, in units of activity: of Hill's and the exponential form
	slope float64 // n: of Hill's and the power form
}

// drawSaturating draws a channel's saturation of the given k. n is from rng, the form from a stream of its own.
func drawSaturating(d draws, channel int, form Saturation, half float64, rng *rand.Rand) saturating {
	if form == DrawnSaturation {
		form = saturations[d.stream("saturation", channel).IntN(len(saturations))]
	}
	return saturating{form: form, half: half, slope: between(rng, slopes[form][0], slopes[form][1])}
}

// at returns the saturation of a stock.
func (s saturating) at(stock float64) float64 {
	switch {
	case stock == 0:
		return 0
	case s.form == Exponential:
		return -math.Expm1(-stock / s.half)
	case s.form == Power:
		return math.Pow(stock, s.slope)
	case s.form == Linear:
		return stock
	}
	return 1 / (1 + math.Pow(s.half/stock, s.slope))
}

// slopeAt returns the derivative of at.
func (s saturating) slopeAt(stock float64) float64 {
	stock = max(stock, smallest)
	switch s.form {
	case Exponential:
		return math.Exp(-stock/s.half) / s.half
	case Power:
		return s.slope * math.Pow(stock, s.slope-1)
	case Linear:
		return 1
	}
	y := s.at(stock)
	return s.slope * y * (1 - y) / stock
}

// smallest is a stock so small that slopes at 0, which may be infinite, are taken there.
const smallest = 1e-9

// isHill reports whether the form is one of Hill's.
func (s saturating) isHill() bool { return s.form == Hill || s.form == Concave || s.form == SShape }
