package panel

import (
	"math"
	"slices"
)

// completePlan completes a table that is read for a prediction: missing cells of planned channels become 0, a target without
// any value is none, and controls and mediators keep NaN, since a model continues them from its history.
func (p *Panel) completePlan() error {
	p.Report.zeroMedia(p)
	p.Spend, p.SpendNames = nil, nil
	if !slices.ContainsFunc(p.Target, func(y float64) bool { return !math.IsNaN(y) }) {
		p.Target = nil
	}
	p.Filled = make([]bool, len(p.Target))
	for i, y := range p.Target {
		p.Filled[i] = math.IsNaN(y)
	}
	var err error
	if len(p.Target) > 0 {
		p.Report.TargetFilled, p.Report.NoTarget, err = p.fill(p.Target, 1, 0, p.Report.TargetName)
	}
	p.Report.describe(p)
	return err
}
