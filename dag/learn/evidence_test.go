package learn

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag"
)

// Every mean, control and base of the calendar that is taken out takes a row's worth of information; what is not taken out does not.
func TestEvidenceCountsWhatIsLeft(t *testing.T) {
	const weeks = 100
	region := func() mat.Matrix { return mat.NewDense(weeks, 3, nil) }
	controls := []mat.Matrix{mat.NewDense(weeks, 2, nil)}
	calendar := Calendar(years(weeks)) // 3 knots, 2 harmonics
	for _, c := range []struct {
		o      SignalOptions
		series []mat.Matrix
		inTime bool
		left   float64 // rows
	}{
		{SignalOptions{}, []mat.Matrix{region()}, true, weeks - 1},
		{SignalOptions{Calendar: calendar}, []mat.Matrix{region()}, true, weeks - 1 - 7},
		{SignalOptions{Calendar: calendar, Controls: controls, Lags: 2}, []mat.Matrix{region()}, true, weeks - 1 - 7 - 6},
		{SignalOptions{Calendar: calendar}, []mat.Matrix{region(), region()}, false, weeks - 1},
		{SignalOptions{KeepWeeks: true}, []mat.Matrix{region(), region()}, false, 2*weeks - 2},
		{SignalOptions{}, []mat.Matrix{region(), mat.NewDense(50, 3, nil)}, true, 150 - 2},
	} {
		e, rows := c.o.Evidence(c.series), 0
		for _, x := range c.series {
			n, _ := x.Dims()
			rows += n
		}
		require.Equal(t, c.inTime, e.InTime)
		require.InDelta(t, c.left, e.Independent*float64(rows), 1e-9)
	}
	require.Equal(t, 50, Evidence{Independent: 0.5}.informed(&dag.Moments{Observations: 100}).Observations)
	require.Equal(t, 100, Evidence{}.informed(&dag.Moments{Observations: 100}).Observations)
}

// On one region, controls and calendar are taken out together: signals that they make up are nothing.
func TestControlsAndCalendarAreTakenOutTogether(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	calendar := Calendar(years(testWeeks))
	x, control := mat.NewDense(testWeeks, 1, nil), mat.NewDense(testWeeks, 1, nil)
	for t := range testWeeks {
		control.Set(t, 0, rng.Float64())
		x.Set(t, 0, 2+control.At(t, 0)+0.5*calendar.At(t, 0)+0.3*calendar.At(t, 5))
	}
	for _, c := range []struct {
		o    SignalOptions
		none bool
	}{
		{SignalOptions{Calendar: calendar, Controls: []mat.Matrix{control}, Mechanism: dag.Amounts}, true},
		{SignalOptions{Calendar: calendar, Mechanism: dag.Amounts}, false},
		{SignalOptions{Controls: []mat.Matrix{control}, Mechanism: dag.Amounts}, false},
	} {
		z, err := Signals([]mat.Matrix{x}, c.o)
		require.NoError(t, err)
		require.Equal(t, c.none, sizes(z)[0] < 1e-9)
	}
	_, err := Signals([]mat.Matrix{x}, SignalOptions{Calendar: Calendar(years(60)), Controls: []mat.Matrix{control}})
	require.ErrorContains(t, err, "a calendar of 60 weeks")
}
