package optim

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
)

// OWLQN minimises f(x) + Σ_i λ_i·|x_i| for a smooth f by orthant-wise limited-memory quasi-Newton steps (Andrew and Gao
// 2007): within an orthant the sum of absolute values is linear, so each step stays in the orthant that steepest descent
// points to, and elements that would leave it become exactly 0. With all λ_i = 0 it is L-BFGS.
type OWLQN struct {
	Memory        int     // steps in the curvature estimate. Default 10.
	MaxIterations int     // Default 1,000.
	Tolerance     float64 // stops if no element of the (pseudo-)gradient exceeds it. Default 1e-6.
	Progress      float64 // stops if 5 steps together lower the objective by less than this share. Default 1e-9.

	// Observe is called after every step; f was evaluated last at its end. It may be nil.
	Observe func(iteration int, value float64)
}

// Objective returns f(x) and sets grad to its gradient. Outside of f's domain it returns +Inf, and the step is shortened.
type Objective func(x, grad []float64) float64

// Minimum is the end of a minimisation.
type Minimum struct {
	Value      float64 // including the absolute values
	Iterations int
	Converged  bool // by one of the two tolerances
}

// patience is the number of steps of Progress.
const patience = 5

// Minimise starts at x and leaves it at the minimum. lambda holds a λ for each element. It ends early with the
// context's error, and at its start, with a value of +Inf, if that is outside of f's domain.
func (o OWLQN) Minimise(ctx context.Context, f Objective, lambda, x []float64) (Minimum, error) {
	o = o.withDefaults()
	n := len(x)
	grad, pseudo, next, nextGrad := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	value := f(x, grad) + weightedL1(lambda, x)
	if math.IsNaN(value) || math.IsInf(value, 0) { // no direction is known to lead back
		return Minimum{Value: math.Inf(1)}, nil
	}
	history := curvature{memory: o.Memory}
	recent := make([]float64, 0, o.MaxIterations)
	for i := range o.MaxIterations {
		if err := ctx.Err(); err != nil {
			return Minimum{value, i, false}, err
		}
		pseudoGradient(pseudo, grad, lambda, x)
		if floats.Norm(pseudo, math.Inf(1)) <= o.Tolerance {
			return Minimum{value, i, true}, nil
		}
		direction := history.descend(pseudo)
		for k, d := range direction {
			if lambda[k] > 0 && d*pseudo[k] >= 0 { // leaves the orthant that steepest descent points to
				direction[k] = 0
			}
		}
		step := 1.0
		if history.empty() {
			step = min(1, 1/floats.Norm(pseudo, 1))
		}
		nextValue, ok := lineSearch(f, lambda, x, pseudo, direction, next, nextGrad, value, step)
		if !ok {
			if history.empty() {
				return Minimum{value, i, false}, nil // not even steepest descent gets lower: only rounding error is left
			}
			history.forget()
			continue
		}
		history.remember(x, next, grad, nextGrad)
		copy(x, next)
		copy(grad, nextGrad)
		value = nextValue
		if o.Observe != nil {
			o.Observe(i, value)
		}
		recent = append(recent, value)
		if k := len(recent); k > patience && recent[k-1-patience]-value <= o.Progress*max(math.Abs(value), 1) {
			return Minimum{value, i + 1, true}, nil
		}
	}
	return Minimum{value, o.MaxIterations, false}, nil
}

func (o OWLQN) withDefaults() OWLQN {
	for _, d := range []struct {
		field *int
		value int
	}{{&o.Memory, 10}, {&o.MaxIterations, 1000}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
	}
	if o.Progress == 0 {
		o.Progress = 1e-9
	}
	return o
}

func weightedL1(lambda, x []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += lambda[i] * math.Abs(v)
	}
	return sum
}

// pseudoGradient is the steepest ascent of f + λ·|x|: at 0 the one-sided derivative that points down, or 0 between.
func pseudoGradient(dst, grad, lambda, x []float64) {
	for i, g := range grad {
		l := lambda[i]
		switch {
		case x[i] > 0:
			dst[i] = g + l
		case x[i] < 0:
			dst[i] = g - l
		case g+l < 0:
			dst[i] = g + l
		case g-l > 0:
			dst[i] = g - l
		default:
			dst[i] = 0
		}
	}
}

// lineSearch halves the step until the objective falls by a share of what the pseudo-gradient promises (Armijo). It
// sets next and its gradient.
func lineSearch(f Objective, lambda, x, pseudo, direction, next, nextGrad []float64, value, step float64) (float64, bool) {
	const share, halvings = 1e-4, 40
	for range halvings {
		promise := 0.0
		for i, d := range direction {
			next[i] = x[i] + step*d
			side := math.Copysign(1, x[i])
			if x[i] == 0 {
				side = math.Copysign(1, -pseudo[i])
			}
			if lambda[i] > 0 && next[i]*side < 0 {
				next[i] = 0 // no further than the edge of the orthant
			}
			promise += pseudo[i] * (next[i] - x[i])
		}
		if promise < 0 {
			if v := f(next, nextGrad) + weightedL1(lambda, next); v <= value+share*promise {
				return v, true
			}
		}
		step /= 2
	}
	return value, false
}

// curvature is the limited memory of steps s and changes of the gradient y (Nocedal 1980).
type curvature struct {
	memory int
	s, y   [][]float64
	scale  float64 // sᵀy/yᵀy of the last pair
}

func (c *curvature) empty() bool { return len(c.s) == 0 }

func (c *curvature) forget() { c.s, c.y = nil, nil }

func (c *curvature) remember(x, next, grad, nextGrad []float64) {
	s, y := make([]float64, len(x)), make([]float64, len(x))
	floats.SubTo(s, next, x)
	floats.SubTo(y, nextGrad, grad)
	c.append(s, y)
}

func (c *curvature) append(s, y []float64) {
	sy, yy := floats.Dot(s, y), floats.Dot(y, y)
	if sy <= 1e-12*yy { // no curvature to learn from
		return
	}
	if len(c.s) == c.memory {
		c.s, c.y = c.s[1:], c.y[1:]
	}
	c.s, c.y, c.scale = append(c.s, s), append(c.y, y), sy/yy
}

// within is the memory restricted to the elements that are free; the others are 0 in all pairs, and pairs without curvature among
// the free ones are left out.
func (c *curvature) within(free []bool) *curvature {
	restricted := curvature{memory: c.memory}
	for k := range c.s {
		s, y := make([]float64, len(free)), make([]float64, len(free))
		for i, f := range free {
			if f {
				s[i], y[i] = c.s[k][i], c.y[k][i]
			}
		}
		restricted.append(s, y)
	}
	return &restricted
}

// descend is −H·g by the two-loop recursion.
func (c *curvature) descend(g []float64) []float64 {
	d := make([]float64, len(g))
	floats.SubTo(d, d, g)
	alpha := make([]float64, len(c.s))
	for i := len(c.s) - 1; i >= 0; i-- {
		alpha[i] = floats.Dot(c.s[i], d) / floats.Dot(c.s[i], c.y[i])
		floats.AddScaled(d, -alpha[i], c.y[i])
	}
	if len(c.s) > 0 {
		floats.Scale(c.scale, d)
	}
	for i := range c.s {
		beta := floats.Dot(c.y[i], d) / floats.Dot(c.s[i], c.y[i])
		floats.AddScaled(d, alpha[i]-beta, c.s[i])
	}
	return d
}
