package structural

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"

	"deepcausalmmm/graph"
	"deepcausalmmm/layers"
	"deepcausalmmm/train/model"
)

// unfitted is a member of a weight at the means of the priors.
func unfitted(t *testing.T, s Shape, weight float64) Member {
	m, err := NewModel(dataOf(t, newWorld(t, small).panel, 80), s, Options{}, graph.NewParams(tensor.Float64, 1), false)
	require.NoError(t, err)
	return Member{Weight: weight, Fit: &Fit{Model: m}}
}

// of is a shape that differs from another by its forms.
func of(s Shape, carryOver CarryOver, saturation Saturation) Shape {
	s.CarryOver, s.Saturation = carryOver, saturation
	return s
}

// The average of one member is that member: its curve is its layers' equation, in multiples of what an average week adds.
func TestResponsesOfOneMemberAreItsEquations(t *testing.T) {
	member := unfitted(t, plain, 1)
	a, err := newAnswers([]Member{member})
	require.NoError(t, err)
	responses := a.described([]string{"tv", "search", "radio"}, 26, nil)
	require.Len(t, responses, 3)
	m, priors := member.Fit.Model, layers.DefaultEffectPriors(3)
	half, slope, decay := math.Exp(priors.Half.Mean), math.Exp(priors.Slope.Mean), 1/(1+math.Exp(-priors.Decay.Mean))
	strength, carried := m.meanStrength(), m.Floats(m.Carried)
	for c, r := range responses {
		require.InDelta(t, half, *r.HalfSaturation, 1e-12)
		require.InDelta(t, slope, *r.Slope, 1e-12)
		require.InDelta(t, decay, *r.Decay, 1e-12)
		require.InDelta(t, decay/(1-decay), r.MeanLag, 1e-9)
		for lag, w := range r.CarryOver {
			require.InDelta(t, (1-decay)*math.Pow(decay, float64(lag)), w, 1e-9)
		}
		for _, point := range r.Curve {
			f := layers.Saturation(point.Exposure, slope, half) / layers.Saturation(1, slope, half)
			require.InDelta(t, strength[c]*f, point.Effect, 1e-7, "%s at %g", r.Channel, point.Exposure)
			require.Nil(t, point.Low)
		}
		greatest := 0.0
		for i := c; i < len(carried); i += 3 {
			greatest = max(greatest, carried[i])
		}
		require.InDelta(t, 1.5*greatest, r.Curve[len(r.Curve)-1].Exposure, 1e-12)
	}
}

// The response of several members is the mean of theirs by weight; what only some have is not given.
func TestResponsesAreMeansOverMembers(t *testing.T) {
	shapes := []Shape{plain, of(plain, Delayed, Exponential), of(plain, NoCarryOver, Power)}
	weights := []float64{0.5, 0.3, 0.2}
	var members []Member
	for k, s := range shapes {
		members = append(members, unfitted(t, s, weights[k]))
	}
	all, err := newAnswers(members)
	require.NoError(t, err)
	require.Nil(t, all.decay)
	require.Nil(t, all.half)
	require.Nil(t, all.slope)
	for c := range 3 {
		require.InDelta(t, 1, floats.Sum(all.weights[c]), 1e-9, "the mean of weights that add up to one")
	}
	weight, curve := 0.0, 0.0
	for k, member := range members {
		m := member.Fit.Model
		p, err := m.probe(all.points)
		require.NoError(t, err)
		curves, err := m.curves(p)
		require.NoError(t, err)
		weight += weights[k] * p.Weights()[1][2]
		curve += weights[k] * curves[1][7]
	}
	require.InDelta(t, weight, all.weights[1][2], 1e-12)
	require.InDelta(t, curve, all.curves[1][7], 1e-12)

	same, err := newAnswers([]Member{unfitted(t, plain, 0.25), unfitted(t, plain, 0.75)})
	require.NoError(t, err)
	one, err := newAnswers([]Member{unfitted(t, plain, 1)})
	require.NoError(t, err)
	require.InDeltaSlice(t, one.curves[0], same.curves[0], 1e-12)
	require.InDeltaSlice(t, one.decay, same.decay, 1e-12)
}

