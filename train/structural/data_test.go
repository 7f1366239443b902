package structural

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
)

func TestDataAreRelativeToTheTrainingWeeks(t *testing.T) {
	w := newWorld(t, small)
	const train = 70
	d := dataOf(t, w.panel, train)
	M, T := d.Channels, d.Weeks
	for r := range d.Regions {
		mean, target := make([]float64, M), 0.0
		for week := range train {
			target += d.Target[r*T+week] / train
			for m := range M {
				mean[m] += d.Media[(r*T+week)*M+m] / train
			}
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
			require.Equal(t, want, d.Weight[r*T+week], "burn-in and holdout do not count")
		}
	}
}

// What the holdout holds changes nothing of the scaling, nor of what counts.
func TestScalingDoesNotLookAtTheHoldout(t *testing.T) {
	w := newWorld(t, small)
	const train = 70
	other := *w.panel
	other.Media, other.Target, other.Control = spoiled(w.panel.Media, 90*3, train*3), spoiled(w.panel.Target, 90, train), spoiled(w.panel.Control, 90, train)
	a, b := dataOf(t, w.panel, train), dataOf(t, &other, train)
	require.Equal(t, a.Scaling, b.Scaling)
	require.Equal(t, a.Weight, b.Weight)
	require.NotEqual(t, a.Target, b.Target)
}

// spoiled is x with everything behind a place in each row changed.
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

func TestRowsThatAreNotThereAreNoWeeksOffAir(t *testing.T) {
	w := newWorld(t, small)
	p := *w.panel
	p.Media, p.Target = append([]float64{}, p.Media...), append([]float64{}, p.Target...)
	const cell = 1*90 + 30
	p.Target[cell] = math.NaN()
	for m := range 3 {
		p.Media[cell*3+m] = math.NaN()
	}
	quiet := 2*90 + 30 // a week off air, which has a target
	for m := range 3 {
		p.Media[quiet*3+m] = 0
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	d := dataOf(t, made, 80)
	for m := range 3 {
		mean, n := 0.0, 0.0
		for r := range d.Regions {
			if r != 1 {
				mean, n = mean+d.Media[(r*90+30)*3+m], n+1
			}
		}
		require.InDelta(t, mean/n, d.Media[cell*3+m], 1e-12)
		require.Zero(t, d.Media[quiet*3+m])
		require.InDelta(t, d.Media[cell*3+m]*d.Scaling.Media[1*3+m], d.Exposure(made)[cell*3+m], 1e-9)
	}
	require.Zero(t, d.Weight[cell])
	require.False(t, d.Known[cell])
	require.True(t, d.Known[quiet])
}

func TestAChannelNeverOnInARegionHasTheOthersScale(t *testing.T) {
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

// A control that counts something of the region's size is taken in logarithms; another is not.
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
		require.InDelta(t, 0, mean, 0.02, "but for clipping")
	}
	c := Control{Mean: []float64{2}, SD: 0.5}
	require.Equal(t, 2.0, c.of(0, 3))
	require.Equal(t, float64(clipControl), c.of(0, 1000))
	require.Equal(t, -float64(clipControl), Control{Log: true, Mean: []float64{2}, SD: 0.5}.of(0, 0))
	require.Zero(t, Control{Mean: []float64{2}}.of(0, 3), "a control that never moved says nothing")
}

func TestWithoutAKnownTargetThereIsNothingToFit(t *testing.T) {
	w := newWorld(t, small)
	p := *w.panel
	p.Filled = make([]bool, len(p.Target))
	for i := range p.Filled {
		p.Filled[i] = i%90 < 80
	}
	_, err := NewData(&p, 80, 10, 4, Relative)
	require.ErrorContains(t, err, "no target of the training weeks is known")
}
