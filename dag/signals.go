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

// Signals turns a panel's exposures, a matrix [weeks, channels] for each region, into what a graph is learned from: the
// logarithm of 1 + exposure relative to the region's mean, less the region's mean of that and, with two regions or more
// of the same weeks, the week's mean over the regions.
//
// So neither units nor sizes of regions matter; what stays is how a region departs from itself and from the others in a
// week. It assumes that channels act on each other within a region, by shares rather than amounts; that what moves
// all regions alike in a week (season, holidays, a national plan) is a common cause and not an edge; and that no cause
// that works in single regions and weeks is left out. keepWeeks leaves the week's mean in, for a panel whose
// channels are planned nationally: then common causes show as edges.
func Signals(series []mat.Matrix, keepWeeks bool) ([]mat.Matrix, error) {
	if len(series) == 0 {
		return nil, errNoData
	}
	signals := make([]mat.Matrix, len(series))
	for s, x := range series {
		weeks, channels := x.Dims()
		z := mat.NewDense(weeks, channels, nil)
		for j := range channels {
			mean := 0.0
			for t := range weeks {
				v := x.At(t, j)
				if !(v >= 0) {
					return nil, &ExposureError{s, t, j, v}
				}
				mean += v / float64(weeks)
			}
			for t := range weeks {
				if mean != 0 {
					z.Set(t, j, math.Log1p(x.At(t, j)/mean))
				}
			}
			centreColumn(z, j)
		}
		signals[s] = z
	}
	if !keepWeeks && aligned(signals) {
		removeWeeks(signals)
	}
	return signals, nil
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
