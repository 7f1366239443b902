package structural

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/panel"
)

func TestDataAreRelativeToTheTrainingWeeks(t *testing.T) {
	w := newWorld(t, small)
	const train = 70
	d := dataOf(t, w.panel, train)
	M, T := d.Channels, d.Weeks
	for r := range d.Regions {
		mean, target := make([]float64, M), 0.0
		for m := range M {
			var exposure []float64
			for week := range train {
				exposure = append(exposure, d.Media[(r*T+week)*M+m])
			}
			sorted := slices.Sorted(slices.Values(exposure))
			for _, x := range exposure {
				mean[m] += min(x, panel.Outlying*sorted[(train-1)/2]) / train // outlying weeks do not set the scale
			}
		}
		for week := range train {
			target += d.Target[r*T+week] / train
		}
		require.InDelta(t, 1, target, 1e-12)
		for m := range M {
			require.InDelta(t, 1, mean[m], 1e-12)
		}
		for week := range T {
			want := 1.0
			if week < 4 || week >= train {
				want = 0
			}
			require.Equal(t, want, d.Weight[r*T+week], "burn-in and holdout have no weight")
		}
	}
}

// Scaling and weights do not depend on the holdout.
func TestScalingDoesNotDependOnTheHoldout(t *testing.T) {
	w := newWorld(t, small)
	const train = 70
	other := *w.panel
	other.Media, other.Target, other.Control = spoiled(w.panel.Media, 90*3, train*3), spoiled(w.panel.Target, 90, train), spoiled(w.panel.Control, 90, train)
	a, b := dataOf(t, w.panel, train), dataOf(t, &other, train)
	require.Equal(t, a.Scaling, b.Scaling)
	require.Equal(t, a.Weight, b.Weight)
	require.NotEqual(t, a.Target, b.Target)
}

// spoiled returns x with the values from a position on changed in each row.
func spoiled(x []float64, row, from int) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v
		if i%row >= from {
			y[i] = 7*v + 3
		}
	}
	return y
}

// A missing row takes the mean exposure of the other regions. A row of empty cells is data: a week off air.
func TestOnlyMissingRowsAreImputed(t *testing.T) {
	w := newWorld(t, small)
	const R, T, M = 6, 90, 3
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfNDistinct(rapid.IntRange(0, R*T-1), 2, 20, rapid.ID[int]).Draw(t, "cells")
		dark, missing := cells[:len(cells)/2], cells[len(cells)/2:]
		p := *w.panel
		p.Media, p.Target, p.Missing = slices.Clone(p.Media), slices.Clone(p.Target), make([]bool, R*T)
		for _, cell := range cells {
			p.Target[cell], p.Missing[cell] = math.NaN(), slices.Contains(missing, cell)
			for m := range M {
				p.Media[cell*M+m] = math.NaN()
			}
		}
		made, err := panel.New(p)
		require.NoError(t, err)
		d, err := NewData(made, 80, 10, 4, Relative)
		require.NoError(t, err)
		exposure := made.Exposure(d.Media, d.Scaling.exposure())
		for _, cell := range cells {
			require.False(t, d.Known[cell])
			require.Zero(t, d.Weight[cell])
		}
		for _, cell := range dark {
			require.Zero(t, exposure[cell*M : (cell+1)*M][0]+d.Media[cell*M], "cell %d is a week off air", cell)
		}
		for _, cell := range missing {
			for m := range M {
				mean, n := 0.0, 0.0
				for r := range R {
					if other := r*T + cell%T; made.HasRow(other) {
						mean, n = mean+d.Media[other*M+m], n+1
					}
				}
				if n > 0 {
					mean /= n
				}
				require.InDelta(t, mean, d.Media[cell*M+m], 1e-12, "cell %d has no row", cell)
				require.InDelta(t, mean*d.Scaling.Media[cell/T*M+m], exposure[cell*M+m], 1e-9*exposure[cell*M+m])
			}
		}
	})
}

func TestChannelNeverOnInARegionTakesTheScaleOfTheOthers(t *testing.T) {
	w := newWorld(t, small)
	p := *w.panel
	p.Media = append([]float64{}, p.Media...)
	for week := range 90 {
		p.Media[week*3+2] = 0
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	d := dataOf(t, made, 80)
	others := 0.0
	for r := 1; r < d.Regions; r++ {
		others += d.Scaling.Media[r*3+2] / float64(d.Regions-1)
	}
	require.InEpsilon(t, others, d.Scaling.Media[2], 1e-12)
	require.Zero(t, d.Media[50*3+2])

	share, err := NewData(made, 80, 10, 4, Share)
	require.NoError(t, err)
	for r := range share.Regions {
		require.InDelta(t, 3, share.Scaling.Share[r*3]+share.Scaling.Share[r*3+1]+share.Scaling.Share[r*3+2], 1e-12)
	}
}

// Only a control that grows with the region's size is scaled after taking logarithms.
func TestControlsAreScaledWithinRegions(t *testing.T) {
	w := newWorld(t, small)
	p := *w.panel
	p.Control = append([]float64{}, p.Control...)
	for i := range p.Control {
		p.Control[i] = math.Exp(5*float64(i/90) + 0.1*p.Control[i])
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	require.False(t, dataOf(t, w.panel, 80).Scaling.Control[0].Log)
	d := dataOf(t, made, 80)
	require.True(t, d.Scaling.Control[0].Log)
	for r := range d.Regions {
		mean := 0.0
		for week := range 80 {
			mean += d.Control[r*90+week] / 80
		}
		require.InDelta(t, 0, mean, 0.02, "up to clipping")
	}
	c := Control{Mean: []float64{2}, SD: 0.5}
	require.Equal(t, 2.0, c.of(0, 3))
	require.Equal(t, float64(clipControl), c.of(0, 1000))
	require.Equal(t, -float64(clipControl), Control{Log: true, Mean: []float64{2}, SD: 0.5}.of(0, 0))
	require.Zero(t, Control{Mean: []float64{2}}.of(0, 3), "a constant control is 0")
}

func TestDataNeedAKnownTarget(t *testing.T) {
	w := newWorld(t, small)
	p := *w.panel
	p.Filled = make([]bool, len(p.Target))
	for i := range p.Filled {
		p.Filled[i] = i%90 < 80
	}
	_, err := NewData(&p, 80, 10, 4, Relative)
	require.ErrorContains(t, err, "no target of the training weeks is known")
}
