package learn

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// ExposureError is an exposure that is negative or not a number.
type ExposureError struct {
	Series, Row, Column int // counted from 0
	Value               float64
}

func (e *ExposureError) Error() string {
	return fmt.Sprintf("learn: region %d, week %d, channel %d is %v, but an exposure is a number and never negative",
		e.Series+1, e.Row+1, e.Column+1, e.Value)
}

// SignalOptions of Signals. The zero value removes weekly means over the regions, and has no controls.
type SignalOptions struct {
	// KeepWeeks keeps the week's mean over the regions, for a panel whose channels are planned nationally. Common causes
	// then show as edges.
	KeepWeeks bool

	// Controls are other observed series, a matrix [weeks, controls] for each region, that act on channels in the same week
	// and up to Lags later. Planners who follow demand move several channels at once; a control that planners see is a
	// common cause, which is removed so that it does not show as edges.
	Controls []mat.Matrix
	Lags     int

	// Calendar is a basis of what moves all channels with the date [weeks, columns]: trend, season and holidays, see Calendar.
	// It is taken out of series that have no others beside them; elsewhere the weeks' means are, which include it.
	Calendar mat.Matrix

	// Mechanism is the scale of the signals. Default dag.Shares.
	Mechanism dag.Mechanism
}

// Signals turns a panel's exposures, a matrix [weeks, channels] for each region, into data for Learn: exposure relative to the
// region's mean in the mechanism's scale, by default the logarithm of 1 + it, minus the region's mean of that, minus the week's
// mean over the regions if two or more cover the same weeks, minus the regression on the controls and otherwise on the calendar. A channel whose regions do not differ (Alike), or that
// the controls explain up to rounding, is 0 and so has no edges.
//
// Units and sizes of regions cancel; a region's deviation from itself and from the others in a week remains. The assumptions:
// channels act on each other within a region, proportionally; what moves all regions alike in a week (season, holidays, a
// national plan) is a common cause and not an edge; controls act on channels and not the reverse; and no other common
// cause acts in single regions and weeks.
func Signals(series []mat.Matrix, o SignalOptions) ([]mat.Matrix, error) {
	if len(series) == 0 {
		return nil, errors.New("learn: no data")
	}
	signals := make([]mat.Matrix, len(series))
	for s, x := range series {
		z, err := relative(s, x, o.Mechanism)
		if err != nil {
			return nil, err
		}
		signals[s] = z
	}
	alike := demean(signals, o.KeepWeeks)
	silence(signals, alike)
	if o.Controls != nil || o.Calendar != nil && o.timeOnly(series) {
		return signals, partialOut(signals, o)
	}
	return signals, nil
}

// minOwn is the share of a signal's variance that regions must not have in common. Below it, what is left after the week's
// means are taken out is rounding, of a national plan that was split by population, and no sign of what regions do.
const minOwn = 0.01

// Alike reports the channels whose regions do not differ: less than a hundredth of the variation of their signals is not common
// to all regions of a week. There are none if the regions do not cover the same weeks.
func Alike(series []mat.Matrix) ([]bool, error) {
	signals := make([]mat.Matrix, len(series))
	for s, x := range series {
		z, err := relative(s, x, dag.Shares)
		if err != nil {
			return nil, err
		}
		signals[s] = z
	}
	return demean(signals, false), nil
}

// silence sets columns to 0.
func silence(signals []mat.Matrix, columns []bool) {
	for _, z := range signals {
		weeks, _ := z.Dims()
		for j, yes := range columns {
			for t := range weeks {
				if yes {
					z.(*mat.Dense).Set(t, j, 0)
				}
			}
		}
	}
}

// sizes are the sums of squares of the columns over all series.
func sizes(series []mat.Matrix) []float64 {
	_, columns := series[0].Dims()
	squares := make([]float64, columns)
	for _, z := range series {
		weeks, _ := z.Dims()
		for t := range weeks {
			for j := range squares {
				squares[j] += z.At(t, j) * z.At(t, j)
			}
		}
	}
	return squares
}

// relative is exposure/mean for the column's mean, in the scale of a mechanism.
func relative(series int, x mat.Matrix, by dag.Mechanism) (*mat.Dense, error) {
	weeks, channels := x.Dims()
	z := mat.NewDense(weeks, channels, nil)
	for j := range channels {
		mean := 0.0
		for t := range weeks {
			v := x.At(t, j)
			if !(v >= 0) {
				return nil, &ExposureError{series, t, j, v}
			}
			mean += v / float64(weeks)
		}
		for t := range weeks {
			if mean != 0 {
				z.Set(t, j, by.Scale(x.At(t, j)/mean))
			}
		}
	}
	return z, nil
}

