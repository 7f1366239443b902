package plan

import (
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// Role says what a plan may do with a channel.
type Role string

const (
	Free    Role = "free"    // its planner's own part is planned; what its parents move follows
	Held    Role = "held"    // its exposure is exactly what is planned, whatever its parents do; without a Range it is the reference's
	Follows Role = "follows" // it has the reference's own part, and costs nothing: mediators and organic channels
)

// Channel is one channel of a problem.
type Channel struct {
	Name string
	Role Role
	// Range is the least and the largest multiple of the channel's own spend in the reference period. nil is DefaultRange of a channel that is free
	// and {1, 1} of one that is held; {1, 1} is a channel that is fixed.
	Range *[2]float64
	// MinFlight is the least spend, its own and what is moved, in a week in which the channel is on, over all regions. 0 is none.
	MinFlight float64
}

// DefaultRange are the multiples of the reference's spend within which a channel is planned unless told otherwise.
var DefaultRange = [2]float64{0.5, 1.5}

// Problem is what a plan knows of a market: draws of the posterior on the same rows, which rows it plans, and what exposure costs
// and the KPI is worth. The rows are [history | horizon | tail]. The status quo, or reference, is the markets' own parts as
// planned; a plan changes those of the horizon.
type Problem struct {
	Markets  []model.Market
	Channels []Channel // [M]
	Regions  []string  // [R]
	Weeks    []string  // [T], of all rows
	Horizon  panel.Span
	Tail     int // weeks after the horizon in which its carry-over counts
	// Price is the money per unit of exposure, [R, T, M]; 0 where a channel costs nothing.
	Price []float64
	// Value is the money per unit of the KPI, [R, T]; nil is 1 everywhere: then all values are in units of the KPI.
	Value []float64
	// Seen is the largest weekly exposure of a channel in a region in all weeks that the model knows, [R, M]; 0 or nil where it is not known,
	// which bounds the exposure by what the reference has.
	Seen []float64
	// Others is the value of the KPI of the horizon that channels do not bring (baseline, controls, season): an amount added to
	// status quo and plan alike, so that totals are those of the KPI. 0 leaves them out.
	Others float64
}

// Resolution says what is planned apart: a channel always; its weeks and its regions too if set. A part that is planned as a whole keeps
// the reference's flighting: all of its cells are multiplied by one factor. A part without exposure in the reference is planned
// in multiples of the channel's mean weekly exposure of the region, so that planned exposure can be where there was none; a channel without any exposure
// in the reference's horizon cannot be planned.
type Resolution struct {
	ByWeek, ByRegion bool
}

// GoalKind is what a plan is for.
type GoalKind string

const (
	MostValue   GoalKind = "most value"   // the most value for at most Amount of spend
	LeastBudget GoalKind = "least budget" // the least spend for at least Amount of value: gained, or with Total in all
	MarginalROI GoalKind = "marginal roi" // all money whose next unit returns at least Amount. With money values, 1 is the most profit.
	TotalROI    GoalKind = "total roi"    // the most value whose ratio to all spend, against no spend, is at least Amount
)

// Goal is a kind with its amount. Spend counts all of the horizon, what is moved included, and what the plan changes in the tail's.
type Goal struct {
	Kind   GoalKind
	Amount float64
	Total  bool // of LeastBudget: Amount is the value of all channels and Others, not the gain on the status quo
}

// Limit bounds the spend of some cells of the horizon, what is moved included, in the mean over draws.
type Limit struct {
	Name     string   // for messages, such as "TV + radio" or the line of a file
	Channels []int    // nil: all
	Regions  []int    // nil: all
	Weeks    []int    // rows of the panel within the horizon; nil: all
	Min, Max *float64 // nil: none
	Relative bool     // Min and Max are multiples of the cells' spend in the reference
}

// Options are what a planner decides.
type Options struct {
	Goal       Goal
	Resolution Resolution
	Limits     []Limit
	// Beyond bounds the exposure of a region, channel and week by this multiple of the largest one seen. 0 is DefaultBeyond, +Inf none.
	Beyond float64
	// Risk in (0, 1) is the quantile of the objective over draws that is maximised (Harrell and Davis 1982) instead of its mean. 0 is the mean.
	Risk float64
	// Starts is the number of starts of the search. 0 is DefaultStarts.
	Starts int
}

const (
	DefaultBeyond = 1.5 // × the largest weekly exposure seen
	DefaultStarts = 4
)
