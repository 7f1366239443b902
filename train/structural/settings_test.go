package structural

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

func TestPriorsBecomeSharesOfTheTarget(t *testing.T) {
	p, err := panel.Read("../../testdata/sample.csv", panel.Columns{
		Region: "region", Week: "week", Target: "sales", Media: []string{"*_impressions"}, Spend: []string{"control_price_index"},
	})
	require.NoError(t, err)
	number := func(v float64) *float64 { return &v }
	s := Settings{MediaContributionSD: 0.1, ChannelPriors: []ChannelPrior{
		{Channel: "radio_impressions", Share: number(0.02), SD: 0.001},
		{Channel: "tv_impressions", ROI: number(3), SD: 0.5, Spend: "control_price_index"},
	}}
	priors, err := s.priors(model.Shared{MediaContributionPrior: 0.3}, p, panel.Span{From: 0, To: 115})
	require.NoError(t, err)
	require.Equal(t, SharePrior{Channel: AllMedia, Share: 0.3, SD: 0.1}, priors[0])
	radio := slices.Index(p.Channels, "radio_impressions")
	require.Equal(t, SharePrior{Channel: radio, Share: 0.02, SD: 0.001}, priors[1])
	spent, sold := 0.0, 0.0
	for i, y := range p.Target {
		if i%130 < 115 {
			spent, sold = spent+p.Spend[i], sold+y
		}
	}
	require.InEpsilon(t, 3*spent/sold, priors[2].Share, 1e-9)
	require.InEpsilon(t, 0.5*spent/sold, priors[2].SD, 1e-9)

	tv := slices.Index(p.Channels, "tv_impressions")
	p.SpendOf = slices.Repeat([]int{-1}, len(p.Channels))
	p.SpendOf[tv] = 0
	s.ChannelPriors = []ChannelPrior{{Channel: "tv_impressions", ROI: number(3), SD: 0.5}}
	paired, err := s.priors(model.Shared{}, p, panel.Span{From: 0, To: 115})
	require.NoError(t, err)
	require.Equal(t, priors[2:], paired, "the channel's own spend need not be named")
	s.ChannelPriors[0].Channel = "radio_impressions"
	_, err = s.priors(model.Shared{}, p, panel.Span{From: 0, To: 115})
	require.ErrorContains(t, err, `"radio_impressions" is an roi: name its column of data.spend as spend, here or under data.channels`)
}
