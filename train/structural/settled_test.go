package structural

import (
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// The settled settings lead to the average of the outcome, in every field of its shapes, without any fit, and leave the first settings
// alone. Of a part of the weeks the trend has as many weeks between knots, and shifts of the level after them are left out.
func TestSettledAverageIsTheOneFound(t *testing.T) {
	_, defaults := Structural{}.Defaults()
	heavy := Shape{
		Knots: 4, Trend: 0.2, RegionTrend: 0.1, Harmonics: 3, Weekdays: true, Holidays: 0.3, Control: 0.4, Media: 0.5, RegionEffect: 0.6, Units: 7,
		CarryOver: Weibull, Saturation: Power, Signed: true, Shifts: Shifts{20, 70},
	}
	light := Shape{Knots: 1, RegionTrend: 0.1, Media: 0.5, CarryOver: Geometric, Saturation: Hill}
	out := &model.Outcome{Fitted: &Fitted{forms: []weighted{{Shape: heavy, Weight: 0.7}, {Shape: light, Weight: 0.3}}, train: panel.Span{To: 100}}}
	settled := func(part float64) []*Candidate {
		average, err := Weigh(t.Context(), nil, Search{Given: Structural{}.Settled(defaults, out, part).(*Settings).Given})
		require.NoError(t, err)
		return average.Members()
	}
	for i, want := range []weighted{{Shape: heavy, Weight: 0.7}, {Shape: light, Weight: 0.3}} {
		require.Equal(t, want.Shape, settled(1)[i].Shape)
		require.Equal(t, want.Weight, settled(1)[i].Weight)
	}
	require.Empty(t, defaults.(*Settings).Given)
	require.Equal(t, 2, settled(0.5)[0].Shape.Knots)
	require.Equal(t, 1, settled(0.5)[1].Shape.Knots)
	require.Equal(t, Shifts{20}, settled(0.5)[0].Shape.Shifts)
	require.Empty(t, Structural{}.Settled(defaults, &model.Outcome{}, 1).(*Settings).Given, "another model's outcome")
}
