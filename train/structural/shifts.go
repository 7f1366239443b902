package structural

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/panel"
)

// Shifts are the rows in which shifts of the national level begin, counted from the first training row, in their order; 0: none.
type Shifts [mostShifts]int

// mostShifts is the number of shifts that a level has at most.
const mostShifts = 2

// rows are the rows of the shifts.
func (s Shifts) rows() []int {
	return slices.DeleteFunc(slices.Clone(s[:]), func(row int) bool { return row == 0 })
}

// String lists the rows.
func (s Shifts) String() string { return fmt.Sprint(s.rows()) }

// valid reports whether the shifts are rows within the training, in their order.
func (s Shifts) valid(train int) bool {
	rows := s.rows()
	return slices.IsSorted(rows) && (len(rows) == 0 || rows[0] > 0 && rows[len(rows)-1] < train)
}

// steps is the basis of the shifts [shifts, T]; nil without one.
func (d *Data) steps(s Shifts) []float64 {
	var basis []float64
	for _, row := range s.rows() {
		for t := range d.Weeks {
			step := 0.0
			if d.From+t >= row {
				step = 1
			}
			basis = append(basis, step)
		}
	}
	return basis
}

// A candidate for a shift has leastSegment rows on either side, and a size of clearShift standard errors.
const (
	leastSegment = 8
	clearShift   = 4
)

// Shifts are the candidates for shifts that the residuals of the training rows show.
func (f *Fit) Shifts() Shifts {
	m := f.Model
	d := m.Data
	predicted, sums, counts := m.Floats(m.Prediction), make([]float64, d.Train), make([]float64, d.Train)
	for cell, w := range d.Weight {
		if week := cell % d.Weeks; w > 0 {
			sums[week] += d.Target[cell] - predicted[cell]
			counts[week]++
		}
	}
	var residuals []float64
	var weeks []int
	for week, n := range counts {
		if n > 0 {
			residuals, weeks = append(residuals, sums[week]/n), append(weeks, week)
		}
	}
	return shifts(residuals, weeks)
}

// shifts finds the weeks in which residuals shift beside a straight trend, which a model's trend may have taken from the shifts. Splits
// are added one by one where they explain most (binary segmentation, Scott and Knott 1974), and those that are not clear beside the
// others are left out again. weeks are those of the residuals.
func shifts(residuals []float64, weeks []int) Shifts {
	var found []int // positions
	for range mostShifts {
		best, at := math.Inf(1), 0
		for k := range residuals {
			near := func(edge int) bool { return max(k-edge, edge-k) < leastSegment }
			if near(0) || near(len(residuals)) || slices.ContainsFunc(found, near) {
				continue
			}
			if _, left := steps(residuals, append(slices.Clone(found), k)); floats.Norm(left, 2) < best {
				best, at = floats.Norm(left, 2), k
			}
		}
		if at <= leastSegment || at >= len(residuals)-leastSegment {
			break // the best may be nearer to the end
		}
		found = append(found, at)
	}
	for len(found) > 0 {
		clarity, left := steps(residuals, found)
		least := floats.MinIdx(clarity)
		if clarity[least] > clearShift*longRunDeviation(left) {
			break
		}
		found = slices.Delete(found, least, least+1)
	}
	var s Shifts
	slices.Sort(found)
	for i, at := range found {
		s[i] = weeks[at]
	}
	return s
}

// steps regresses x on a straight line and a step at each split. It returns the steps in multiples of their standard errors, at noise
// of standard deviation 1, and what is left of x.
func steps(x []float64, splits []int) (clarity, left []float64) {
	n, columns := len(x), 2+len(splits)
	design := mat.NewDense(n, columns, nil)
	for t := range x {
		design.Set(t, 0, 1)
		design.Set(t, 1, float64(t)/float64(n))
		for i, at := range splits {
			if t >= at {
				design.Set(t, 2+i, 1)
			}
		}
	}
	var gram mat.SymDense
	gram.SymOuterK(1, design.T())
	var factor mat.Cholesky
	factor.Factorize(&gram)
	var inverse mat.SymDense
	if err := factor.InverseTo(&inverse); err != nil {
		panic(err) // splits keep their distance from the ends and from each other
	}
	var moments, size, fitted mat.VecDense
	moments.MulVec(design.T(), mat.NewVecDense(n, x))
	size.MulVec(&inverse, &moments)
	fitted.MulVec(design, &size)
	for i := range splits {
		clarity = append(clarity, math.Abs(size.AtVec(2+i))/math.Sqrt(inverse.At(2+i, 2+i)))
	}
	left = slices.Clone(x)
	floats.Sub(left, fitted.RawVector().Data)
	return clarity, left
}

// mostCorrelation bounds the autocorrelation of residuals around a split.
const mostCorrelation = 0.9

// longRunDeviation is the standard deviation of x, whose mean is 0, times √n of its mean: that of an autoregression of order 1.
func longRunDeviation(x []float64) float64 {
	product, square := 0.0, 0.0
	for i, v := range x {
		square += v * v
		if i > 0 {
			product += v * x[i-1]
		}
	}
	if square == 0 {
		return 0
	}
	rho := min(max(product/square, 0), mostCorrelation)
	return panel.RMS(x) * math.Sqrt((1+rho)/(1-rho))
}
