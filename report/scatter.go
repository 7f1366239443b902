package report

import (
	"fmt"
	"math"

	"deepcausalmmm/train"
)

// scatter sets predictions against what was sold, a dot for each region-week of the holdout.
type scatter struct {
	Size           float64
	Log            bool
	XTicks, YTicks []tick
	Dots           []dot
	Diagonal       [4]float64 // where the prediction is right
	All            int        // how many dots there would be
	Filled         int        // of them all, those whose actual value was filled in
}

// Left and its like bound the plot. Labels stand at LabelX and LabelY, the axis' name at Middle and NameY.
func (s *scatter) Left() float64   { return marginLeft }
func (s *scatter) Right() float64  { return s.Size - marginRight }
func (s *scatter) Top() float64    { return marginTop }
func (s *scatter) Bottom() float64 { return s.Size - marginBottom - 14 }
func (s *scatter) LabelX() float64 { return marginLeft - 6 }
func (s *scatter) LabelY() float64 { return s.Bottom() + 16 }
func (s *scatter) Middle() float64 { return (s.Left() + s.Right()) / 2 }
func (s *scatter) NameY() float64  { return s.Size - 6 }

type dot struct {
	X, Y   float64
	Look   string
	Title  string
	actual float64
	drawn  float64
}

const (
	scatterSize = 480.0
	mostDots    = 2500 // more would make a large file and a black cloud
	wide        = 30   // the ratio of greatest to smallest from which the axes are logarithmic
)

func newScatter(r *Run) *scatter {
	d := r.Details
	s := &scatter{Size: scatterSize}
	weeks := len(d.Weeks)
	filled := filledCells(d)
	low, high := math.Inf(1), math.Inf(-1)
	for region := range d.Regions {
		for w := d.HoldoutFrom; w < weeks; w++ {
			i := region*weeks + w
			if math.IsNaN(r.Actual[i]) {
				continue
			}
			s.All++
			if filled[i] {
				s.Filled++
			}
			low, high = min(low, r.Actual[i], r.Predicted[i]), max(high, r.Actual[i], r.Predicted[i])
		}
	}
	if s.All == 0 {
		return nil
	}
	s.Log = low > 0 && high/low > wide
	if s.Log {
		low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
	} else {
		low = min(low, 0)
	}
	if low == high {
		high = low + 1
	}
	x := newScale(low, high, s.Log, marginLeft, scatterSize-marginRight)
	y := newScale(low, high, s.Log, scatterSize-marginBottom-14, marginTop)
	s.XTicks, s.YTicks = x.Ticks, y.Ticks
	s.Diagonal = [4]float64{x.at(x.low), y.at(y.low), x.at(x.high), y.at(y.high)}
	every := (s.All + mostDots - 1) / mostDots
	n := 0
	for region, name := range d.Regions {
		for w := d.HoldoutFrom; w < weeks; w++ {
			i := region*weeks + w
			if math.IsNaN(r.Actual[i]) {
				continue
			}
			if n++; (n-1)%every != 0 {
				continue
			}
			look := "seen"
			if filled[i] {
				look = "filled"
			}
			s.Dots = append(s.Dots, dot{
				X: x.at(r.Actual[i]), Y: y.at(r.Predicted[i]), Look: look, actual: r.Actual[i], drawn: r.Predicted[i],
				Title: fmt.Sprintf("%s, %s: actual %s, predicted %s",
					cut(oneLine(name), 40), d.Weeks[w], quantity(r.Actual[i]), quantity(r.Predicted[i])),
			})
		}
	}
	return s
}

// filledCells tells of each region-week whether its target was filled in.
func filledCells(d train.Details) []bool {
	filled := make([]bool, len(d.Regions)*len(d.Weeks))
	for r, weeks := range d.Filled {
		for _, w := range weeks {
			filled[r*len(d.Weeks)+w] = true
		}
	}
	return filled
}
