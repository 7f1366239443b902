package layers

import (
	"gorgonia.org/gorgonia"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
)

// Baseline is what a region sells without media, controls and season:
//
//	base_r = relu(softplus(region_baseline_r) + softplus(global_bias))
type Baseline struct {
	Region *gorgonia.Node // [regions]. Starts at the mean of the scaled target.
	Bias   *gorgonia.Node // [1]. Starts at 0.
}

// NewBaseline declares `region_baseline` and `global_bias`.
func NewBaseline(s *graph.Scope, regions int) *Baseline {
	return &Baseline{
		Region: s.Param("region_baseline", graph.Structure, graph.Fill(1), regions),
		Bias:   s.Param("global_bias", graph.Structure, graph.Fill(0), 1),
	}
}

// Over returns the baseline [regions, weeks].
func (l *Baseline) Over(weeks int) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	bias := op.Must(each(op.Must(op.Softplus(l.Bias)), l.Region.Shape()))
	sum := op.Must(op.Add(op.Must(op.Softplus(l.Region)), bias))
	return op.Expand(nil, op.Must(op.Relu(sum)), []int{weeks})
}

// Seasonality scales the region's seasonal curve s in [0, 1]: softplus(seasonal_coeff)·s.
type Seasonality struct {
	Coefficient *gorgonia.Node // [1], raw. Starts at 1.
}

var _ graph.Layer = (*Seasonality)(nil)

// NewSeasonality declares `seasonal_coeff`.
func NewSeasonality(s *graph.Scope) *Seasonality {
	return &Seasonality{s.Param("seasonal_coeff", graph.Coefficients, graph.Fill(1), 1)}
}

// Forward maps the seasonal curve [regions, weeks] to its contribution of the same shape.
func (l *Seasonality) Forward(season *gorgonia.Node) (*gorgonia.Node, error) {
	height, err := op.Softplus(l.Coefficient)
	if err != nil {
		return nil, err
	}
	return multiple(height, season)
}

// Scale brings the sum of the contributions to the target's scale: softplus(prediction_scale)·x.
type Scale struct {
	Raw    *gorgonia.Node // [1]. Starts at 0.
	Factor *gorgonia.Node // softplus(Raw), [1]
}

var _ graph.Layer = (*Scale)(nil)

// NewScale declares `prediction_scale`.
func NewScale(s *graph.Scope) (*Scale, error) {
	l := &Scale{Raw: s.Param("prediction_scale", graph.Structure, graph.Fill(0), 1)}
	var err error
	l.Factor, err = op.Softplus(l.Raw)
	return l, err
}

// Forward maps x of any shape to a multiple of it.
func (l *Scale) Forward(x *gorgonia.Node) (*gorgonia.Node, error) { return multiple(l.Factor, x) }

// multiple is factor·x with factor [1].
func multiple(factor, x *gorgonia.Node) (_ *gorgonia.Node, err error) {
	defer op.Catch(&err)
	return op.Mul(op.Must(each(factor, x.Shape())), x)
}

// each gives every element of a shape the one value of x [1].
func each(x *gorgonia.Node, shape []int) (*gorgonia.Node, error) {
	one, err := op.Reduce(0, x, 1)
	if err != nil {
		return nil, err
	}
	return op.Expand(shape, one, nil)
}
