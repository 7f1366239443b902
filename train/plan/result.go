package plan

// Levels are the probabilities of a Figure's intervals.
var Levels = [3]float64{0.5, 0.8, 0.95}

// Figure is a quantity with its uncertainty over draws.
type Figure struct {
	Mean      float64
	Low, High [3]float64 // at Levels
	Draws     []float64  // [markets]
}

// Result is a plan beside the status quo, and how far to trust it.
type Result struct {
	Options   Options
	StatusQuo *Valuation
	Plan      *Valuation
	// DirectOnly is the plan of someone who sees direct effects only, valued on the graph, with its multiples scaled to the spend of Plan. nil if no
	// channel moves another.
	DirectOnly *Valuation
	Multiples  []float64 // [R, H, M]: the plan's own part by that of the reference, 0 where that is 0
	Binding    []Binding
	Starts     []Start
	// CutGain is the gain that the same own parts have where no channel moves another; Plan.Gain minus it came through the graph.
	CutGain     Figure
	Evaluations int // of all markets with their gradient, in all searches
	Notes       []string
}

// Valuation is what own parts or spend lead to. Values are in money (Problem.Value), spend too. Spend and value of a plan count the
// horizon, and what differs from the status quo in the tail.
type Valuation struct {
	Name     string
	Spend    float64 // mean over draws, moved spend included
	Value    Figure  // of all channels and Others
	Gain     Figure  // value minus that of the status quo
	Profit   Figure  // gain minus the change of spend: money only if the value is
	ROI      Figure  // (value − value without any paid exposure in the horizon) / spend
	Channels []ChannelValue
	// Cells of the horizon, [R, H, M], in the mean over draws: spend with what is moved, exposure, and what of both is the planner's own.
	CellSpend, CellExposure, CellOwnSpend, CellOwn []float64
	Beyond                                         []Beyond // exposure larger than any seen
	Notes                                          []string
}

// ChannelValue is one channel's part of a Valuation.
type ChannelValue struct {
	Name       string
	Role       Role
	Spend      float64 // OwnSpend + MovedSpend
	OwnSpend   float64 // price × own part
	MovedSpend float64 // of exposure that other channels move
	Exposure   float64 // over the horizon
	Value      Figure  // of what the channel itself sells
	// Marginal ROI of the next unit of own spend along the channel's flighting: Δvalue/Δspend, all spend that moves counted. Direct is with all other
	// channels as they are. NaN of channels that cost nothing or have no own part. With weeks or regions apart it includes parts at a bound, so
	// that it may differ from the budget's shadow price for a channel that is not at a bound as a whole.
	MarginalDirect, MarginalTotal float64
	// AtBound is "min", "max" or "fixed" if the channel as a whole is at a bound of its range or of what was seen, "" if it is free.
	AtBound string
}

// Binding is a constraint that keeps the plan from a better one.
type Binding struct {
	Constraint string
	// Shadow is what one more unit of the constraint's right-hand side changes: value per unit of spend for a goal of value; of LeastBudget the spend
	// saved, per unit of spend or for the value to reach per unit of value. More of a maximum never harms (≥ 0), more of a minimum never helps (≤ 0).
	Shadow float64
	Unit   string
}

// Start is the end of one search.
type Start struct {
	Name      string
	Objective float64 // in the goal's unit: gain, spend, …
	Feasible  bool
	Distance  float64 // of its spend by channel from the plan's, Σ|Δ| as a share of the plan's spend
}

// Beyond is exposure larger than any seen.
type Beyond struct {
	Channel, Region, Week int
	Exposure, Seen        float64
}
