package panel_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
)

func TestFirstDoesNotDependOnLaterWeeks(t *testing.T) {
	nan := math.NaN()
	p, err := panel.New(panel.Panel{
		Regions: []string{"north", "south"}, Weeks: []string{"1", "2", "3", "4"}, Channels: []string{"tv"}, Controls: []string{"price"},
		Media: []float64{1, 2, 3, 4, 5, 6, 7, 8}, Control: []float64{.1, .2, .3, .4, .5, .6, .7, .8},
		Target: []float64{nan, 20, 30, 40, nan, nan, 70, 80}, Spend: []float64{8, 7, 6, 5, 4, 3, 2, 1}, SpendNames: []string{"cost"},
		Missing: []bool{false, false, false, false, true, false, false, true},
	})
	require.NoError(t, err)
	first, err := p.First(3)
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2", "3"}, first.Weeks)
	require.Equal(t, []float64{1, 2, 3, 5, 6, 7}, first.Media)
	require.Equal(t, []float64{.1, .2, .3, .5, .6, .7}, first.Control)
	require.Equal(t, []float64{8, 7, 6, 4, 3, 2}, first.Spend)
	require.Equal(t, []bool{true, false, false, true, true, false}, first.Filled)
	require.Equal(t, []bool{false, false, false, true, false, false}, first.Missing)
	require.Equal(t, 6, p.Report.Rows)
	require.Equal(t, 5, first.Report.Rows)
	require.Equal(t, []string{"south"}, first.Report.ShortRegions)
	require.Equal(t, []float64{20, 20, 30, 70, 70, 70}, first.Target)

	two, err := p.First(2)
	require.NoError(t, err)
	require.Equal(t, []float64{20, 20, 20, 20}, two.Target, "the south's 70 is not known yet: it takes the mean")
	for _, n := range []int{0, 5} {
		_, err = p.First(n)
		require.EqualError(t, err, map[int]string{0: "panel: the first 0 of 4 weeks", 5: "panel: the first 5 of 4 weeks"}[n])
	}
}
