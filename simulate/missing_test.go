package simulate

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMissingDropsTheConfiguredShareAndNoWholeRegion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		w := runDrawn(t, c)
		cells := float64(c.Regions * c.Weeks)
		require.Equal(t, int(math.Round(c.Missing*cells)), c.Regions*c.Weeks-w.Rows())
		for r, kept := range w.kept {
			require.True(t, slices.Contains(kept, true), "region %d is gone", r)
		}
	})
}

func TestMissingHidesRowsOfTheSameWorld(t *testing.T) {
	full := DefaultConfig()
	ragged := full
	ragged.Missing = 0.2
	a, err := Run(full)
	require.NoError(t, err)
	b, err := Run(ragged)
	require.NoError(t, err)
	require.Equal(t, a.observed, b.observed)
}
