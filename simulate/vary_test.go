package simulate

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
)

func TestForceIsOneWithoutDriftAndSpread(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	for m := range w.force {
		for r := range w.force[m] {
			for _, force := range w.force[m][r] {
				require.Equal(t, 1.0, force)
			}
		}
	}
}

func TestDriftAndSpreadHaveTheConfiguredDeviations(t *testing.T) {
	c, err := DefaultConfig().Sized(150, 0)
	require.NoError(t, err)
	c.Regions, c.Drift, c.Spread = 40, 0.3, 0.5
	w, err := Run(c)
	require.NoError(t, err)
	var drift, spread []float64
	for m := range w.force {
		for r := range w.force[m] {
			spread = append(spread, w.force[m][r][0]/w.force[m][0][0])
		}
		drift = append(drift, w.drawDrift(m)[c.Weeks/3])
	}
	require.InDelta(t, 0.3, stat.StdDev(logs(drift), nil), 0.05)
	require.InDelta(t, 0.5*1.4, stat.StdDev(logs(spread), nil), 0.08) // of the difference of two
}

// Regions that respond differently add up to the total.
func TestRegionsAddUp(t *testing.T) {
	w := runNamed(t, "geo_uneven", 1)
	truth := w.Truth()
	for _, name := range truth.Channels {
		direct, total := 0.0, 0.0
		for _, region := range w.regions {
			direct += truth.DirectByRegion[region.name][name]
			total += truth.TotalByRegion[region.name][name]
		}
		require.InDelta(t, truth.DirectContribution[name], direct, 0.2)
		require.InDelta(t, truth.TotalEffect[name], total, 0.2)
	}
}