// Layers that the model does not know are described as well: two geometric stages in a row, and a curve without numbers of its own.
func TestResponsesOfExchangedLayers(t *testing.T) {
	m, err := NewModel(dataOf(t, newWorld(t, small).panel, 80), everything, Options{Design: exchanged}, graph.NewParams(tensor.Float64, 1), false)
	require.NoError(t, err)
	a, err := newAnswers([]Member{{Weight: 1, Fit: &Fit{Model: m}}})
	require.NoError(t, err)
	decay := 1 / (1 + math.Exp(0.5))
	for lag, w := range a.weights[0][:20] {
		require.InDelta(t, float64(lag+1)*(1-decay)*(1-decay)*math.Pow(decay, float64(lag)), w, 1e-9, "lag %d", lag)
	}
	for i, x := range a.points[2] {
		require.InDelta(t, m.meanStrength()[2]*(1-math.Exp(-x)), a.curves[2][i], 1e-9)
	}
	require.Nil(t, a.half)
}

// Where nothing saturates exposure counts up to a multiple of an average week, so the curve ends there too.
func TestUnboundedCurvesEndWhereExposureCounts(t *testing.T) {
	m := unfitted(t, of(plain, NoCarryOver, Linear), 1).Fit.Model
	require.NoError(t, m.Evaluate())
	at := []float64{1, mostExposure, 2 * mostExposure}
	p, err := m.probe([][]float64{at, at, at})
	require.NoError(t, err)
	curves, err := m.curves(p)
	require.NoError(t, err)
	for c, strength := range m.meanStrength() {
		require.InDeltaSlice(t, []float64{strength, mostExposure * strength, mostExposure * strength}, curves[c], 1e-12)
	}
}

// Intervals of the curves are those of the draws, and contain the estimate.
func TestIntervalsOfCurvesAreThoseOfDraws(t *testing.T) {
	a := &answers{points: [][]float64{{0, 1}}, weights: [][]float64{{1}}, curves: [][]float64{{0, 5}}, carried: []float64{1, 2}}
	var draws []Draw
	for k := range 101 {
		draws = append(draws, Draw{Curves: [][]float64{{0, float64(k) / 10}}})
	}
	point := a.described([]string{"tv"}, 26, draws)[0].Curve[1]
	require.InDelta(t, 1, *point.Low, 1e-9)
	require.InDelta(t, 9, *point.High, 1e-9)
	require.Equal(t, model.Range{P5: 1.05, P25: 1.25, Median: 1.5, P75: 1.75, P95: 1.95}, a.described([]string{"tv"}, 26, draws)[0].Exposure)
}

// Coefficients are the mean over the members: an average week's effect is the same in all forms, and so is its mean.
func TestCoefficientsAreMeansOverMembers(t *testing.T) {
	one, signed := unfitted(t, plain, 1), plain
	signed.Signed = true
	both := []Member{unfitted(t, plain, 0.4), unfitted(t, signed, 0.6)}
	require.NoError(t, one.Fit.Model.Evaluate())
	require.NoError(t, both[0].Fit.Model.Params.Set("effect.average", []float64{1, 0, -1}))
	var want float64
	for _, m := range both {
		require.NoError(t, m.Fit.Model.Evaluate())
		want += m.Weight * m.Fit.Model.strengths()(2, 5, 1)
	}
	d := one.Fit.Model.Data
	K := d.Channels + d.Controls
	require.InDelta(t, want, meanCoefficients(both)[(2*d.Weeks+5)*K+1], 1e-12)
	require.InDelta(t, one.Fit.Model.strengths()(2, 5, 1), meanCoefficients([]Member{one})[(2*d.Weeks+5)*K+1], 1e-12)
}
