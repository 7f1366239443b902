package structural

import (
	"context"
	"deepcausalmmm/train/model"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
)

// The choice does not depend on the holdout, and no trial is better than it by more than minGain.
func TestChoiceDoesNotDependOnTheHoldout(t *testing.T) {
	w := newWorld(t, small)
	const train = 80
	s := Search{Train: train, Horizon: 10, BurnIn: 4, Scaling: Relative}
	a, err := Choose(context.Background(), w.panel, s)
	require.NoError(t, err)
	other := *w.panel
	other.Target, other.Media, other.Control = spoiled(other.Target, 90, train), spoiled(other.Media, 90*3, train*3), spoiled(other.Control, 90, train)
	b, err := Choose(context.Background(), &other, s)
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.Equal(t, []model.Weeks{{Train: 70, To: 80}, {Train: 60, To: 70}, {Train: 50, To: 60}}, a.Origins)
	best := a.best()
	for _, trial := range a.Trials {
		require.GreaterOrEqual(t, trial.WMAPE, (1-minGain)*best*(1-minGain), trial.What)
	}
	require.Equal(t, a.Shape, a.Alike()[0])
	require.NotEmpty(t, a.Shape.String())
}

func TestPinnedFieldsAreNotChosen(t *testing.T) {
	w := newWorld(t, small)
	heard := 0
	c, err := Choose(context.Background(), w.panel, Search{
		Train: 80, Horizon: 10, BurnIn: 4, Scaling: Relative, Observe: func(Trial) { heard++ },
		Pin: func(s *Shape) {
			s.Harmonics, s.Knots, s.Units, s.RegionEffect, s.Media, s.Control = 3, 2, 0, 0, 0.5, 0.2
			s.CarryOver, s.Saturation, s.Signed = Weibull, Power, true
		},
	})
	require.NoError(t, err)
	require.Equal(t, heard, len(c.Trials))
	for _, trial := range c.Trials {
		s := trial.Shape
		s.RegionTrend = 0
		require.Equal(t, Shape{Knots: 2, Harmonics: 3, Media: 0.5, Control: 0.2, CarryOver: Weibull, Saturation: Power, Signed: true}, s)
	}
}

func TestTooFewWeeksGiveTheDefault(t *testing.T) {
	w := newWorld(t, size{2, 50, 0.01})
	c, err := Choose(context.Background(), w.panel, Search{Train: 42, Horizon: 5, Scaling: Relative})
	require.NoError(t, err)
	require.Empty(t, c.Trials)
	require.Equal(t, DefaultShape(42, panel.Resolution{}), c.Shape)
	require.Zero(t, c.Shape.Harmonics, "less than a year and a half shows no season")
	require.Equal(t, "trend of 1 knots (regions' own steps 0.03), no season, controls' prior 0.05, media's prior 0.3, geometric carry-over, Hill saturation, effects alike in all regions, "+
		"coefficients that do not vary", c.Shape.String())
	require.Contains(t, everything.String(), "GRU of 2 units")
	require.Contains(t, everything.String(), "effects differ by region (prior 0.2)")
	require.Contains(t, Shape{}.String(), "no controls")
}

func TestTrendVarianceDoesNotDependOnTheKnots(t *testing.T) {
	for _, knots := range []int{1, 4, 26, 78} {
		step := nationalStep(156, knots, panel.Resolution{})
		require.InDelta(t, 156.0/calmWeeks*nationalTrend*nationalTrend, float64(knots)*step*step, 1e-12, "variance over all weeks")
	}
}

// A region that was closed up to an origin has no mean to scale by there: the others are compared, and it is named.
func TestAnOriginThatCannotBeFittedIsSkipped(t *testing.T) {
	w := newWorld(t, small)
	shut := *w.panel
	shut.Closed = make([]bool, len(shut.Target))
	for t := range 55 {
		shut.Closed[t] = true
	}
	var skipped []model.Weeks
	c, err := Choose(context.Background(), &shut, Search{
		Train: 80, Horizon: 10, BurnIn: 4, Scaling: Relative, Skip: func(o model.Weeks, err error) {
			require.ErrorContains(t, err, shut.Regions[0])
			skipped = append(skipped, o)
		},
	})
	require.NoError(t, err)
	require.Equal(t, []model.Weeks{{Train: 50, To: 60}}, skipped)
	require.Equal(t, []model.Weeks{{Train: 70, To: 80}, {Train: 60, To: 70}}, c.Origins)
	require.NotEmpty(t, c.Trials)
}
