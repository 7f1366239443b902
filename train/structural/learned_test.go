package structural

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// flattened is a world whose last channel has one exposure in all weeks.
func flattened(t *testing.T, w world) *panel.Panel {
	p := *w.panel
	p.Media = slices.Clone(p.Media)
	for i := 2; i < len(p.Media); i += 3 {
		p.Media[i] = 500
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	return made
}

// What a channel with one exposure in all weeks sells cannot be told from the level, so it is assumed, whatever other channels tell of
// media; channels that vary in several regions are learned.
func TestAConstantChannelIsAssumed(t *testing.T) {
	w := newWorld(t, small)
	s := Shape{Knots: 2, Trend: calmTrend, RegionTrend: 0.03, Harmonics: 1, Media: 0.3}
	require.Equal(t, []model.Source{model.Learned, model.Learned, model.Learned}, samplerOf(t, dataOf(t, w.panel, 80), s).sources())
	constant := dataOf(t, flattened(t, w), 80)
	require.Equal(t, []model.Source{model.Learned, model.Learned, model.Assumed}, samplerOf(t, constant, s).sources())
	s.Signed = true
	signed := samplerOf(t, constant, s).sources()
	require.NotEqual(t, model.Learned, signed[2], "of either sign the level's trend may tell a little more of it")
	require.NotContains(t, signed[:2], model.Assumed)
}

// A channel that is switched on and off in several regions is learned.
func TestASwitchedChannelIsLearned(t *testing.T) {
	w := newWorld(t, size{6, 90, 0.01})
	p := *w.panel
	p.Media, p.Target = slices.Clone(p.Media), slices.Clone(p.Target)
	for cell := range p.Target {
		on := 0.0
		if (cell%90/6+cell/90)%2 == 0 {
			on = 100
			p.Target[cell] *= 1.1
		}
		p.Media[cell*3+2] = on
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	require.Equal(t, model.Learned, samplerOf(t, dataOf(t, made, 80), plain).sources()[2])
}

// The standard deviation of a weighted sum is that of the covariance.
func TestStandardDeviationOfASum(t *testing.T) {
	p := samplerOf(t, dataOf(t, newWorld(t, size{3, 60, 0.02}).panel, 52), plain).posteriors[0]
	c := p.covariance()
	i, j := p.layout.shared[2], p.layout.shared[5]
	want := 4*c.At(i, i) + 9*c.At(j, j) - 12*c.At(i, j)
	require.InEpsilon(t, want, math.Pow(p.sd(map[int]float64{i: 2, j: -3}), 2), 1e-9)
}

// A channel without any exposure has no effect, which is not assumed.
func TestAChannelThatWasNeverOnIsNotAssumed(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 80)
	for i := 2; i < len(d.Media); i += 3 {
		d.Media[i] = 0
	}
	require.True(t, d.everOn(0))
	require.False(t, d.everOn(2))
	require.NotEqual(t, model.Assumed, samplerOf(t, d, plain).sources()[2])
}

// samplerOf samples the posterior of one shape, fitted in full, without edges.
func samplerOf(t *testing.T, d *Data, s Shape) *sampler {
	f, err := NewFit(context.Background(), d, s, Options{}, Full, nil, nil)
	require.NoError(t, err)
	drawn, err := newSampler([]Member{{"only", 1, f}}, []*dag.Graph{dag.NewEmpty(d.Channels, 1)}, 1)
	require.NoError(t, err)
	return drawn
}
