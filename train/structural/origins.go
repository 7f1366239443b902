package structural

import (
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Candidates are compared at up to three origins.
const origins = 3

// minTrain is the number of rows that an origin needs to train on: three quarters of a year, which need not be more than 39
// rows, as of weeks, and must not be less than 12.
func minTrain(every panel.Resolution) int { return min(max(every.Rows(39), 12), 39) }

// Origins returns the origins at which shapes are compared, latest first: up to three within the first weeks, a horizon
// apart, each with enough weeks to train on.
func Origins(weeks, horizon int, every panel.Resolution) []model.Weeks {
	var found []model.Weeks
	for k := range origins {
		if o := (model.Weeks{Train: weeks - (k+1)*horizon, To: weeks - k*horizon}); horizon > 0 && o.Train >= minTrain(every) {
			found = append(found, o)
		}
	}
	return found
}
