package model

import "deepcausalmmm/panel"

// Market is one draw from the posterior on the rows of a panel, as an expression graph: what the KPI and the exposures become if the
// planners of channels decide otherwise. Planners decide on a channel's own part of its structural equation; what its parents on
// the graph move follows. With the exposure x of the panel, the own part q, and Δ the changes of the parents, weighted, lags included,
// a channel that is not held has the exposure
//
//	1 + x′ = (1 + q)·e^Δ    where channels move each other by shares
//	x′ = x − planned + q + Δ  where they do by amounts
//
// and one that is held has x′ = q. Where q is Planned everywhere and nothing is held, x′ is x. A channel's own lags carry on what its
// parents moved, not what its planners decided. What Exposure, Sold and Pull return is overwritten by their next call. A Market is not
// safe for concurrent use; different ones may run at the same time.
type Market interface {
	// Planned is the own part of the panel's exposure, [R, T, M] in the table's units: by shares all of it.
	Planned() []float64
	// Run evaluates own parts [R, T, M]. Channels that are held [M] (nil: none) have exactly this exposure, from the first row that is
	// decided on.
	Run(own []float64, held []bool) error
	// Exposure is the exposure of the last run, [R, T, M] in the table's units.
	Exposure() []float64
	// Sold is what the channels add to the KPI in the last run, [R, T, M].
	Sold() []float64
	// Pull is the gradient of Σ byExposure·Exposure + Σ bySold·Sold at the last run by its own parts, [R, T, M].
	Pull(byExposure, bySold []float64) ([]float64, error)
	// Reach lists the channels whose exposure follows a channel's, itself first.
	Reach(channel int) []int
	// Additive reports whether what a channel sells depends on its own exposure only.
	Additive() bool
}

// Marketed is a Fitted with draws from the posterior that say what planners' decisions lead to.
type Marketed interface {
	Fitted
	// Markets returns the markets of n draws, or of all that the file has if that is fewer, on a panel whose first week has the
	// number first, counted from the training's first week. Rows of the panel before from are history: nothing is decided there, own
	// parts are ignored, and gradients are 0. The fewer rows there are to decide on, the faster the markets are; their results are
	// the same.
	Markets(p *panel.Panel, first, from, n int) ([]Market, error)
}
