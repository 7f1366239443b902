package optim

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"
)

// GradientError is a gradient that no step can follow: not finite, or (in float64, beyond 1e154) too large to square.
type GradientError struct {
	Param string
	Index int // of the element, in row-major order
	Value float64
}

func (e *GradientError) Error() string {
	return fmt.Sprintf("optim: the gradient of %s is %g at element %d", e.Param, e.Value, e.Index)
}

// in reports whether a parameter is in a group; all are in the empty one.
func (p *Param) in(group string) bool { return group == "" || p.Group == group }

// norm is the Euclidean norm of a group's gradients together, summed in float64. If it is not finite, the error
// names the most extreme element: one sum is the cheapest check of all elements.
func norm(params []*Param, group string) (float64, error) {
	sum := 0.0
	for _, p := range params {
		if !p.in(group) {
			continue
		}
		if p.dtype() == tensor.Float32 {
			sum += squares(p.Grad.Float32s())
		} else {
			sum += squares(p.Grad.Float64s())
		}
	}
	length := math.Sqrt(sum)
	if math.IsNaN(length) || math.IsInf(length, 0) {
		return length, furthest(params, group)
	}
	return length, nil
}

func squares[F float](x []F) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// furthest finds the first NaN of a group's gradients, or else the largest element.
func furthest(params []*Param, group string) error {
	worst := &GradientError{}
	for _, p := range params {
		if !p.in(group) {
			continue
		}
		if p.dtype() == tensor.Float32 {
			exceed(worst, p.Name, p.Grad.Float32s())
		} else {
			exceed(worst, p.Name, p.Grad.Float64s())
		}
	}
	return worst
}

// exceed replaces worst by each more extreme element of x.
func exceed[F float](worst *GradientError, name string, x []F) {
	for i, v := range x {
		v := float64(v)
		if math.Abs(v) > math.Abs(worst.Value) || math.IsNaN(v) && !math.IsNaN(worst.Value) {
			*worst = GradientError{name, i, v}
		}
	}
}