// demean subtracts each region's mean and, if the regions cover the same weeks, each week's. It reports the columns of which
// the weeks' means leave less than minOwn.
func demean(series []mat.Matrix, keepWeeks bool) (alike []bool) {
	for _, z := range series {
		_, columns := z.Dims()
		for j := range columns {
			centreColumn(z.(*mat.Dense), j)
		}
	}
	before := sizes(series)
	alike = make([]bool, len(before))
	if keepWeeks || !aligned(series) {
		return alike
	}
	removeWeeks(series)
	for j, left := range sizes(series) {
		alike[j] = left < minOwn*before[j]
	}
	return alike
}

// partialOut replaces the signals by the residuals of their regression on the controls, over all regions. Edges among the
// residuals equal those of a regression that includes the controls (Frisch and Waugh 1933, Lovell 1963).
func partialOut(signals []mat.Matrix, o SignalOptions) error {
	controls, err := o.demeanedControls(signals)
	if err != nil {
		return err
	}
	both := make([]mat.Matrix, len(signals))
	for s, c := range controls {
		var joined mat.Dense
		joined.Augment(c, signals[s])
		both[s] = &joined
	}
	m, err := dag.NewMoments(0, both...)
	if err != nil {
		return err
	}
	before := sizes(signals)
	_, channels := signals[0].Dims()
	causes := make([]int, m.Variables-channels)
	for i := range causes {
		causes[i] = i
	}
	for j := range channels {
		r, _ := m.Regress(len(causes)+j, causes)
		for s, z := range signals {
			column := z.(*mat.Dense).ColView(j).(*mat.VecDense)
			var explained mat.VecDense
			explained.MulVec(controls[s], mat.NewVecDense(len(causes), r.Weights))
			column.SubVec(column, &explained)
		}
	}
	rounding := make([]bool, channels)
	for j, left := range sizes(signals) {
		rounding[j] = left <= dag.Negligible*before[j]
	}
	silence(signals, rounding)
	return nil
}

// demeanedControls are each region's controls and their lags, without means, and the calendar if it is taken out.
func (o SignalOptions) demeanedControls(signals []mat.Matrix) ([]mat.Matrix, error) {
	if o.Controls == nil {
		return o.calendars(signals)
	}
	if len(o.Controls) != len(signals) {
		return nil, fmt.Errorf("learn: controls of %d regions for exposures of %d", len(o.Controls), len(signals))
	}
	controls := make([]mat.Matrix, len(signals))
	for s, c := range o.Controls {
		weeks, _ := signals[s].Dims()
		if n, _ := c.Dims(); n != weeks {
			return nil, fmt.Errorf("learn: region %d has controls of %d weeks and exposures of %d", s+1, n, weeks)
		}
		controls[s] = mat.DenseCopyOf(c)
	}
	demean(controls, o.KeepWeeks)
	for s, c := range controls {
		controls[s] = withPast(c, o.Lags)
	}
	if o.Calendar == nil || !o.timeOnly(signals) {
		return controls, nil
	}
	calendars, err := o.calendars(signals)
	for s, c := range calendars {
		var joined mat.Dense
		joined.Augment(c, controls[s])
		controls[s] = &joined
	}
	return controls, err
}

// calendars are a demeaned copy of the calendar for each series.
func (o SignalOptions) calendars(signals []mat.Matrix) ([]mat.Matrix, error) {
	calendars := make([]mat.Matrix, len(signals))
	for s, z := range signals {
		weeks, _ := z.Dims()
		if n, _ := o.Calendar.Dims(); n != weeks {
			return nil, fmt.Errorf("learn: a calendar of %d weeks for exposures of %d in region %d", n, weeks, s+1)
		}
		calendars[s] = mat.DenseCopyOf(o.Calendar)
	}
	demean(calendars, true)
	return calendars, nil
}

// withPast adds the lags of x as columns, and the mean, 0, before the first week.
func withPast(x mat.Matrix, lags int) *mat.Dense {
	weeks, columns := x.Dims()
	wide := mat.NewDense(weeks, columns*(1+lags), nil)
	for k := range 1 + lags {
		for t := k; t < weeks; t++ {
			for j := range columns {
				wide.Set(t, k*columns+j, x.At(t-k, j))
			}
		}
	}
	return wide
}

func centreColumn(z *mat.Dense, j int) {
	n, _ := z.Dims()
	mean := 0.0
	for t := range n {
		mean += z.At(t, j) / float64(n)
	}
	for t := range n {
		z.Set(t, j, z.At(t, j)-mean)
	}
}

func aligned(series []mat.Matrix) bool {
	weeks, _ := series[0].Dims()
	for _, x := range series {
		if n, _ := x.Dims(); n != weeks {
			return false
		}
	}
	return len(series) > 1
}

func removeWeeks(signals []mat.Matrix) {
	weeks, channels := signals[0].Dims()
	for t := range weeks {
		for j := range channels {
			mean := 0.0
			for _, z := range signals {
				mean += z.At(t, j) / float64(len(signals))
			}
			for _, z := range signals {
				z := z.(*mat.Dense)
				z.Set(t, j, z.At(t, j)-mean)
			}
		}
	}
}
