package panel

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReportLines(t *testing.T) {
	r := Report{
		File: "panel.csv", Rows: 90, Regions: 10, Weeks: 10, FirstWeek: "1", LastWeek: "10",
		AddedRegionWeeks: 10, ShortRegions: labels("r", 12), MediaZeroed: 20, ZeroedChannels: []string{"tv", "radio"}, SpendZeroed: 3,
		ControlFilled: Filled{Forward: 5, Mean: 1}, TargetFilled: Filled{Backward: 4},
	}
	require.Equal(t, `panel.csv: 90 rows, 10 regions × 10 weeks (1 to 10)
missing region-weeks, added: 10, in 12 of the regions (r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 and 2 more)
missing media cells, set to 0: 20 (tv, radio), 11 % of the cells there
missing spend cells, set to 0: 3
missing control cells, filled: 5 from an earlier week of the region, 1 from the column's mean
missing target cells, filled: 4 from a later week of the region`, r.String())
}

func TestReportKeysInJSON(t *testing.T) {
	raw, err := json.Marshal(readShop(t, shop).Report)
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(raw, &fields))
	for _, name := range []string{"rows", "added_region_weeks", "media_zeroed", "target_filled", "spacing"} {
		require.Contains(t, fields, name)
	}
}
