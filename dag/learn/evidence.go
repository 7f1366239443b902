package learn

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// Evidence is what the rows of a panel's signals can say about edges.
type Evidence struct {
	// InTime is true if nothing separates two channels that act on each other in a week from a calendar that they share: on a
	// single series, or series of different weeks. An edge of the same week then needs knowledge: it is required, or its
	// reverse is ruled out. All other edges need a lag.
	InTime bool

	// Independent is the share of the rows that are left after means, controls and calendar are taken out; 0 stands for 1.
	Independent float64
}

// Evidence of the signals of series, which Signals makes with these options.
func (o SignalOptions) Evidence(series []mat.Matrix) Evidence {
	rows, controls := 0, 0
	for _, x := range series {
		weeks, _ := x.Dims()
		rows += weeks
	}
	if len(o.Controls) > 0 {
		_, controls = o.Controls[0].Dims()
	}
	taken := len(series) + controls*(1+o.Lags) // means of the regions, and the regressions on the controls
	alone := o.timeOnly(series)
	switch {
	case alone && o.Calendar != nil:
		_, columns := o.Calendar.Dims()
		taken += columns
	case !alone && !o.KeepWeeks:
		weeks, _ := series[0].Dims()
		taken += weeks - 1
	}
	return Evidence{InTime: alone, Independent: max(float64(rows-taken), 1) / float64(rows)}
}

// timeOnly reports whether week effects cannot be taken out.
func (o SignalOptions) timeOnly(series []mat.Matrix) bool { return len(series) < 2 || !aligned(series) }

// informed is moments with as many observations as are independent.
func (e Evidence) informed(m *dag.Moments) *dag.Moments {
	if e.Independent == 0 {
		return m
	}
	fewer := *m
	fewer.Observations = max(2, int(math.Round(e.Independent*float64(m.Observations))))
	return &fewer
}
