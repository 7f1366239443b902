package notice

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
)

// sample is a panel's training weeks.
type sample struct {
	*panel.Panel
	train    panel.Span
	cells    []int // of the training weeks, r·T + t: with a row, and not closed
	scale    panel.ExposureScale
	relative []float64 // [R, T, M]: exposure in multiples of it
	still    []bool    // [M]: exposure does not vary within any region
	off      []bool    // [M]: there is none
}

func newSample(p *panel.Panel, train panel.Span) *sample {
	s := &sample{Panel: p, train: train, scale: p.ExposureScale(train.To)}
	s.relative, _ = p.RelativeExposure(s.scale)
	for r := range p.Regions {
		for t := train.From; t < train.To; t++ {
			if cell := r*len(p.Weeks) + t; p.HasRow(cell) && !p.IsClosed(cell) {
				s.cells = append(s.cells, cell)
			}
		}
	}
	s.findStill()
	return s
}

func (s *sample) region(cell int) int { return cell / len(s.Weeks) }

func (s *sample) exposure(cell, m int) float64 { return s.Media[cell*len(s.Channels)+m] }

// place names a cell: its region, unless the panel has one only, and its week.
func (s *sample) place(cell int) string {
	week := s.Weeks[cell%len(s.Weeks)]
	if len(s.Regions) == 1 {
		return week
	}
	return s.Regions[s.region(cell)] + " " + week
}

// periods is a number of cells in words: "3 weeks", and for regions "3 region-weeks".
func (s *sample) periods(n int) string {
	noun := s.Resolution.Noun(n)
	if len(s.Regions) > 1 {
		noun = "region-" + noun
	}
	return count(n, noun)
}

// within returns a value of each training cell as the distance from its region's mean over them.
func (s *sample) within(value func(cell int) float64) []float64 {
	sum, n := make([]float64, len(s.Regions)), make([]float64, len(s.Regions))
	for _, cell := range s.cells {
		sum[s.region(cell)] += value(cell)
		n[s.region(cell)]++
	}
	out := make([]float64, len(s.cells))
	for i, cell := range s.cells {
		r := s.region(cell)
		out[i] = value(cell) - sum[r]/n[r]
	}
	return out
}

// exposures are the columns of the relative exposure within regions, which is what moves sales.
func (s *sample) exposures() [][]float64 {
	var columns [][]float64
	for m := range s.Channels {
		columns = append(columns, s.within(func(cell int) float64 { return s.relative[cell*len(s.Channels)+m] }))
	}
	return columns
}

// moments are the standardised covariances of columns; nil if there are too few cells.
func moments(columns [][]float64) *dag.Moments {
	if len(columns) == 0 || len(columns[0]) < 2 {
		return nil
	}
	x := mat.NewDense(len(columns[0]), len(columns), nil)
	for j, column := range columns {
		x.SetCol(j, column)
	}
	m, err := dag.NewMoments(0, x)
	if err != nil {
		return nil // an overflow: the training reports it
	}
	return m.Standardise()
}

// unexplained is the share of column j's variance that a regression on other columns leaves, corrected for the degrees of freedom
// that these and the regions' means use up. It is 1 without enough cells to tell.
func (s *sample) unexplained(m *dag.Moments, j int, by []int) float64 {
	left := float64(m.Observations - len(s.Regions) - len(by))
	if left < 1 || m.At(j, j) == 0 {
		return 1
	}
	r, _ := m.Regress(j, by)
	return min(1, r.Residual/m.At(j, j)*float64(m.Observations-len(s.Regions))/left)
}

// correlation of two columns.
func correlation(m *dag.Moments, i, j int) float64 {
	if v := m.At(i, i) * m.At(j, j); v > 0 {
		return m.At(i, j) / math.Sqrt(v)
	}
	return 0
}
