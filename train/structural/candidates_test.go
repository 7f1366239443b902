package structural

import (
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
)

// A random walk's variance over the training does not depend on how many knots it has.
func TestTrendVarianceDoesNotDependOnTheKnots(t *testing.T) {
	const train, trend = 156, 0.1
	for _, knots := range []int{1, 4, 26, 78} {
		step := Shape{Knots: knots, Trend: trend}.nationalStep(train, panel.Resolution{})
		require.InDelta(t, 156.0/calmWeeks*trend*trend, float64(knots)*step*step, 1e-12, "variance over all weeks")
	}
}

func TestDefaultShapeInWords(t *testing.T) {
	s := DefaultShape(42, panel.Resolution{})
	require.Zero(t, s.Harmonics, "less than a year and a half shows no season")
	require.Equal(t, "trend of 1 knots (regions' own steps 0.03), no season, controls' prior 0.05, media's prior 0.3, geometric carry-over, Hill saturation, effects alike in all regions, "+
		"coefficients that do not vary", s.String())
	require.Equal(t, 2, DefaultShape(78, panel.Resolution{}).Harmonics)
	require.Contains(t, everything.String(), "GRU of 2 units")
	require.Contains(t, everything.String(), "effects differ by region (prior 0.2)")
	require.Contains(t, Shape{}.String(), "no controls")
}

// Parts that a panel cannot have, or cannot show, are no candidates.
func TestPartsAreThoseThatThePanelCanShow(t *testing.T) {
	words := func(o candidateOptions) (all []string) {
		for _, c := range o.parts() {
			all = append(all, c.what)
		}
		return all
	}
	day := panel.Resolution{Period: panel.Day}
	require.Equal(t, []string{"no season", "effects of either sign"}, words(candidateOptions{train: 100, first: 60, regions: 1}))
	require.Equal(t, []string{"no season", "season of 6 harmonics", "season of 26 harmonics", "effects of either sign"},
		words(candidateOptions{train: 156, first: 104, regions: 1}))
	require.Contains(t, words(candidateOptions{every: day, train: 400, first: 300, regions: 1}), "no days of the week")
	require.NotContains(t, words(candidateOptions{every: panel.Resolution{Period: panel.Quarter}, train: 12, first: 8, regions: 1}), "season of 6 harmonics")
	all := words(candidateOptions{train: 100, first: 60, regions: 2, recurrence: true, shifts: Shifts{40}})
	require.Subset(t, all, []string{
		"shifts of the level in rows [40]", "livelier regions", "regions respond differently", "coefficients that vary (GRU of 8 units)",
	})
}

// Every change leads to another shape; combined, they make all of their changes; and what is pinned is changed by none.
func TestChangesLeadToOtherShapes(t *testing.T) {
	o := &candidateOptions{train: 156, first: 130, regions: 3, recurrence: true, shifts: Shifts{40}}
	from := DefaultShape(156, panel.Resolution{})
	free := func(*Shape) {}
	changes := append(o.trends(), o.parts()...)
	for _, c := range changes {
		require.NotEqual(t, from, changed(from, free, c), c.what)
		require.Equal(t, from, changed(from, func(s *Shape) { *s = from }, c), c.what)
	}
	signed, shifted := change{"signed", func(s *Shape) { s.Signed = true }}, change{"shifted", func(s *Shape) { s.Shifts = Shifts{40} }}
	both := combined([]change{signed, shifted})
	require.Equal(t, "signed, shifted", both.what)
	require.Equal(t, changed(from, free, signed, shifted), changed(from, free, both))

	seen := map[[2]string]bool{}
	for _, c := range responses() {
		s := changed(from, free, c)
		require.Contains(t, carryOvers, s.CarryOver)
		require.Contains(t, saturations, s.Saturation)
		seen[[2]string{string(s.CarryOver), string(s.Saturation)}] = true
	}
	require.Len(t, seen, len(responses()), "no form is listed twice")
	require.True(t, seen[[2]string{string(Geometric), string(Hill)}], "the default is among them")
}

// A recurrence needs two cells for each of its parameters.
func TestARecurrenceNeedsCells(t *testing.T) {
	const parameters = 3*8*(2+8+2) + 2*9
	d := Data{Channels: 2, Weight: make([]float64, 2*parameters)}
	for i := range d.Weight {
		d.Weight[i] = 1
	}
	require.True(t, d.supportsRecurrence())
	d.Weight[0] = 0
	require.False(t, d.supportsRecurrence())
}
