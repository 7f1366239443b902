package train

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

func TestDetailsDescribeThePanel(t *testing.T) {
	p := panel.Panel{Regions: []string{"a", "b"}, Channels: []string{"tv"}, SpendNames: []string{"cost", "fee"}}
	for w := range 20 {
		p.Weeks = append(p.Weeks, string(rune('0'+w/10))+string(rune('0'+w%10)))
	}
	for i := range 40 {
		p.Media, p.Target = append(p.Media, float64(i)), append(p.Target, 5+float64(i%3))
		p.Spend = append(p.Spend, 2, 3)
	}
	p.Target[7], p.Target[39] = math.NaN(), math.NaN()
	complete, err := panel.New(p)
	require.NoError(t, err)
	c := DefaultConfig()
	own(c).HiddenDim, own(c).NEpochs, own(c).WarmStartEpochs, c.MinTrainWeeks, c.HoldoutRatio = 4, 1, 0, 10, 0.25
	r := run(t, c, complete, model.Observer{})
	require.Equal(t, [][]int{{7}, {19}}, r.Details.Filled)
	require.Equal(t, []Spend{{Column: "cost", Total: 80}, {Column: "fee", Total: 120}}, r.Details.Spend)
	require.Equal(t, 15, r.Details.HoldoutFrom)
	require.Equal(t, []ComponentName{{"baseline", model.Baseline}, {"season", model.Season}, {"tv", model.Media}}, r.Details.Components)
}
