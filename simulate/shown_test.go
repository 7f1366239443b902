package simulate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
)

func TestProxyHasTheConfiguredCorrelation(t *testing.T) {
	c := DefaultConfig()
	c.Regions, c.Weeks, c.Shown = 1, 5000, 0.7
	w, err := Run(c)
	require.NoError(t, err)
	require.InDelta(t, 0.7, stat.Correlation(w.z[0][0], w.shown[0][0], nil), 0.02)
	require.Equal(t, w.z[1:], w.shown[1:])
}

// What the panel shows changes no cause: the KPI is the same.
func TestHiddenControlIsLeftOutOfTheSameWorld(t *testing.T) {
	c := DefaultConfig()
	shown, err := Run(c)
	require.NoError(t, err)
	c.Shown, c.Spikes, c.NoiseControls = 0, 0.02, 2
	hidden, err := Run(c)
	require.NoError(t, err)
	require.Equal(t, shown.observed, hidden.observed)

	var panel bytes.Buffer
	require.NoError(t, hidden.WriteCSV(&panel))
	header, _, _ := strings.Cut(panel.String(), "\n")
	truth := hidden.Truth()
	require.Equal(t, c.Controls[:1], truth.HiddenControl)
	require.NotContains(t, header, c.Controls[0])
	require.Equal(t, []string{c.Controls[1], c.Controls[2], "control_index_01", "control_index_02"}, truth.Controls)
	require.True(t, strings.HasSuffix(header, strings.Join(truth.Controls, ",")), header)
	require.Contains(t, truth.ControlContribution, c.Controls[0])
}

func TestSpikesAreEnteredAndNotSold(t *testing.T) {
	c := DefaultConfig()
	c.Spikes = 0.02
	w, err := Run(c)
	require.NoError(t, err)
	spikes, cells := 0, 0
	for m := range w.entered {
		for r := range w.entered[m] {
			for _, factor := range w.entered[m][r] {
				cells++
				if factor != 1 {
					spikes++
					require.InDelta(t, 8, factor, 4)
				}
			}
		}
	}
	require.InEpsilon(t, 0.02, float64(spikes)/float64(cells), 0.2)
}
