package panel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func labels(stem string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(stem, i)
	}
	return all
}

func valid() Panel {
	return Panel{
		Regions: []string{"a", "b"}, Weeks: []string{"2021-01-04", "2021-01-11"}, Channels: []string{"tv"},
		Controls: []string{"price"},
		Media:    []float64{1, 2, 3, math.NaN()}, Control: []float64{1, 2, 3, 4}, Target: []float64{1, 2, 3, 4},
		Spend: []float64{1, 2, 3, 4}, SpendNames: []string{"cost"},
	}
}

func TestNewRejectsInvalidPanels(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Panel)
		says  string
	}{
		"no regions":    {func(p *Panel) { p.Regions = nil }, "0 regions"},
		"no channels":   {func(p *Panel) { p.Channels = nil }, "0 channels"},
		"short media":   {func(p *Panel) { p.Media = p.Media[1:] }, "Media has 3 values, not 2 regions × 2 weeks × 1"},
		"short missing": {func(p *Panel) { p.Missing = make([]bool, 3) }, "Missing has 3 values, not 2 regions × 2 weeks × 1"},
		"unnamed spend": {func(p *Panel) { p.SpendNames = nil }, "Spend has 4 values"},
		"region twice":  {func(p *Panel) { p.Regions[1] = "a" }, `region "a"`},
		"negative media": {
			func(p *Panel) { p.Media[2] = -1 }, `region "b", week "2021-01-04": column "tv": "-1" is negative`,
		},
		"infinite": {
			func(p *Panel) { p.Target[1] = math.Inf(1) }, `region "a", week "2021-01-11": column "target": "+Inf"`,
		},
		"no week":        {func(p *Panel) { p.Weeks[0] = "first" }, `week "first" is not a date`},
		"mixed weeks":    {func(p *Panel) { p.Weeks[1] = "2" }, "of kind number"},
		"weeks disorder": {func(p *Panel) { p.Weeks[1] = "2021-01-01" }, "sort the weeks"},
		"week twice":     {func(p *Panel) { p.Weeks[1] = p.Weeks[0] }, "does not come after"},
		"no target":      {func(p *Panel) { p.Target = missing(4) }, `column "target" has no value at all`},
	} {
		t.Run(name, func(t *testing.T) {
			p := valid()
			c.spoil(&p)
			_, err := New(p)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestNewDoesNotChangeTheCallersData(t *testing.T) {
	given := valid()
	p, err := New(given)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 2, 3, 0}, p.Media)
	require.True(t, math.IsNaN(given.Media[3]))
	p.Target[0], p.Control[0], p.Spend[0] = 9, 9, 9
	require.Equal(t, valid().Target, given.Target)
	require.Equal(t, valid().Control, given.Control)
	require.Equal(t, valid().Spend, given.Spend)
}
