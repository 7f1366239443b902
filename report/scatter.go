package report

import (
	"fmt"
	"math"
)

// scatter plots predictions against actual values, a dot for each region-week of the holdout.
type scatter struct {
	Size           float64
	Log            bool
	XTicks, YTicks []tick
	Dots           []dot
	Diagonal       [4]float64 // where predictions equal actual values
	Noun           string     // of a row
	All            int        // region-weeks, of which Dots may be a sample
	Filled         int        // region-weeks whose actual value was filled in
}

// Left, Right, Top and Bottom bound the plot; the labels are at LabelX and LabelY, the axis's name at Middle and NameY.
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
	marginLeft  = 52.0
	mostDots    = 2500 // more make a large file and an opaque cloud
	logRatio    = 30   // ratio of greatest to least value above which the axes are logarithmic
)

func (d *drawing) scatter() *scatter {
	s := &scatter{Size: scatterSize, Noun: d.noun()}
	weeks, from := len(d.Details.Weeks), d.Details.HoldoutFrom
	filled := d.filledIn()
	low, high := math.Inf(1), math.Inf(-1)
	for region := range d.Details.Regions {
		for w := from; w < weeks; w++ {
			i := region*weeks + w
			if math.IsNaN(d.actual[i]) {
				continue
			}
			s.All++
			if filled[i] {
				s.Filled++
			}
			low, high = min(low, d.actual[i], d.predicted[i]), max(high, d.actual[i], d.predicted[i])
		}
	}
	if s.All == 0 {
		return nil
	}
	s.Log = low > 0 && high/low > logRatio
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
	for region, name := range d.Details.Regions {
		for w := from; w < weeks; w++ {
			i := region*weeks + w
			if math.IsNaN(d.actual[i]) {
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
				X: x.at(d.actual[i]), Y: y.at(d.predicted[i]), Look: look, actual: d.actual[i], drawn: d.predicted[i],
				Title: fmt.Sprintf("%s, %s: actual %s, predicted %s",
					shortened(oneLine(name), 40), d.Details.Weeks[w], quantity(d.actual[i]), quantity(d.predicted[i])),
			})
		}
	}
	return s
}
