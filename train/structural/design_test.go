package structural

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/graph/op"
	"deepcausalmmm/layers"
)

// twice carries exposure over in two stages.
type twice struct{ logit *graph.Node }

func (l twice) Forward(x *graph.Node) *graph.Node {
	a := op.Sigmoid(l.logit)
	return op.Carryover(op.Carryover(x, a), a)
}

func (l twice) Penalty() *graph.Node { return layers.Shrink(l.logit, 0, 1) }

// exponential saturates exposure as 1 − e^(−rate·x), with Gorgonia's own ops.
type exponential struct{ logRate *graph.Node }

func (l exponential) Forward(x *graph.Node) *graph.Node {
	rate := op.Expand(x.Shape()[:2], op.Exp(l.logRate), nil)
	return op.Affine(-1, graph.From(gorgonia.Exp(op.Affine(-1, op.Mul(rate, x), 0))), 1)
}

func (l exponential) Penalty() *graph.Node { return layers.Shrink(l.logRate, 0, 0.5) }

// flat is a baseline without trend and season.
type flat struct{ logLevel *graph.Node }

func (l flat) Forward(ramps, _ *graph.Node) layers.Moving {
	level := op.Expand(nil, op.Exp(l.logLevel), ramps.Shape()[1:])
	return layers.Moving{LogLevel: l.logLevel, Level: level, WithTrend: level, All: level}
}

var exchanged = Design{
	CarryOver: func(s *graph.Scope, channels int) graph.Layer {
		return twice{s.Param("twice", graph.Structure, graph.Fill(-0.5), channels)}
	},
	Saturation: func(s *graph.Scope, channels int) graph.Layer {
		return exponential{s.Param("rate", graph.Structure, graph.Fill(0), channels)}
	},
	Recurrence: func(s *graph.Scope, in, units int) graph.Layer {
		return layers.NewLinear(s, "window", graph.Structure, in, units, op.Tanh, graph.Uniform(0.1), graph.Fill(0))
	},
	Baseline: func(s *graph.Scope, regions, _, _ int) Baseline {
		return flat{s.Param("level", graph.Structure, graph.Fill(-0.5), regions)}
	},
	Penalty: func(_ *graph.Scope, out Outputs) *graph.Node {
		return op.Combine([]float64{0.1}, op.SquareSum(out.Strength))
	},
}

// Every part of the model can be exchanged: the fit, its effects and its resamples are those of the new parts.
func TestDesignExchangesEveryPart(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 80)
	o := Options{Seed: 9, Design: exchanged}
	requireGradients(t, d, everything, o)

	f, err := NewFit(context.Background(), d, everything, o, Effort{Start: 60}, nil, nil)
	require.NoError(t, err)
	for _, own := range []string{"effect.decay", "effect.half", "effect.slope", "baseline.level", "gru.weight_ih_l0"} {
		require.Nil(t, f.Model.Params.Get(own), own)
	}
	for _, name := range []string{"twice", "rate", "window.weight", "level"} {
		require.NotNil(t, f.Model.Params.Get(name), name)
	}
	e := effectsAlong(t, f, chain(t))
	require.Greater(t, e.Channels[0].Indirect, 0.0, "interventions travel with any layers")
	drawn, err := newSampler([]Member{{"exchanged", 1, f}}, []*dag.Graph{chain(t)}, 3)
	require.NoError(t, err)
	draws, leftOut, err := drawn.draw(context.Background(), 2, nil)
	require.NoError(t, err)
	require.Empty(t, leftOut)
	for _, v := range draws[0].Predicted {
		require.False(t, math.IsNaN(v))
	}
}

// A part that does not fit is an error of NewModel, which says what does not fit.
func TestDesignThatDoesNotFit(t *testing.T) {
	o := Options{Design: Design{Saturation: func(s *graph.Scope, channels int) graph.Layer {
		return exponential{s.Param("rate", graph.Structure, graph.Fill(0), channels+1)}
	}}}
	_, err := NewModel(dataOf(t, newWorld(t, small).panel, 80), plain, o, graph.NewParams(tensor.Float64, 1), true)
	var misuse *graph.BuildError
	require.ErrorAs(t, err, &misuse)
	require.ErrorContains(t, err, "structural: op: (6, 90, 4) ∘ (6, 90, 3): shapes differ")
}
