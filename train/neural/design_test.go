package neural_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
	"deepcausalmmm/train/neural"
)

// delayed carries exposure over in three stages, so that its weights peak some weeks after the exposure (Solow 1960).
type delayed struct{ logit *graph.Node }

func newDelayed(s *graph.Scope, channels int) graph.Layer {
	return delayed{s.Param("delayed.decay", graph.Structure, graph.Fill(0.4), channels)}
}

func (l delayed) Forward(x *graph.Node) *graph.Node {
	a := op.Sigmoid(l.logit)
	return op.Carryover(op.Carryover(op.Carryover(x, a), a), a)
}

// Penalty implements graph.Penalised: a normal prior around 0.
func (l delayed) Penalty() *graph.Node { return layers.Shrink(l.logit, 0, 1) }

// weekly is a baseline with a level for each week.
type weekly struct {
	level   *graph.Node // [weeks]
	regions int
}

func newWeekly(s *graph.Scope, regions, weeks int) graph.Source {
	return weekly{s.Param("weekly.level", graph.Structure, graph.Fill(0.5), weeks), regions}
}

func (l weekly) Forward() *graph.Node { return op.Expand([]int{l.regions}, l.level, nil) }

// newWindow is a recurrence without memory.
func newWindow(s *graph.Scope, in, hidden int) graph.Layer {
	return layers.NewLinear(s, "window", graph.Structure, in, hidden, op.Tanh, graph.Uniform(0.1), graph.Fill(0))
}

var exchanged = neural.Design{
	CarryOver: newDelayed, Saturation: newExponential, Recurrence: newWindow, Baseline: newWeekly,
	Penalty: func(_ *graph.Scope, out neural.Outputs) *graph.Node {
		return op.Combine([]float64{0.01}, op.SquareSum(out.MediaContributions))
	},
}

// Every part of the model can be exchanged: the new parts' parameters replace those of its own, their penalties and the
// design's are in the loss, and the gradient of the loss agrees with finite differences.
func TestDesignExchangesEveryPart(t *testing.T) {
	d := neural.Dims{Regions: 2, Weeks: 5, Channels: 3, Controls: 1}
	c := smallConfig(dag.NOTEARS)
	c.AttributionRegWeight, c.SeasonalRegWeight = 0, 0 // their quotients are constants to the gradient
	params := graph.NewParams(tensor.Float64, 3)
	x := randomData(rand.New(rand.NewPCG(1, 9)), d)
	m, err := neural.New(c, d, params, neural.Training, exchanged)
	require.NoError(t, err)
	require.NoError(t, m.SetData(x.media, x.controls, x.target, x.season))
	m.SetDuals(true, 2, 0.5)
	for _, own := range []string{"alpha", "hill_a", "hill_g", "gru.weight_ih_l0", "region_baseline"} {
		require.Nil(t, params.Get(own), own)
	}
	for _, name := range []string{"delayed.decay", "saturation_rate", "window.weight", "weekly.level"} {
		require.NotNil(t, params.Get(name), name)
	}
	requireGradients(t, m)

	without := exchanged
	without.Penalty = nil
	plain, err := neural.New(c, d, params, neural.Training, without)
	require.NoError(t, err)
	require.NoError(t, plain.SetData(x.media, x.controls, x.target, x.season))
	plain.SetDuals(true, 2, 0.5)
	require.NoError(t, plain.Run())
	require.NoError(t, m.Run())
	penalty := 0.0
	for _, v := range m.Floats(m.Outputs.MediaContributions) {
		penalty += 0.01 * v * v
	}
	require.InDelta(t, penalty, m.Scalar(m.Loss.Total)-plain.Scalar(plain.Loss.Total), 1e-12)
}

// requireGradients compares the gradient of the total loss with finite differences.
func requireGradients(t *testing.T, m *neural.Model) {
	const step = 1e-6
	require.NoError(t, m.Run())
	for i, p := range m.Parameters {
		grad := graph.Floats(m.Gradient(i))
		values := p.Value.Data().([]float64)
		for j, old := range values {
			at := func(v float64) float64 {
				values[j] = v
				require.NoError(t, m.Run())
				return m.Scalar(m.Loss.Total)
			}
			numeric := (at(old+step) - at(old-step)) / (2 * step)
			values[j] = old
			require.InDelta(t, numeric, grad[j], 1e-6*max(1, math.Abs(numeric)), "∂/∂%s[%d], %+v", p.Name, j, m.Dims)
		}
	}
}

// A part that does not fit is an error of New, which says what does not fit.
func TestDesignThatDoesNotFit(t *testing.T) {
	d := neural.Dims{Regions: 2, Weeks: 5, Channels: 3}
	for want, design := range map[string]neural.Design{
		"op: carryover: exposure is (2, 5, 3), so ": {
			CarryOver: func(s *graph.Scope, channels int) graph.Layer { return newDelayed(s, channels+1) },
		},
		"shapes differ": {
			Baseline: func(s *graph.Scope, regions, weeks int) graph.Source { return newWeekly(s, regions, weeks+1) },
		},
	} {
		_, err := neural.New(smallConfig(dag.Triangular), d, graph.NewParams(tensor.Float64, 3), neural.Training, design)
		var misuse *graph.BuildError
		require.ErrorAs(t, err, &misuse)
		require.ErrorContains(t, err, want)
	}
}
