package train

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/panel"
)

// Figures measure predictions against actuals, in the target's units. Burn-in rows never count.
type Figures struct {
	RMSE             float64 `json:"rmse"`
	MAE              float64 `json:"mae"`
	MedianAE         float64 `json:"median_ae"`
	TrimmedRMSE      float64 `json:"trimmed_rmse"`        // without the worst 5 % of the errors
	R2               float64 `json:"r2"`                  // pooled over regions: high whenever regions differ in size
	R2MedianByRegion float64 `json:"r2_median_by_region"` // the median of the regions' own R²
	WMAPE            float64 `json:"wmape"`               // Σ|error| / Σ|actual|
}

// MarshalJSON writes a figure that is not finite as null: a holdout of zeros has no wMAPE.
func (f Figures) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		RMSE             *float64 `json:"rmse"`
		MAE              *float64 `json:"mae"`
		MedianAE         *float64 `json:"median_ae"`
		TrimmedRMSE      *float64 `json:"trimmed_rmse"`
		R2               *float64 `json:"r2"`
		R2MedianByRegion *float64 `json:"r2_median_by_region"`
		WMAPE            *float64 `json:"wmape"`
	}{
		finite(f.RMSE), finite(f.MAE), finite(f.MedianAE), finite(f.TrimmedRMSE), finite(f.R2),
		finite(f.R2MedianByRegion), finite(f.WMAPE),
	})
}

// UnmarshalJSON reads null as NaN.
func (f *Figures) UnmarshalJSON(text []byte) error {
	type plain Figures
	*f = Figures{math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()} // json does not touch a field whose value is null
	return json.Unmarshal(text, (*plain)(f))
}

// finite is nil for a number that JSON cannot hold.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// trim is the share of the largest errors that TrimmedRMSE leaves out.
const trim = 0.05

// Measure compares predictions with actuals, both [R, T] row-major. Actuals of NaN were not recorded and do not count.
func Measure(actual, predicted []float64, regions int) Figures {
	var errs, byRegion []float64
	var known, theirs []float64
	var total, weight float64
	weeks := len(actual) / regions
	for r := range regions {
		from := len(known)
		for i := r * weeks; i < (r+1)*weeks; i++ {
			if y := actual[i]; !math.IsNaN(y) {
				known, theirs = append(known, y), append(theirs, predicted[i])
				errs = append(errs, math.Abs(predicted[i]-y))
				total += math.Abs(predicted[i] - y)
				weight += math.Abs(y)
			}
		}
		if len(known) > from {
			byRegion = append(byRegion, r2(known[from:], theirs[from:]))
		}
	}
	if len(errs) == 0 {
		return Figures{math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	}
	slices.Sort(errs)
	slices.Sort(byRegion)
	return Figures{
		RMSE:             panel.RMS(errs),
		MAE:              total / float64(len(errs)),
		MedianAE:         panel.Median(errs),
		TrimmedRMSE:      panel.RMS(errs[:len(errs)-int(trim*float64(len(errs)))]),
		R2:               r2(known, theirs),
		R2MedianByRegion: panel.Median(byRegion),
		WMAPE:            total / weight,
	}
}

// r2 is 1 − Σ(y − ŷ)²/Σ(y − ȳ)². Of a constant it is 1 for a perfect fit and 0 for any other.
func r2(actual, predicted []float64) float64 {
	mean := stat.Mean(actual, nil)
	var residual, spread float64
	for i, y := range actual {
		residual += (y - predicted[i]) * (y - predicted[i])
		spread += (y - mean) * (y - mean)
	}
	if spread == 0 {
		if residual == 0 {
			return 1
		}
		return 0
	}
	return 1 - residual/spread
}

// Baselines are the figures of naive forecasts. One is nil if the history is too short for it.
type Baselines struct {
	RegionMean *Figures `json:"region_mean"` // the region's mean over the training weeks
	LastValue  *Figures `json:"last_value"`  // its last training week
	Last8Mean  *Figures `json:"last_8_mean"` // the mean of its last 8 training weeks, or as many rows as those are
	LastYear   *Figures `json:"last_year"`   // the same week, or month, a year (52 weeks) before
}

// recentWeeks is the time whose mean is a naive forecast.
const recentWeeks = 8

// Recent is the number of rows of a region in it: 8 weeks, 56 days or 2 months.
func Recent(r panel.Resolution) int { return r.Rows(recentWeeks) }

// recentName says whose mean it is.
func recentName(r panel.Resolution) string {
	n := Recent(r)
	if n == 1 {
		return "last value"
	}
	return fmt.Sprintf("mean of the last %d %s", n, r.RowNoun(n))
}

// lastYearName says which row is a year before.
func lastYearName(r panel.Resolution) string { return fmt.Sprintf("same %s last year", r.Noun(1)) }

// NaiveForecasts measures the baselines on the holdout, whose actuals are [R, holdout], given the target [R, T] of all
// rows, of which the first n trained, at a resolution. A target of NaN was not open to be sold to: forecasts take the last row
// before that was.
func NaiveForecasts(target, actual []float64, regions, n int, resolution panel.Resolution) Baselines {
	year, recent := max(1, int(math.Round(resolution.PerYear()))), Recent(resolution)
	weeks := len(target) / regions
	measure := func(forecast func(region []float64, t int) float64) *Figures {
		predicted := make([]float64, 0, len(actual))
		for r := range regions {
			for t := n; t < weeks; t++ {
				predicted = append(predicted, forecast(target[r*weeks:(r+1)*weeks], t))
			}
		}
		f := Measure(actual, predicted, regions)
		return &f
	}
	b := Baselines{
		RegionMean: measure(func(y []float64, _ int) float64 { return stat.Mean(recorded(y[:n], n), nil) }),
		LastValue:  measure(func(y []float64, _ int) float64 { return stat.Mean(recorded(y[:n], 1), nil) }),
		Last8Mean:  measure(func(y []float64, _ int) float64 { return stat.Mean(recorded(y[:n], recent), nil) }),
	}
	if n >= year {
		b.LastYear = measure(func(y []float64, t int) float64 {
			for t >= n { // a holdout of more than a year looks back further: its own past is not known
				t -= year
			}
			if before := recorded(y[:t+1], 1); len(before) > 0 {
				return before[0]
			}
			return stat.Mean(recorded(y[:n], n), nil)
		})
	}
	return b
}

// recorded returns the last n values of y that are not NaN, or all if there are fewer. Without NaN it is a part of y, not a copy:
// the last digit of a sum depends on its alignment in memory.
func recorded(y []float64, n int) []float64 {
	if last := y[max(0, len(y)-n):]; !slices.ContainsFunc(last, math.IsNaN) {
		return last
	}
	known := slices.DeleteFunc(slices.Clone(y), math.IsNaN)
	return known[max(0, len(known)-n):]
}

// Best is the smallest wMAPE of the baselines.
func (b Baselines) Best() float64 {
	best := math.Inf(1)
	for _, f := range b.forecasts() {
		if f != nil && !math.IsNaN(f.WMAPE) {
			best = min(best, f.WMAPE)
		}
	}
	return best
}
