package train

import (
	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/money"
)

// Result is a trained model with everything that its files say and the dashboard shows.
type Result struct {
	Config Config
	Panel  *panel.Panel // nil of a result that was loaded
	model.Outcome
	Details Details
	Metrics Metrics

	Money      *money.Accounts // nil unless Account was called, and of models without markets
	Refutation *Refutation     // nil if nothing was checked; see Refute

	Warnings []string // numbers that Write could not write, by file and place
}

// Metrics is metrics.json.
type Metrics struct {
	Train     Figures      `json:"train"`
	Holdout   *Figures     `json:"holdout"` // null without a holdout, as are baselines and skill; skill also where a naive forecast is exact
	Baselines *Baselines   `json:"baselines"`
	Skill     *float64     `json:"skill"` // 1 − wMAPE / wMAPE of the best baseline: above 0 the model earns its keep
	Shares    Shares       `json:"shares"`
	Graph     GraphFigures `json:"graph"`
	Timing    Timing       `json:"timing"`
	BLAS      string       `json:"blas"` // what multiplied the matrices
}

// Shares are the components' parts of the prediction over all weeks, which add up to 1.
type Shares struct {
	Baseline float64            `json:"baseline"`
	Trend    float64            `json:"trend"` // 0 in the original model, which has none
	Season   float64            `json:"season"`
	Holidays float64            `json:"holidays,omitempty"`
	Controls float64            `json:"controls"`
	Media    map[string]float64 `json:"media"`
}

// GraphFigures describe the graph: h of the continuous W, the duals at the end, and the pruned graph.
type GraphFigures struct {
	H       float64   `json:"h"`
	Rho     float64   `json:"rho"`
	Alpha   float64   `json:"alpha"`
	Stuck   string    `json:"stuck"` // why h would not fall to 0 with more epochs, in words; empty where it might
	Edges   int       `json:"edges"`
	IsDAG   bool      `json:"is_dag"`
	Removed []Removed `json:"removed"`
}

// Removed is an edge that pruning took out, and the cycle that it broke.
type Removed struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Weight float64  `json:"weight"`
	Cycle  []string `json:"cycle"`
}

// Timing is all that differs between two runs of one seed.
type Timing struct {
	SecondsPerEpoch float64 `json:"seconds_per_epoch"` // median, looks at the holdout left out
	Epochs          int     `json:"epochs"`
	TotalSeconds    float64 `json:"total_seconds"`
	PeakRSSMB       float64 `json:"peak_rss_mb"` // 0 if unknown
}

// graphFigures describe a graph. One without edges has none to count.
func graphFigures(g model.Graph, channels []string) GraphFigures {
	if g.Adjacency == nil {
		return GraphFigures{IsDAG: true}
	}
	figures := GraphFigures{
		Stuck: g.Stuck,
		H:     dag.Acyclicity(g.Adjacency), Rho: g.Duals.Rho, Alpha: g.Duals.Alpha,
		Edges: len(g.Pruned.Edges()), IsDAG: true, Removed: []Removed{},
	}
	for _, removal := range g.Pruned.Removed() {
		named := Removed{From: channels[removal.From], To: channels[removal.To], Weight: removal.Weight}
		for _, i := range removal.Cycle {
			named.Cycle = append(named.Cycle, channels[i])
		}
		figures.Removed = append(figures.Removed, named)
	}
	return figures
}

// measure sets the figures.
func (r *Result) measure() {
	m, train := &r.Metrics, r.Parts[0]
	m.Graph = graphFigures(r.Graph, r.Panel.Channels)
	m.Timing = Timing{SecondsPerEpoch: r.PerStep, Epochs: r.Steps, TotalSeconds: r.Seconds, PeakRSSMB: peakRSSMB()}
	m.Train = Measure(train.Actual, train.Predicted, train.Regions)
	m.Shares = shares(r.Parts)
	if len(r.Parts) == 1 {
		return
	}
	holdout := r.Parts[1]
	figures := Measure(holdout.Actual, holdout.Predicted, holdout.Regions)
	naive := NaiveForecasts(r.Panel.Sold(), holdout.Actual, holdout.Regions, train.Span.To, r.Panel.Resolution)
	skill := 1 - figures.WMAPE/naive.Best()
	m.Holdout, m.Baselines, m.Skill = &figures, &naive, finite(skill)
}

func shares(parts []model.Part) Shares {
	s := Shares{Media: map[string]float64{}}
	total := 0.0
	for _, p := range parts {
		for _, v := range p.Predicted {
			total += v
		}
	}
	for _, p := range parts {
		for _, c := range p.Components {
			share := 0.0
			for _, v := range c.Value {
				share += v / total
			}
			switch c.Kind.Group() {
			case model.Baseline:
				s.Baseline += share
			case model.Trend:
				s.Trend += share
			case model.Season:
				s.Season += share
			case model.Holidays:
				s.Holidays += share
			case model.Control:
				s.Controls += share
			case model.Media:
				s.Media[c.Name] += share
			}
		}
	}
	return s
}
