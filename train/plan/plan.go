// Package plan decides what to spend: on draws from the posterior of a model (model.Market) it finds the own parts of channels that
// bring the most value for a budget, or reach a goal with the least, along the learned graph and within constraints, and says
// what keeps it from more. It knows nothing else of a model. Start reading at Problem and Problem.Optimise.
package plan

import (
	"context"
	"errors"
)

// Optimise finds the best plan. Constraints that contradict each other are an *Infeasible.
func (p *Problem) Optimise(ctx context.Context, o Options) (*Result, error) {
	return nil, errors.New("plan: not yet")
}

// Evaluate values a plan that someone wrote: the spend of each channel, what is moved included, by region and week of the horizon, [R, H, M]. NaN
// leaves a cell at the status quo's own part. Where what a channel's parents bring costs more than its spend, its own part is 0, and a note says so.
func (p *Problem) Evaluate(name string, spend []float64) (*Valuation, error) {
	return nil, errors.New("plan: not yet")
}

// StatusQuo values the reference.
func (p *Problem) StatusQuo() (*Valuation, error) { return nil, errors.New("plan: not yet") }

// Infeasible says in one line which constraints cannot be met together, and what to change.
type Infeasible struct{ Reason string }

func (e *Infeasible) Error() string { return e.Reason }
