package panel

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestYearsFollowTheCalendar(t *testing.T) {
	p := &Panel{Weeks: []string{"2021-01-04", "2021-07-05", "2022-01-03", "2025-01-06"}}
	years := p.Years()
	require.InDelta(t, 182/365.25, years[1]-years[0], 1e-9)
	for _, y := range years[2:] { // the first Monday of January is at the same time of the year, within a few days
		require.InDelta(t, math.Mod(years[0], 1), math.Mod(y, 1), 4/365.25)
	}
	p = &Panel{Weeks: []string{"75", "76", "127"}}
	years = p.Years()
	require.InDelta(t, 7/365.25, years[1]-years[0], 1e-9)
	require.InDelta(t, 364/365.25, years[2]-years[0], 1e-9)
}
