package model

import (
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
)

// A mediator is one of the channels and a treatment one of the controls; an intervention sets channels and treatments.
func TestKindsOfComponents(t *testing.T) {
	for kind, want := range map[Kind]struct {
		group    Kind
		settable bool
	}{
		Baseline: {Baseline, false}, Trend: {Trend, false}, Season: {Season, false}, Holidays: {Holidays, false},
		Control: {Control, false}, Treatment: {Control, true}, Media: {Media, true}, Mediator: {Media, true},
	} {
		require.Equal(t, want.group, kind.Group())
		require.Equal(t, want.settable, kind.Settable(), kind)
	}
	p := &panel.Panel{Kinds: []panel.ChannelKind{panel.Paid, panel.Mediator}, Treatments: []bool{true, false}}
	require.Equal(t, []Kind{Media, Mediator}, []Kind{ChannelKind(p, 0), ChannelKind(p, 1)})
	require.Equal(t, []Kind{Treatment, Control}, []Kind{ControlKind(p, 0), ControlKind(p, 1)})
	require.Equal(t, Media, ChannelKind(&panel.Panel{}, 0))
}

// Only if both switches are on do channels influence each other.
func TestHasDAG(t *testing.T) {
	for _, dag := range []bool{false, true} {
		for _, interactions := range []bool{false, true} {
			require.Equal(t, dag && interactions, Shared{EnableDAG: dag, EnableInteractions: interactions}.HasDAG())
		}
	}
}

// A coefficient's path has the quartiles over the regions of each week.
func TestCoefficientPaths(t *testing.T) {
	paths := CoefficientPaths(&panel.Panel{Channels: []string{"tv"}, Controls: []string{"price"}})
	require.Equal(t, "price", paths[1].Component)
	paths[0].Append(5, 2, func(region, week int) float64 { return float64(10*week + region) })
	require.Equal(t, CoefficientPath{Component: "tv", Low: []float64{1, 11}, Median: []float64{2, 12}, High: []float64{3, 13}}, paths[0])
}
