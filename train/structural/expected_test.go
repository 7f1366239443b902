package structural

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"deepcausalmmm/panel"
)

// bought is a panel of one region and four weeks, with channels whose names say what they count, and columns of spend.
func bought(t *testing.T, channels []string, media []float64, spendOf []int, spend []float64) *panel.Panel {
	p := panel.Panel{Channels: channels, Regions: []string{"a"}, Weeks: []string{"0", "1", "2", "3"}, SpendOf: spendOf}
	for range p.Weeks {
		p.Media, p.Target = append(p.Media, media...), append(p.Target, 100)
		p.Spend = append(p.Spend, spend...)
	}
	for i := range spend {
		p.SpendNames = append(p.SpendNames, string(rune('x'+i)))
	}
	made, err := panel.New(p)
	require.NoError(t, err)
	return made
}

// Channels with known spend are expected to have effects in proportion to it, at least a tenth of an equal part; the others have an
// equal part; all parts add up to 1.
func TestExpectedShares(t *testing.T) {
	for name, c := range map[string]struct {
		p    *panel.Panel
		want []float64
	}{
		"no spend is known": {bought(t, []string{"tv_views", "radio_views"}, []float64{900, 100}, nil, nil), []float64{0.5, 0.5}},
		"columns of spend":  {bought(t, []string{"tv_views", "radio_views"}, []float64{1, 1}, []int{1, 0}, []float64{30, 70}), []float64{0.7, 0.3}},
		"named as money":    {bought(t, []string{"tv_spend", "radio_spend"}, []float64{60, 40}, nil, nil), []float64{0.6, 0.4}},
		"one is organic": {
			bought(t, []string{"tv_views", "newsletter", "radio_views"}, []float64{1, 1, 1}, []int{0, -1, 1}, []float64{30, 10}),
			[]float64{0.5, 1.0 / 3, 0.5 / 3},
		},
		"little is spent":  {bought(t, []string{"tv_spend", "radio_spend"}, []float64{1000, 0.1}, nil, nil), []float64{2 / 2.1, 0.1 / 2.1}},
		"nothing is spent": {bought(t, []string{"tv_spend", "radio_spend"}, []float64{0, 0}, nil, nil), []float64{0.5, 0.5}},
	} {
		got := expectedShares(c.p, 4)
		require.InDeltaSlice(t, c.want, got, 1e-3, name)
		require.InDelta(t, 1, floats.Sum(got), 1e-12, name)
	}
}

// Spend after the training does not count.
func TestExpectedSharesAreOfTheTraining(t *testing.T) {
	p := bought(t, []string{"tv_spend", "radio_spend"}, []float64{60, 40}, nil, nil)
	before := expectedShares(p, 2)
	p.Media[2*2] = 1e6
	require.Equal(t, before, expectedShares(p, 2))
	require.NotEqual(t, before, expectedShares(p, 3))
}

// The strength of a channel starts at what is expected of it.
func TestTheModelExpectsTheShares(t *testing.T) {
	d := dataOf(t, newWorld(t, small).panel, 80)
	d.Scaling.Expected = []float64{0.5, 0.3, 0.2}
	m := Model{Data: d, Shape: Shape{Media: 0.4}}
	require.InDeltaSlice(t, []float64{0.2, 0.12, 0.08}, m.effectPriors().Expected, 1e-12)
	d.Scaling.Expected = nil
	require.InDeltaSlice(t, []float64{0.4 / 3, 0.4 / 3, 0.4 / 3}, m.effectPriors().Expected, 1e-12, "of files of earlier versions")
}
