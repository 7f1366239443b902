package model

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
	"deepcausalmmm/optim"
	"deepcausalmmm/panel"
)

// Outcome holds the results of a training. All but Fitted is plain data, in the target's units.
type Outcome struct {
	Fitted  Fitted
	Parts   []Part // train, and holdout if there is one
	Graph   Graph
	History History
	Description
	Intervals                []Interval  // of what may be observed, [R, T] over all weeks; nil without draws from a posterior
	Intervals50, Intervals95 []Interval  // the same with a probability of 50 % and 95 %
	ByCell                   [][]float64 // total effect of each channel, [M], [R, T]; nil unless an Explainer was asked for it
	Steps                    int
	PerStep                  float64 // seconds
	Seconds                  float64 // of the whole training, over interruptions
}

// Graph is the learned influence of the channels on each other. Without a DAG all is empty.
type Graph struct {
	Adjacency *mat.Dense  // W before pruning, [M, M]; rows are parents
	Pruned    *dag.Graph  // at notears_threshold
	Duals     optim.Duals // zero if no penalty drove the graph
	Stuck     string      // why h would not fall to 0 with more steps; empty if it might
}

// History is a table of the steps of a training. Its first column counts them; NaN marks an empty cell.
type History struct {
	Columns []string
	Rows    [][]float64
}

// Description explains a fitted model to a reader: responses, coefficients, inference and notes.
type Description struct {
	Responses    []Response        `json:"responses"`            // of each channel; null if the layers of a design only fit the panel's shape
	Coefficients []CoefficientPath `json:"coefficients"`         // of each channel, then of each control
	Inference    *Inference        `json:"structural,omitempty"` // of a model with structural equations
	Notes        Notes             `json:"notes"`
}

// Notes are sentences about a model for the dashboard.
type Notes struct {
	Exposure     string   `json:"exposure"`     // the unit of the response curves' horizontal axis
	ControlStep  string   `json:"control_step"` // what a control's coefficient is the effect of
	Coefficients string   `json:"coefficients"` // why coefficients change, or do not
	Scaling      []string `json:"scaling"`      // how the panel was scaled
	Loss         string   `json:"loss"`         // how to read the curve of the loss
	Prior        bool     `json:"prior"`        // media_contribution_prior counted in the loss
}

// Range summarises a distribution by its quantiles.
type Range struct {
	P5     float64 `json:"p5"`
	P25    float64 `json:"p25"`
	Median float64 `json:"median"`
	P75    float64 `json:"p75"`
	P95    float64 `json:"p95"`
}

// RangeOf is the range of values, which it sorts.
func RangeOf(values []float64) Range {
	slices.Sort(values)
	at := func(q float64) float64 { return panel.Quantile(values, q) }
	return Range{at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)}
}

// CoefficientPath is a coefficient over the weeks, and its spread over the regions. It counts in multiples of a
// region's average week: what the component adds if its saturation (a control: its scaled value) is 1.
type CoefficientPath struct {
	Component string    `json:"component"`
	Low       []float64 `json:"low"` // [weeks]: the lower quartile over the regions
	Median    []float64 `json:"median"`
	High      []float64 `json:"high"` // the upper quartile
}

// CoefficientPaths are the paths of a panel's channels and controls, without values.
func CoefficientPaths(p *panel.Panel) []CoefficientPath {
	var paths []CoefficientPath
	for _, name := range slices.Concat(p.Channels, p.Controls) {
		paths = append(paths, CoefficientPath{Component: name})
	}
	return paths
}

// Append adds the quartiles over the regions of some weeks.
func (p *CoefficientPath) Append(regions, weeks int, at func(region, week int) float64) {
	overRegions := make([]float64, regions)
	for w := range weeks {
		for r := range overRegions {
			overRegions[r] = at(r, w)
		}
		slices.Sort(overRegions)
		p.Low = append(p.Low, panel.Quantile(overRegions, 0.25))
		p.Median = append(p.Median, panel.Quantile(overRegions, 0.5))
		p.High = append(p.High, panel.Quantile(overRegions, 0.75))
	}
}
