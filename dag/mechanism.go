package dag

import "math"

// Mechanism is how channels move each other: the scale z of exposure x, in multiples of its mean, in which the structural
// equations are linear.
type Mechanism string

const (
	Shares  Mechanism = "shares"  // z = ln(1 + x): a child changes by a share of its own exposure. The zero value means it too.
	Amounts Mechanism = "amounts" // z = x: a child changes by an amount, whatever its own exposure
)

// Mechanisms lists all mechanisms.
var Mechanisms = []Mechanism{Shares, Amounts}

// Scale is z of x.
func (m Mechanism) Scale(x float64) float64 {
	if m == Amounts {
		return x
	}
	return math.Log1p(x)
}

// Exposure is x of z, never below 0.
func (m Mechanism) Exposure(z float64) float64 {
	if m != Amounts {
		z = math.Expm1(z)
	}
	return max(z, 0)
}
