package layers

import (
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Baseline is a region's sales without media, controls and season, the same in all weeks:
//
//	base_r = relu(softplus(region_baseline_r) + softplus(global_bias))
type Baseline struct {
	Region *graph.Node // [regions]. Starts at the mean of the scaled target.
	Bias   *graph.Node // [1]. Starts at 0.
	weeks  int
}

var _ graph.Source = (*Baseline)(nil)

// NewBaseline declares `region_baseline` and `global_bias`.
func NewBaseline(s *graph.Scope, regions, weeks int) graph.Source {
	return &Baseline{
		Region: s.Param("region_baseline", graph.Structure, graph.Fill(1), regions),
		Bias:   s.Param("global_bias", graph.Structure, graph.Fill(0), 1),
		weeks:  weeks,
	}
}

// Forward returns the baseline [regions, weeks].
func (l *Baseline) Forward() *graph.Node {
	bias := spread(op.Softplus(l.Bias), l.Region.Shape())
	return op.Expand(nil, op.Relu(op.Add(op.Softplus(l.Region), bias)), []int{l.weeks})
}

// Seasonality scales the region's seasonal curve s in [0, 1]: softplus(seasonal_coeff)·s.
type Seasonality struct {
	Coefficient *graph.Node // [1], raw. Starts at 1.
}

var _ graph.Layer = (*Seasonality)(nil)

// NewSeasonality declares `seasonal_coeff`.
func NewSeasonality(s *graph.Scope) *Seasonality {
	return &Seasonality{s.Param("seasonal_coeff", graph.Coefficients, graph.Fill(1), 1)}
}

// Height is softplus(seasonal_coeff), [1].
func (l *Seasonality) Height() *graph.Node { return op.Softplus(l.Coefficient) }

// Forward maps the seasonal curve [regions, weeks] to its contribution of the same shape.
func (l *Seasonality) Forward(season *graph.Node) *graph.Node {
	return op.Mul(spread(l.Height(), season.Shape()), season)
}

// Scale brings the sum of the contributions to the target's scale: softplus(prediction_scale)·x.
type Scale struct {
	Raw *graph.Node // [1]. Starts at 0.
}

var _ graph.Layer = (*Scale)(nil)

// NewScale declares `prediction_scale`.
func NewScale(s *graph.Scope) *Scale {
	return &Scale{s.Param("prediction_scale", graph.Structure, graph.Fill(0), 1)}
}

// Factor is softplus(prediction_scale), [1].
func (l *Scale) Factor() *graph.Node { return op.Softplus(l.Raw) }

// Forward maps x of any shape to a multiple of it.
func (l *Scale) Forward(x *graph.Node) *graph.Node { return op.Mul(spread(l.Factor(), x.Shape()), x) }

// spread repeats the one value of x [1] over a shape.
func spread(x *graph.Node, shape []int) *graph.Node { return op.Expand(shape, op.Reduce(0, x, 1), nil) }
