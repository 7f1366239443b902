package dag

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ExposureError is an exposure that no media channel can have.
type ExposureError struct {
	Series, Row, Column int // counted from 0
	Value               float64
}

func (e *ExposureError) Error() string {
	return fmt.Sprintf("dag: region %d, week %d, channel %d is %v, but an exposure is a number and never negative",
		e.Series+1, e.Row+1, e.Column+1, e.Value)
}

// SignalOptions of Signals. The zero value takes out what moves all regions alike, and knows of no controls.
type SignalOptions struct {
	// KeepWeeks leaves the week's mean over the regions in, for a panel whose channels are planned nationally: then common
	// causes show as edges.
	KeepWeeks bool

	// Controls are what else was observed, a matrix [weeks, controls] for each region, and Lags by how many weeks it may act
	// later. Planners who chase demand move several channels at once; where a control says what they saw, it is a common
	// cause that need not be taken for an edge.
	Controls []mat.Matrix
	Lags     int
}

// Signals turns a panel's exposures, a matrix [weeks, channels] for each region, into what a graph is learned from: the
// logarithm of 1 + exposure relative to the region's mean, less the region's mean of that and, with two regions or more
// of the same weeks, the week's mean over the regions, and less what the controls explain of it.
//
// So neither units nor sizes of regions matter; what stays is how a region departs from itself and from the others in a
// week. It assumes that channels act on each other within a region, by shares rather than amounts; that what moves
// all regions alike in a week (season, holidays, a national plan) is a common cause and not an edge; that controls act on
// channels and not the other way round; and that no cause else that works in single regions and weeks is left out.
func Signals(series []mat.Matrix, o SignalOptions) ([]mat.Matrix, error) {
	if len(series) == 0 {
		return nil, errNoData
	}
	signals := make([]mat.Matrix, len(series))
	for s, x := range series {
		z, err := logRelative(s, x)
		if err != nil {
			return nil, err
		}
		signals[s] = z
	}
	departures(signals, o.KeepWeeks)
	if o.Controls != nil {
		return signals, partialOut(signals, o)
	}
	return signals, nil
}

// logRelative is ln(1 + exposure/mean), the mean being that of the column.
func logRelative(series int, x mat.Matrix) (*mat.Dense, error) {
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
				z.Set(t, j, math.Log1p(x.At(t, j)/mean))
			}
		}
	}
	return z, nil
}

// departures takes out each region's mean and, where weeks can be told to be the same, each week's.
func departures(series []mat.Matrix, keepWeeks bool) {
	for _, z := range series {
		_, columns := z.Dims()
		for j := range columns {
			centreColumn(z.(*mat.Dense), j)
		}
	}
	if !keepWeeks && aligned(series) {
		removeWeeks(series)
	}
}

// partialOut leaves of the signals the residuals of their regression on the controls, over all regions. Edges among
// residuals are those of a regression that has the controls too (Frisch and Waugh 1933, Lovell 1963).
func partialOut(signals []mat.Matrix, o SignalOptions) error {
	controls, err := o.departedControls(signals)
	if err != nil {
		return err
	}
	both := make([]mat.Matrix, len(signals))
	for s, c := range controls {
		var joined mat.Dense
		joined.Augment(c, signals[s])
		both[s] = &joined
	}
	m, err := NewMoments(0, both...)
	if err != nil {
		return err
	}
	_, channels := signals[0].Dims()
	causes := make([]int, m.Variables-channels)
	for i := range causes {
		causes[i] = i
	}
	for j := range channels {
		r, _ := m.regress(len(causes)+j, causes)
		for s, z := range signals {
			column := z.(*mat.Dense).ColView(j).(*mat.VecDense)
			var explained mat.VecDense
			explained.MulVec(controls[s], mat.NewVecDense(len(causes), r.weights))
			column.SubVec(column, &explained)
		}
	}
	return nil
}

// departedControls are the controls of each region and what they were some weeks before, as departures.
func (o SignalOptions) departedControls(signals []mat.Matrix) ([]mat.Matrix, error) {
	if len(o.Controls) != len(signals) {
		return nil, fmt.Errorf("dag: controls of %d regions for exposures of %d", len(o.Controls), len(signals))
	}
	controls := make([]mat.Matrix, len(signals))
	for s, c := range o.Controls {
		weeks, _ := signals[s].Dims()
		if n, _ := c.Dims(); n != weeks {
			return nil, fmt.Errorf("dag: region %d has controls of %d weeks and exposures of %d", s+1, n, weeks)
		}
		controls[s] = mat.DenseCopyOf(c)
	}
	departures(controls, o.KeepWeeks)
	for s, c := range controls {
		controls[s] = withPast(c, o.Lags)
	}
	return controls, nil
}

// withPast puts x of so many weeks before beside x, the mean, 0, where there is none.
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
