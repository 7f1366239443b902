package structural

import (
	"errors"

	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
	"deepcausalmmm/train/model"
)

// answers are the responses of the channels in an average.
type answers struct {
	points  [][]float64 // [M][points]: the exposures of the curves, the same in all members
	weights [][]float64 // [M][lags]: of the carry-over, the mean over the members
	curves  [][]float64 // [M][points]: the mean over the members, see response.curves
	carried []float64   // [R, T, M]: exposure carried over, the mean over the members
	decay   []float64   // [M]; nil unless all members have one, as are half and slope
	half    []float64   // [M]
	slope   []float64   // [M]
}

// newAnswers evaluates the members. It returns nil if a design's layers only fit the panel's shape.
func newAnswers(members []Member) (*answers, error) {
	out := &answers{}
	var greatest []float64
	for _, member := range members {
		m := member.Fit.Model
		if err := m.Evaluate(); err != nil {
			return nil, err
		}
		carried, M := m.Floats(m.Carried), m.Data.Channels
		if out.carried == nil {
			out.carried, greatest = make([]float64, len(carried)), make([]float64, M)
		}
		floats.AddScaled(out.carried, member.Weight, carried)
		for i, x := range carried {
			greatest[i%M] = max(greatest[i%M], x)
		}
	}
	for _, x := range greatest {
		out.points = append(out.points, model.CurveExposures(x))
	}
	for _, member := range members {
		m := member.Fit.Model
		p, err := m.probe(out.points)
		if misuse := (*graph.BuildError)(nil); errors.As(err, &misuse) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		curves, err := m.curves(p)
		if err != nil {
			return nil, err
		}
		out.weights, out.curves = addScaled(out.weights, member.Weight, p.Weights()), addScaled(out.curves, member.Weight, curves)
	}
	out.decay = meanOver(members, func(m *Model) []float64 { return layers.Decays(m.carryOver) })
	out.half = meanOver(members, func(m *Model) []float64 { k, _ := layers.Curves(m.saturation); return k })
	out.slope = meanOver(members, func(m *Model) []float64 { _, n := layers.Curves(m.saturation); return n })
	return out, nil
}

// meanOver is the mean of values of the members; nil if one has none.
func meanOver(members []Member, of func(*Model) []float64) []float64 {
	var mean []float64
	for _, member := range members {
		values := of(member.Fit.Model)
		if values == nil {
			return nil
		}
		if mean == nil {
			mean = make([]float64, len(values))
		}
		floats.AddScaled(mean, member.Weight, values)
	}
	return mean
}

// addScaled adds weighted rows to a sum, which is nil at first.
func addScaled(sum [][]float64, weight float64, rows [][]float64) [][]float64 {
	if sum == nil {
		sum = make([][]float64, len(rows))
	}
	for k, row := range rows {
		if sum[k] == nil {
			sum[k] = make([]float64, len(row))
		}
		floats.AddScaled(sum[k], weight, row)
	}
	return sum
}

// followedWindows is the number of windows over which the weights of a carry-over are followed: one that falls slowly has some left
// after the first.
const followedWindows = 4

// probe builds the carry-over and the saturation of the model at points of their own [M][points].
func (m *Model) probe(points [][]float64) (*layers.Probe, error) {
	saturation := m.saturation
	if m.limited() {
		saturation = limited{saturation}
	}
	return layers.NewProbe(m.Exposure, m.carryOver, saturation, followedWindows*window(m.Data.Every), points)
}

// limited is a saturation of exposure that counts up to mostExposure, as in respond.
type limited struct{ graph.Layer }

// Forward maps exposure to saturation of the same shape.
func (l limited) Forward(x *graph.Node) *graph.Node {
	return l.Layer.Forward(op.Clip(x, 0, mostExposure))
}

// curves are what the channels sell at the points of a probe [M][points], in multiples of a region's average week: the mean over
// regions and weeks of a model that was evaluated.
func (m *Model) curves(p *layers.Probe) ([][]float64, error) {
	if err := p.Run(); err != nil {
		return nil, err
	}
	curves := p.Curves()
	for c, scale := range m.meanStrength() {
		floats.Scale(scale, curves[c])
	}
	return curves, nil
}

// meanStrength is what an average week of each channel adds [M], in multiples of a region's average week: the mean over regions and
// weeks of the last run.
func (m *Model) meanStrength() []float64 {
	R, T, M := m.Data.Regions, m.Data.Weeks, m.Data.Channels
	mean := make([]float64, M)
	strength := m.strengths()
	for c := range mean {
		for r := range R {
			for t := range T {
				mean[c] += strength(r, t, c) / float64(R*T)
			}
		}
	}
	return mean
}

// strengths returns what a channel's coefficient is in a region and week of the last run.
func (m *Model) strengths() func(region, week, channel int) float64 {
	T, M := m.Data.Weeks, m.Data.Channels
	strength := m.Floats(m.Strength)
	if m.Deviation == nil {
		return func(r, _, c int) float64 { return strength[r*M+c] }
	}
	deviation := m.Floats(m.Deviation)
	return func(r, t, c int) float64 { return strength[r*M+c] * deviation[(r*T+t)*M+c] }
}

// described are the responses of the channels, with intervals from draws.
func (r *answers) described(channels []string, window int, draws []Draw) []model.Response {
	if r == nil {
		return nil
	}
	all := make([]model.Response, len(channels))
	at := func(values []float64, c int) *float64 {
		if values == nil {
			return nil
		}
		return &values[c]
	}
	drawn := make([]float64, len(draws))
	for c, name := range channels {
		one := model.Response{Channel: name, Decay: at(r.decay, c), HalfSaturation: at(r.half, c), Slope: at(r.slope, c)}
		one.Carry(r.weights[c], window)
		for i, x := range r.points[c] {
			point := model.CurvePoint{Exposure: x, Effect: r.curves[c][i]}
			if len(draws) > 0 {
				for k, d := range draws {
					drawn[k] = d.Curves[c][i]
				}
				within := IntervalOf(point.Effect, drawn, 0.8)
				point.Low, point.High = &within.Low, &within.High
			}
			one.Curve = append(one.Curve, point)
		}
		var exposure []float64
		for i := c; i < len(r.carried); i += len(channels) {
			exposure = append(exposure, r.carried[i])
		}
		one.Exposure = model.RangeOf(exposure)
		all[c] = one
	}
	return all
}
