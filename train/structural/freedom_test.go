package structural

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/panel"
)

// noisy is a single series of weeks of an idle and a busy channel, whose target is a level, what the busy one sells, and normal noise.
func noisy(t *testing.T, weeks, controls int, noise float64, seed uint64) *panel.Panel {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := panel.Panel{Regions: []string{"all"}, Channels: []string{"busy", "idle"}}
	for c := range controls {
		p.Controls = append(p.Controls, fmt.Sprint("control ", c))
	}
	for week := range weeks {
		busy, idle := rng.ExpFloat64(), rng.ExpFloat64()
		p.Weeks, p.Media = append(p.Weeks, fmt.Sprint(week)), append(p.Media, busy, idle)
		for range controls {
			p.Control = append(p.Control, rng.NormFloat64())
		}
		p.Target = append(p.Target, 1000*(0.8+0.2*busy/(1+busy)+noise*rng.NormFloat64()))
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	return made
}

// A fit of many parameters leaves residuals that are smaller than the noise; its width is that of the noise all the same.
func TestWidthIsThatOfTheNoise(t *testing.T) {
	const noise = 0.05
	shape := Shape{Knots: 12, Trend: livelyTrend, RegionTrend: livelySteps, Harmonics: 2, Control: 0.3, Media: mediaSize}.complete()
	var widths, residuals []float64
	for seed := range uint64(6) {
		p := noisy(t, 80, 12, noise, seed)
		f, err := NewFit(context.Background(), dataOf(t, p, 80), shape, Options{}, Full, nil, nil)
		require.NoError(t, err)
		unit := stat.Mean(p.Target, nil) / 1000
		widths = append(widths, f.Sigma*math.Sqrt(f.Dof/(f.Dof-2))*unit)
		residuals = append(residuals, f.Model.rmse(0, 80)*unit)
	}
	require.Less(t, stat.Mean(residuals, nil), 0.87*noise, "the world is too easy to tell the widths apart")
	require.InEpsilon(t, noise, stat.Mean(widths, nil), 0.08)
}

// With more parameters than half the weeks, a density with heavy enough tails would fit some weeks exactly and give up the others.
func TestNoiseDoesNotCollapse(t *testing.T) {
	p := noisy(t, 60, 25, 0.05, 1)
	shape := Shape{Knots: 10, Trend: livelyTrend, RegionTrend: livelySteps, Harmonics: 2, Control: 0.3, Media: mediaSize}.complete()
	f, err := NewFit(context.Background(), dataOf(t, p, 60), shape, Options{}, Full, nil, nil)
	require.NoError(t, err)
	require.Greater(t, f.Sigma*math.Sqrt(f.Dof/(f.Dof-2)), f.Model.rmse(0, 60))
}

// Priors so tight that nothing moves leave the data no parameter to determine; without any pull each control is one.
func TestEffectiveParametersAreThoseOfTheData(t *testing.T) {
	count := func(controls int, scale float64) float64 {
		d := dataOf(t, noisy(t, 200, controls, 0.05, 3), 200)
		shape := Shape{Knots: 1, Trend: 1e-6, RegionTrend: 1e-6, Control: scale, Media: mediaSize}.complete()
		m, p := posteriorOf(t, d, shape, Options{})
		n, err := m.effectiveParameters(p, 1)
		require.NoError(t, err)
		require.Equal(t, p.mode, m.vector(), "it moves the fit")
		return n
	}
	without := count(0, 1)
	require.InDelta(t, without, count(10, 1e-6), 1.5) // twice the standard error of an estimate in 16 directions
	require.InDelta(t, without+10, count(10, 10), 3)
	require.Less(t, without, 8.0)
}
