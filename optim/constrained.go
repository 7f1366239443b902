package optim

import (
	"context"
	"math"
)

// Program is a minimisation of f(x) subject to c(x) ≤ 0. Its functions share their work.
type Program interface {
	// Evaluate returns f(x) and sets c(x). Outside of f's domain it returns +Inf.
	Evaluate(x, c []float64) float64
	// Gradient sets grad to the gradient of f + Σ weight·c at the x of the last Evaluate.
	Gradient(weight, grad []float64)
}

// Constrained minimises a Program within bounds. Bounded minimises the augmented Lagrangian of inequalities (Powell 1969, Hestenes 1969,
// Rockafellar 1973; Birgin and Martínez 2014, algorithm 4.1)
//
//	f(x) + Σ_i (max(0, λ_i + ρ·c_i(x))² − λ_i²)/2ρ
//
// and AugmentedLagrangian raises ρ; after each minimisation λ ← max(0, λ + ρ·c). Scale f and c so that multipliers are about 1.
type Constrained struct {
	Bounded   Bounded
	Penalty   float64 // first ρ. Default 5.
	Tolerance float64 // of c, and of −λ/ρ where c is negative. Default 1e-6.
	Updates   int     // most updates of the multipliers. Default 15.
}

// Optimum is the end of a constrained minimisation.
type Optimum struct {
	Value       float64   // f(x)
	Multipliers []float64 // λ ≥ 0: what f would fall by for each unit of slack in c_i
	Violation   float64   // largest c, or 0
	Converged   bool      // x is stationary, and c within the tolerance
}

// Minimise starts at x, with as many constraints as there are multipliers, and leaves x at the minimum. multipliers are those of a similar program, or 0.
func (s Constrained) Minimise(ctx context.Context, p Program, lower, upper, x, multipliers []float64) (Optimum, error) {
	s = s.withDefaults()
	inner := &constrainedInner{Constrained: s, p: p, lower: lower, upper: upper, x: x, tolerance: max(firstTolerance, s.Bounded.Tolerance),
		lambda: append([]float64(nil), multipliers...), c: make([]float64, len(multipliers)), weight: make([]float64, len(multipliers))}
	outer := AugmentedLagrangian{Inner: inner, Duals: NewDuals(s.Penalty, 0, penaltyFactor, penaltyMax), Tolerance: s.Tolerance}
	h, err := outer.Solve(ctx)
	end := Optimum{Value: inner.value, Multipliers: inner.lambda, Converged: inner.converged && h < s.Tolerance}
	for _, c := range inner.c {
		end.Violation = max(end.Violation, c)
	}
	return end, err
}

const (
	firstTolerance = 1e-2 // of the first inner minimisation, whose multipliers are far off anyway; the next are a tenth each
	penaltyFactor  = 5
	penaltyMax     = 1e5
)

func (s Constrained) withDefaults() Constrained {
	s.Bounded = s.Bounded.withDefaults()
	if s.Penalty == 0 {
		s.Penalty = 5
	}
	if s.Tolerance == 0 {
		s.Tolerance = 1e-6
	}
	if s.Updates == 0 {
		s.Updates = 15
	}
	return s
}

// constrainedInner minimises for fixed multipliers and then moves them.
type constrainedInner struct {
	Constrained
	p               Program
	lower, upper, x []float64
	lambda          []float64
	c, weight       []float64 // at the last evaluation
	value           float64
	tolerance       float64
	history         curvature
	updates         int
	converged       bool
}

// Minimise ignores alpha, as there is a multiplier for each constraint, and returns the largest violation of c ≤ 0 and λ·c = 0.
func (s *constrainedInner) Minimise(ctx context.Context, rho, _ float64) (float64, bool, error) {
	for {
		b := s.Bounded
		b.Tolerance = s.tolerance
		end, err := b.continued(ctx, func(x, grad []float64) float64 { return s.lagrangian(rho, x, grad) }, s.lower, s.upper, s.x, &s.history)
		if err != nil || math.IsInf(end.Value, 1) {
			return math.Inf(1), false, err
		}
		s.value = s.p.Evaluate(s.x, s.c) // the last evaluation may be of a step that was not taken
		h := 0.0
		for i, c := range s.c {
			h = max(h, math.Abs(max(c, -s.lambda[i]/rho)))
		}
		s.converged = end.Converged && s.tolerance <= s.Bounded.Tolerance
		last := s.tolerance
		s.tolerance = max(s.tolerance/10, s.Bounded.Tolerance)
		if h < s.Tolerance && last > s.tolerance {
			continue
		}
		for i, c := range s.c {
			s.lambda[i] = max(0, s.lambda[i]+rho*c)
		}
		s.updates++
		return h, s.updates < s.Updates, nil
	}
}

func (s *constrainedInner) lagrangian(rho float64, x, grad []float64) float64 {
	value := s.p.Evaluate(x, s.c)
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return math.Inf(1)
	}
	for i, c := range s.c {
		s.weight[i] = max(0, s.lambda[i]+rho*c)
		value += (s.weight[i]*s.weight[i] - s.lambda[i]*s.lambda[i]) / (2 * rho)
	}
	s.p.Gradient(s.weight, grad)
	return value
}
