package panel

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// draw makes a panel of up to 4 regions, 40 weeks, 4 channels and 3 controls, with the target well above 0.
func draw(t *rapid.T) *Panel {
	R, T := rapid.IntRange(1, 4).Draw(t, "regions"), rapid.IntRange(2, 40).Draw(t, "weeks")
	M, C := rapid.IntRange(1, 4).Draw(t, "channels"), rapid.IntRange(0, 3).Draw(t, "controls")
	numbers := func(name string, n int, of *rapid.Generator[float64]) []float64 {
		return rapid.SliceOfN(of, n, n).Draw(t, name)
	}
	spots := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0.01, 1000))
	p, err := New(Panel{
		Regions: labels("r", R), Weeks: labels("", T), Channels: labels("m", M), Controls: labels("c", C),
		Media:   numbers("media", R*T*M, spots),
		Control: numbers("control", R*T*C, rapid.Float64Range(-50, 50)),
		Target:  numbers("target", R*T, rapid.Float64Range(1, 100)),
	})
	require.NoError(t, err)
	return p
}

// split takes at least one week for training and may leave none as holdout.
func split(t *rapid.T, p *Panel) (train, holdout Span) {
	train, holdout, err := p.Split(rapid.Float64Range(0, 0.9).Draw(t, "ratio"), 1)
	require.NoError(t, err)
	return train, holdout
}

func fitted(t *rapid.T, p *Panel, span Span) Scaling {
	s, err := FitScaling(p, span)
	require.NoError(t, err)
	return s
}

func copyOf(p *Panel) *Panel {
	q := *p
	q.Media, q.Control, q.Target = slices.Clone(p.Media), slices.Clone(p.Control), slices.Clone(p.Target)
	return &q
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
		"no week":        {func(p *Panel) { p.Weeks[0] = "first" }, `week "first" is neither`},
		"mixed weeks":    {func(p *Panel) { p.Weeks[1] = "2" }, "of kind integer"},
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
