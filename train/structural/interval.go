package structural

import (
	"slices"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// IntervalOf returns the interval that has a part of the draws, with as many below as above, widened to contain the estimate.
func IntervalOf(estimate float64, draws []float64, part float64) model.Interval {
	sorted := slices.Sorted(slices.Values(draws))
	return model.Interval{
		Low:  min(estimate, panel.Quantile(sorted, (1-part)/2)),
		High: max(estimate, panel.Quantile(sorted, (1+part)/2)),
	}
}
