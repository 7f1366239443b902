package structural

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"deepcausalmmm/dag"
	"deepcausalmmm/graph"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// allForms are shapes that together have every form.
func allForms() []Shape {
	with := func(c CarryOver, s Saturation, signed bool) Shape {
		return Shape{Knots: 1, Trend: calmTrend, RegionTrend: 0.05, Media: 0.3, RegionEffect: 0.2, CarryOver: c, Saturation: s, Signed: signed}
	}
	return []Shape{
		with(Geometric, Hill, true), with(Delayed, SCurve, false), with(Weibull, Exponential, false), with(NoCarryOver, Power, true),
		with(Geometric, Linear, false),
	}
}

// At the start of a fit, in the form of any shape, a channel at its mean in every week adds its part of the shape's media.
func TestAnAverageWeekAddsTheSameInEveryForm(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 80)
	for i := range d.Media {
		d.Media[i] = 1
	}
	for _, s := range allForms() {
		m, err := NewModel(d, s, Options{}, graph.NewParams(tensor.Float64, 1), false)
		require.NoError(t, err)
		require.NoError(t, m.Evaluate())
		level := m.Floats(m.Level)
		for i, v := range m.Floats(m.Media) {
			require.InDelta(t, level[i/3]*s.Media/3, v, 1e-12, s.String())
		}
	}
}

// Only without a ceiling does an outlying week count as less than it is.
func TestOutlyingExposureIsCappedWithoutACeiling(t *testing.T) {
	w := newWorld(t, small)
	d := dataOf(t, w.panel, 80)
	d.Media[30*3] = 50 // of the first channel, which moves the second
	for _, s := range allForms() {
		m, err := NewModel(d, s, Options{}, graph.NewParams(tensor.Float64, 1), false)
		require.NoError(t, err)
		require.NoError(t, m.Evaluate())
		most := 0.0
		for i, v := range m.Floats(m.Saturated) {
			if i%3 == 0 {
				most = max(most, v)
			}
		}
		switch s.Saturation {
		case Linear:
			require.Less(t, most, 10.0)
		case Power:
			require.InDelta(t, math.Sqrt(10), most, 1e-9)
		}
	}
}

// A file that names no forms has those of the version that wrote it.
func TestShapesOfEarlierVersions(t *testing.T) {
	var s Shape
	require.NoError(t, json.Unmarshal([]byte(`{"knots":3,"region_trend":0.03,"harmonics":2,"control":0.3,"media":0.8,"region_effect":0,"units":0}`), &s))
	require.Equal(t, Geometric, s.complete().CarryOver)
	require.Equal(t, Hill, s.complete().Saturation)
	require.Contains(t, s.String(), "geometric carry-over, Hill saturation")
	require.Contains(t, allForms()[0].String(), "either sign")
}

// The lags of a carry-over reach half a year, and do not depend on the panel's length.
func TestWindow(t *testing.T) {
	require.Equal(t, 26, window(panel.Resolution{}))
	require.Equal(t, 182, window(panel.Resolution{Period: panel.Day}))
	require.Equal(t, 6, window(panel.Resolution{Period: panel.Month}))
	require.Equal(t, 4, window(panel.Resolution{Period: panel.Quarter}))
}

// A world whose second channel takes sales away is fitted with a negative effect if effects may have either sign.
func TestASignedEffectIsFound(t *testing.T) {
	w := newWorld(t, size{6, 120, 0.01})
	d := dataOf(t, w.panel, 110)
	for cell := range d.Target {
		x := d.Media[cell*3+2]
		d.Target[cell] -= 0.25 * x / (x + 1)
	}
	s := plain
	s.Signed = true
	f, err := NewFit(context.Background(), d, s, Options{}, Full, nil, nil)
	require.NoError(t, err)
	e := effectsAlong(t, f, dag.NewEmpty(3, 1))
	require.Negative(t, e.Channels[2].Direct)
	require.Positive(t, e.Channels[0].Direct)
	drawn, err := newSampler([]Member{{"signed", 1, f}}, []*dag.Graph{dag.NewEmpty(3, 1)}, 1)
	require.NoError(t, err)
	require.NotContains(t, drawn.sources(), model.Assumed)
}
