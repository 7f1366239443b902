package train

import (
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// The next experiment is of the channel with the most spend times the widest interval relative to its effect; without spend, of
// that with the widest interval; never of a mediator, and of none without intervals.
func TestNextExperiment(t *testing.T) {
	p := &panel.Panel{
		Regions: make([]string, 30), Channels: []string{"tv", "radio", "visits"}, Kinds: []panel.ChannelKind{panel.Paid, panel.Paid, panel.Mediator},
	}
	effect := func(channel string, low, high float64) model.Effect {
		return model.Effect{Channel: channel, Kind: model.Total, Value: (low + high) / 2, Low: &low, High: &high}
	}
	i := &model.Inference{KPI: 1000, Effects: []model.Effect{
		{Channel: "tv", Kind: model.Direct, Value: 1, Low: new(float64), High: new(float64)},
		effect("tv", 80, 120), effect("radio", 10, 40), effect("visits", 0, 900),
	}}
	next := nextExperiment(p, nil, i)
	require.Equal(t, "tv", next.Channel, "40 wide, against 30")
	require.Equal(t, []float64{0.08, 0.12, 0}, []float64{next.Low, next.High, next.Spend})
	require.Equal(t, "An experiment with tv would tell most: its total effect is somewhere from 8.0 to 12.0 % of the prediction. To test it, switch it off, "+
		"or halve it, in about a third of the 30 regions, drawn at random, for at least 8 weeks, and compare with the others; then enter the lift under "+
		"experiments.", next.Text)

	spend := []Spend{{"tv_cost", 60, "tv"}, {"radio_cost", 40, "radio"}, {"other", 900, ""}}
	next = nextExperiment(p, spend, i)
	require.Equal(t, "radio", next.Channel, "0.4 · 30/40 is more than 0.6 · 40/120")
	require.Contains(t, next.Text, "and it has 40 % of the spend")
	spend[0].Total = 960
	require.Equal(t, "tv", nextExperiment(p, spend, i).Channel)

	p.Regions = p.Regions[:1]
	require.Contains(t, nextExperiment(p, nil, i).Text, "for 8 weeks and back, several times")
	require.Nil(t, nextExperiment(p, nil, &model.Inference{Effects: []model.Effect{{Channel: "tv", Kind: model.Total, Value: 3}}}))
	require.Nil(t, nextExperiment(p, nil, nil))
}
