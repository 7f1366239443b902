package optim

import "context"

// Inner minimises the augmented Lagrangian f + ½·rho·h² + alpha·h for given duals, from where the last call ended, and
// returns the constraint's h there.
//
// If more is false, the minimisation will not continue and the duals do not change. An Inner that stops by epochs
// returns more = true each time an update of the duals is due. It may ignore the duals during a warmup, and resumes in the
// middle of a minimisation if it keeps its own state. It ends early with the context's error.
type Inner interface {
	Minimise(ctx context.Context, rho, alpha float64) (h float64, more bool, err error)
}

// InnerFunc is a function as an Inner.
type InnerFunc func(ctx context.Context, rho, alpha float64) (h float64, more bool, err error)

// Minimise calls the function.
func (f InnerFunc) Minimise(ctx context.Context, rho, alpha float64) (h float64, more bool, err error) {
	return f(ctx, rho, alpha)
}

// AugmentedLagrangian solves min f subject to h = 0: it alternates minimisations at fixed duals and updates of the duals
// (Zheng et al. 2018, algorithm 1). With OWLQN inside it is NOTEARS; with a few epochs of AdamW inside, the training of a
// network with a constraint.
type AugmentedLagrangian struct {
	Inner     Inner
	Duals     *Duals
	Tolerance float64         // ends once h is below it; 0 never does
	Observe   func(h float64) // called after each update of the duals; may be nil
}

// Solve runs until h is below the tolerance or Inner has no more, and returns the last h. Duals hold the state between
// calls: Solve continues after an interruption.
func (a AugmentedLagrangian) Solve(ctx context.Context) (float64, error) {
	for {
		h, more, err := a.Inner.Minimise(ctx, a.Duals.Rho, a.Duals.Alpha)
		if err != nil || !more || h < a.Tolerance {
			return h, err
		}
		a.Duals.Update(h)
		if a.Observe != nil {
			a.Observe(h)
		}
	}
}
