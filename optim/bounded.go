package optim

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Bounded minimises a smooth f(x) within lower ≤ x ≤ upper by two-metric projection (Bertsekas 1982): elements at a bound that
// the gradient pushes outwards follow steepest descent and thus stay; the free ones follow limited-memory quasi-Newton steps whose curvature is
// restricted to them (Nocedal 1980; with bounds: Kim, Sra and Dhillon 2010). Steps are projected onto the bounds and shortened until f
// falls enough, so that many elements reach or leave their bounds in one step. Without bounds it is L-BFGS.
//
// x is to be scaled so that the curvature of f is about 1 in every direction: the first step is the gradient.
type Bounded struct {
	Memory        int     // steps in the curvature estimate. Default 20.
	MaxIterations int     // Default 500.
	Tolerance     float64 // stops if no element of x moves by more in a projected step along the gradient. Default 1e-6.
	Progress      float64 // stops if 5 steps together lower f by less than this share of it, or of 1. Default 1e-12.
}

// Minimise starts at x, projected onto the bounds, and leaves it at the minimum. It ends early with the context's error, and at its start, with a value of
// +Inf, if that is outside of f's domain.
func (b Bounded) Minimise(ctx context.Context, f Objective, lower, upper, x []float64) (Minimum, error) {
	return b.continued(ctx, f, lower, upper, x, &curvature{})
}

// continued is Minimise with the curvature of an earlier minimisation of a similar function, and leaves its own there.
func (b Bounded) continued(ctx context.Context, f Objective, lower, upper, x []float64, history *curvature) (Minimum, error) {
	b = b.withDefaults()
	history.memory = b.Memory
	n := len(x)
	grad, next, nextGrad, free := make([]float64, n), make([]float64, n), make([]float64, n), make([]bool, n)
	project(x, lower, upper)
	value := f(x, grad)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return Minimum{Value: math.Inf(1)}, nil
	}
	recent := make([]float64, 0, b.MaxIterations)
	for i := range b.MaxIterations {
		if err := ctx.Err(); err != nil {
			return Minimum{value, i, false}, err
		}
		still := stationarity(x, grad, lower, upper)
		if still <= b.Tolerance {
			return Minimum{value, i, true}, nil
		}
		binding(free, x, grad, lower, upper, still)
		direction := history.within(free).descend(grad)
		step, nextValue := projectedSearch(f, value, x, grad, direction, lower, upper, next, nextGrad)
		if step == 0 {
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
		recent = append(recent, value)
		if k := len(recent); k > patience && recent[k-1-patience]-value <= b.Progress*max(math.Abs(value), 1) {
			return Minimum{value, i + 1, true}, nil
		}
	}
	return Minimum{value, b.MaxIterations, false}, nil
}

func (b Bounded) withDefaults() Bounded {
	if b.Memory == 0 {
		b.Memory = 20
	}
	if b.MaxIterations == 0 {
		b.MaxIterations = 500
	}
	if b.Tolerance == 0 {
		b.Tolerance = 1e-6
	}
	if b.Progress == 0 {
		b.Progress = 1e-12
	}
	return b
}

func project(x, lower, upper []float64) {
	for i := range x {
		x[i] = min(max(x[i], lower[i]), upper[i])
	}
}

// stationarity is the largest move of an element in a projected step along the gradient; 0 at a minimum.
func stationarity(x, grad, lower, upper []float64) float64 {
	most := 0.0
	for i, g := range grad {
		most = max(most, math.Abs(min(max(x[i]-g, lower[i]), upper[i])-x[i]))
	}
	return most
}

// binding finds the elements that are free: neither at a bound, or within reach of it (Bertsekas's ε, against zigzagging), nor pushed outwards.
func binding(free []bool, x, grad, lower, upper []float64, still float64) {
	for i, g := range grad {
		reach := min(still, 1e-3*(upper[i]-lower[i]))
		free[i] = !(g > 0 && x[i] <= lower[i]+reach || g < 0 && x[i] >= upper[i]-reach)
	}
}

// projectedSearch shortens the step until f falls by a share of what the gradient promises (Armijo, along the projection), each time to the minimum of the
// parabola through what is known, and sets next and its gradient. It returns a step of 0 if no step lowers f.
func projectedSearch(f Objective, value float64, x, grad, direction, lower, upper, next, nextGrad []float64) (step, nextValue float64) {
	const share, shortenings = 1e-4, 12
	step = 1.0
	for range shortenings {
		floats.AddScaledTo(next, x, step, direction)
		project(next, lower, upper)
		promise := 0.0
		for i, g := range grad {
			promise += g * (next[i] - x[i])
		}
		if promise >= 0 {
			step /= 2
			continue
		}
		if nextValue = f(next, nextGrad); nextValue <= value+share*promise {
			return step, nextValue
		}
		shorter := 0.5
		if bend := nextValue - value - promise; bend > 0 && !math.IsInf(bend, 1) {
			shorter = min(max(-promise/(2*bend), 0.1), 0.5)
		}
		step *= shorter
	}
	return 0, value
}
