package money

import (
	"encoding/json"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/panel"
)

// Figure is a quantity with the interval that contains it with a probability of 80 %. What does not exist is NaN.
type Figure struct{ Value, Low, High float64 }

var nan = math.NaN()

// none is a figure that does not exist.
var none = Figure{nan, nan, nan}

// Exists reports whether the quantity is known.
func (f Figure) Exists() bool { return !math.IsNaN(f.Value) }

// MarshalJSON writes [value, low, high], with null for NaN.
func (f Figure) MarshalJSON() ([]byte, error) {
	var out [3]*float64
	for i, x := range []float64{f.Value, f.Low, f.High} {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			out[i] = &x
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Figure) UnmarshalJSON(text []byte) error {
	var in [3]*float64
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	for i, to := range []*float64{&f.Value, &f.Low, &f.High} {
		if *to = nan; in[i] != nil {
			*to = *in[i]
		}
	}
	return nil
}

// over divides a figure by a number above 0; by any other it does not exist.
func (f Figure) over(x float64) Figure {
	if !(x > 0) {
		return none
	}
	return Figure{f.Value / x, f.Low / x, f.High / x}
}

// inverse is 1 ÷ f. A bound is NaN where f may be 0 or less, and so is all if it is.
func (f Figure) inverse() Figure {
	over := func(x float64) float64 {
		if !(x > 0) {
			return nan
		}
		return 1 / x
	}
	if !(f.Value > 0) {
		return none
	}
	return Figure{over(f.Value), over(f.High), over(f.Low)}
}

// spread is the centre of draws, and how far their middle 80 % reach to either side of it.
type spread struct{ mean, below, above float64 }

func spreadOf(draws []float64) spread {
	mean, sorted := stat.Mean(draws, nil), slices.Sorted(slices.Values(draws))
	return spread{mean, max(0, mean-panel.Quantile(sorted, 0.1)), max(0, panel.Quantile(sorted, 0.9)-mean)}
}

// anchor stretches the two sides of a spread.
type anchor struct{ below, above float64 }

// anchorOf returns the factors that make the spread of draws an effect's interval. Where either has no width, that is 1.
func anchorOf(effect Figure, draws []float64) anchor {
	s := spreadOf(draws)
	ratio := func(theirs, ours float64) float64 {
		if theirs > 0 && ours > 0 {
			return theirs / ours
		}
		return 1
	}
	return anchor{ratio(effect.Value-effect.Low, s.below), ratio(effect.High-effect.Value, s.above)}
}

// around is a quantity with the interval of draws about their mean.
func (a anchor) around(value float64, draws []float64) Figure {
	s := spreadOf(draws)
	return Figure{value + 0, value - a.below*s.below, value + a.above*s.above} // + 0: no −0
}
