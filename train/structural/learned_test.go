package structural

import (
	"context"
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

// What a channel with one exposure in all weeks sells cannot be told from the level, so it is assumed; channels that vary in
// several regions are learned.
func TestAConstantChannelIsAssumed(t *testing.T) {
	w := newWorld(t, small)
	for _, c := range []struct {
		panel *panel.Panel
		last  model.Source
	}{{w.panel, model.Learned}, {flattened(t, w), model.Assumed}} {
		for _, signed := range []bool{false, true} {
			s := Shape{Knots: 2, Trend: calmTrend, RegionTrend: 0.03, Harmonics: 1, Media: 0.3, Signed: signed}
			drawn := samplerOf(t, dataOf(t, c.panel, 80), s)
			require.Equal(t, []model.Source{model.Learned, model.Learned, c.last}, drawn.sources(), "signed: %v", signed)
		}
	}
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
