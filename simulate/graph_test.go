package simulate

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestGraphIsADAGInCausalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		f, err := newFunnel(c, newDraws(c.Seed, ""))
		require.NoError(t, err)
		require.Len(t, f.order, len(c.Channels))
		for child, parents := range f.parents {
			for _, parent := range parents {
				earlier, later := slices.Index(f.order, parent), slices.Index(f.order, child)
				require.Less(t, earlier, later, "edge %d → %d", parent, child)
			}
		}
		if len(f.order) > 1 {
			require.False(t, slices.IsSorted(f.order), "the columns are in causal order")
		}
	})
}

func TestUpstreamChannelsHaveChildrenAndNoParents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := runDrawn(t, drawConfig(t)).Truth()
		for _, channel := range truth.Channels {
			feeds := slices.ContainsFunc(truth.Edges, func(e [2]string) bool { return e[0] == channel })
			fed := slices.ContainsFunc(truth.Edges, func(e [2]string) bool { return e[1] == channel })
			require.Equal(t, feeds && !fed, slices.Contains(truth.Upstream, channel), channel)
		}
	})
}

func TestWeightsLeaveEveryChannelItsOwnPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		f, err := newFunnel(c, newDraws(c.Seed, ""))
		require.NoError(t, err)
		for channel, parents := range f.parents {
			require.GreaterOrEqual(t, f.plan(channel), 1-maxPull-1e-12)
			require.Equal(t, len(parents) == 0, f.plan(channel) == 1)
		}
	})
}

func TestNamedFunnelIsTheConfiguredOne(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	truth := w.Truth()
	require.Equal(t, DefaultConfig().Edges, truth.Edges)
	require.Equal(t, []string{"display_impressions", "radio_impressions", "tv_impressions"}, truth.Upstream)
	require.NotEqual(t, truth.Channels, truth.CausalOrder)
}

func TestCycleIsNamed(t *testing.T) {
	c := DefaultConfig()
	c.Edges = append(c.Edges, [2]string{"search_impressions", "tv_impressions"})
	_, err := Run(c)
	require.EqualError(t, err, "edges: search_impressions, social_impressions, tv_impressions is invalid: "+
		"want no channel to feed itself through others")
}
