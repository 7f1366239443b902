package structural

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// liftsOf are experiments of every kind on a world of 3 regions and 24 weeks, of which 20 train.
func liftsOf() []Lift {
	return []Lift{
		{Channels: []int{0}, Regions: []int{2, 0}, Span: panel.Span{From: 8, To: 12}, Until: 14, Factor: 0, Measured: -900, SE: 300},
		{Channels: []int{0, 2}, Regions: []int{1}, Span: panel.Span{From: 5, To: 9}, Until: 9, Factor: 2, InPanel: true, Measured: -50, SE: 100},
		{Channels: []int{1}, Regions: []int{0, 1, 2}, Span: panel.Span{From: 10, To: 20}, Until: 20, Factor: 1.5, Direct: true, Measured: 70, SE: 40},
		{Channels: []int{2}, Regions: []int{0, 1, 2}, Span: panel.Span{From: 12, To: 22}, Until: 22, Measured: 1e9, SE: 1}, // beyond the training
	}
}

// The gradient of the whole loss by finite differences, with experiments of every kind.
func TestGradientOfTheLossWithExperiments(t *testing.T) {
	w := newWorld(t, size{3, 24, 0.01})
	for _, by := range []MediaScaling{Relative, Share} {
		d, err := NewData(w.panel, 20, 4, 4, by)
		require.NoError(t, err)
		requireGradients(t, d, everything, Options{Seed: 9, Graph: chain(t), Lifts: liftsOf()})
	}
}

// An experiment's term is what the model says of the intervention: its lift equals the difference of two predictions, the second
// under do(), over the cells that count.
func TestLiftIsThatOfTheIntervention(t *testing.T) {
	w := newWorld(t, size{3, 24, 0.01})
	d := dataOf(t, w.panel, 24)
	const from, until = 9, 24 // an intervention holds until the last week
	for _, factor := range []float64{0, 0.5, 3} {
		for _, direct := range []bool{false, true} {
			g := chain(t)
			if direct {
				g = dag.NewEmpty(3, 1)
			}
			f, err := NewFit(context.Background(), d, everything, Options{Seed: 9}, Effort{Start: 5}, nil, nil)
			require.NoError(t, err)
			m := f.Model
			sum := func() (kpi float64) {
				own, total := m.Floats(m.Media), m.Floats(m.Prediction)
				for r := range 3 {
					for t := from; t < until; t++ {
						cell := r*24 + t
						if direct {
							kpi += d.unit(cell) * own[cell*3]
						} else {
							kpi += d.unit(cell) * total[cell]
						}
					}
				}
				return kpi
			}
			require.NoError(t, m.Evaluate())
			was := sum()
			structure, err := NewStructure(d, g)
			require.NoError(t, err)
			exposure, err := structure.Under(model.Intervention{Channels: map[int]float64{0: factor}}, from)
			require.NoError(t, err)
			require.NoError(t, m.Under(exposure, nil, from))
			want := sum() - was

			penalty := func(lifts ...Lift) float64 {
				tested, err := NewModel(d, everything, Options{Seed: 9, Graph: chain(t), Lifts: lifts}, m.Params, true)
				require.NoError(t, err)
				require.NoError(t, tested.machine.Run())
				return float64(3*20) * tested.Scalar(tested.Loss.Prior)
			}
			l := Lift{Channels: []int{0}, Regions: []int{0, 1, 2}, Span: panel.Span{From: from, To: until}, Until: until, Factor: factor, Direct: direct, Measured: want, SE: 10}
			require.InDelta(t, penalty(), penalty(l), 1e-6, "factor %g, direct %v", factor, direct)
			l.Measured += 30
			require.InDelta(t, penalty()+4.5, penalty(l), 1e-6, "three standard errors away")
			l.InPanel, l.Measured = true, -want
			require.InDelta(t, penalty(), penalty(l), 1e-6, "the panel has the change, and is compared with the world without it")
			l.InPanel, l.Until = false, until-2
			l.Measured = 0
			short := penalty(l)
			l.Span.To = until - 2
			require.InDelta(t, short, penalty(l), 1e-6, "what happens after the last week that counts is not in the lift")
		}
	}
}

// Undoing a change that the panel has gives the panel without it, descendants included, whether by its factor or by the usual
// exposure.
func TestTheOtherWorldUndoesTheChange(t *testing.T) {
	w := newWorld(t, size{3, 24, 0.01})
	d := dataOf(t, w.panel, 24)
	rng := rand.New(rand.NewPCG(1, 3))
	travel, err := newTraveller(chain(t), 24)
	require.NoError(t, err)
	span := panel.Span{From: 6, To: 15}
	for _, factor := range []float64{0, 0.2, 4} {
		without := *d
		without.Media = append([]float64{}, d.Media...)
		usual := 0.5 + rng.Float64()
		for week := span.From; week < span.To; week++ {
			without.Media[(1*24+week)*3] = usual
		}
		for week := range 24 {
			without.Media[(1*24+week)*3+1]++ // so that none falls to 0, where it could fall no further
		}
		change := Lift{Channels: []int{0}, Regions: []int{1}, Span: span, Until: span.To, Factor: factor}
		changed, err := change.exposure(&without, 0, travel)
		require.NoError(t, err)
		with := without
		with.Media = append([]float64{}, without.Media...)
		copy(with.Media[24*3:], changed)
		require.NotEqual(t, without.Media[(24+8)*3+1], with.Media[(24+8)*3+1], "search follows tv")
		require.NotEqual(t, without.Media[(24+15)*3+1], with.Media[(24+15)*3+1], "a week later, too")

		back := Lift{Channels: []int{0}, Regions: []int{1}, Span: span, Until: span.To, InPanel: true, Usual: slices.Repeat([]float64{usual * d.Scaling.Media[1*3]}, span.Len())}
		undone, err := back.exposure(&with, 0, travel)
		require.NoError(t, err)
		require.InDeltaSlice(t, without.Media[24*3:][:24*3], undone, 1e-8, "factor %g, by the usual exposure", factor)
		if factor > 0 {
			back.Usual, back.Factor = nil, 1/factor
			undone, err = back.exposure(&with, 0, travel)
			require.NoError(t, err)
			require.InDeltaSlice(t, without.Media[24*3:][:24*3], undone, 1e-8, "factor %g", factor)
		}
	}
}
