package report_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFilledHoldoutIsReported(t *testing.T) {
	p := shop(2, 40, threeChannels, nil, nil)
	for _, i := range []int{5, 32, 39} { // of the first region; the holdout begins with week 32
		p.Target[i] = math.NaN()
	}
	shown := open(t, trained(t, p, nil))
	warnings := textOf(shown.find(".warnings")[0])
	require.Contains(t, warnings, "2 of the holdout's 16 region-weeks had no recorded value")
	require.Contains(t, warnings, "1 of the 64 region-weeks fitted to had no recorded value")
	require.Len(t, find(shown.find("#fit-scatter")[0], ".filled"), 2)
	require.Equal(t, "region 1126", textOf(find(find(shown.find("#data-section")[0], "tbody")[0], "tr")[0])[:11])
	count := 0.0
	for _, v := range shown.data.Charts["data-filled"].Views[0].Values[0] {
		count += *v
	}
	require.Equal(t, 3.0, count)
}
