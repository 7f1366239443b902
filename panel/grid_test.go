package panel

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Missing rows and empty cells are filled alike, and counted.
func TestRaggedGridIsCompleted(t *testing.T) {
	p := readShop(t, `area,monday,sales,tv_spots,search_clicks,price,tv_cost,search_cost
north,2021-01-04,,10,5,1,1000,50
north,2021-01-18,120,,7,,2000,
south,2021-01-11,210,2,60,,200,600
south,2021-01-25,230,4,80,,400,800
`)
	require.Equal(t, []string{"2021-01-04", "2021-01-11", "2021-01-18", "2021-01-25"}, p.Weeks)
	require.Equal(t, []float64{120, 120, 120, 120, 210, 210, 210, 230}, p.Target)
	require.Equal(t, []bool{true, true, false, true, true, false, true, false}, p.Filled)
	require.Equal(t, []bool{false, true, false, true, true, false, true, false}, p.Missing)
	require.Equal(t, []float64{10, 5, 0, 0, 0, 7, 0, 0, 0, 0, 2, 60, 0, 0, 4, 80}, p.Media)
	require.Equal(t, []float64{1, 1, 1, 1, 1, 1, 1, 1}, p.Control, "south has no price: it takes the column's mean")
	require.Equal(t, Report{
		TargetName: "sales", Rows: 4, Regions: 2, Weeks: 4, FirstWeek: "2021-01-04", LastWeek: "2021-01-25",
		AddedRegionWeeks: 4, ShortRegions: []string{"north", "south"},
		MediaZeroed: 1, ZeroedChannels: []string{"tv_spots"}, SpendZeroed: 9,
		ControlFilled: Filled{Forward: 3, Mean: 4}, TargetFilled: Filled{Forward: 2, Backward: 3},
		Spacing: Spacing{Unit: "date", Step: 7},
	}, p.Report)
}

// A row whose cells are all empty is filled like a missing row, but is not one.
func TestEmptyRowsAreNotMissing(t *testing.T) {
	p, err := Read(write(t, "panel.csv", "r,w,y,x\na,1,4,1\na,2,,\nb,1,5,1\n"), small())
	require.NoError(t, err)
	require.Equal(t, []bool{false, false, false, true}, p.Missing)
	require.Equal(t, []bool{false, true, false, true}, p.Filled)
	require.True(t, p.HasRow(1))
	require.False(t, p.HasRow(3))
	full, err := Read(write(t, "panel.csv", "r,w,y,x\na,1,4,1\na,2,,\n"), small())
	require.NoError(t, err)
	require.Nil(t, full.Missing)
	require.True(t, full.HasRow(1))
}

func TestRegionWithoutTargetIsNamed(t *testing.T) {
	p, err := Read(write(t, "panel.csv", "r,w,y,x\na,1,4,1\na,2,6,1\na,3,,1\nb,1,,1\n"), small())
	require.NoError(t, err)
	mean := 16.0 / 3 // of 4, 6 and the 6 that was carried forward
	require.Equal(t, []float64{4, 6, 6, mean, mean, mean}, p.Target)
	require.Equal(t, []string{"b"}, p.Report.NoTarget)
	require.Contains(t, p.Report.String(), "regions without any target: b (consider leaving them out)")
}

// Filling keeps known values, and takes the nearest earlier value of the region, else the nearest later one.
func TestFillTakesTheNearestKnownWeek(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.Just(math.NaN()), rapid.Float64Range(-9, 9))
		weeks := rapid.IntRange(1, 8).Draw(t, "weeks")
		y := rapid.SliceOfN(cell, 3*weeks, 3*weeks).Draw(t, "target")
		y[0] = 1
		p, err := New(Panel{
			Regions: labels("r", 3), Weeks: labels("", weeks), Channels: []string{"x"},
			Media: make([]float64, 3*weeks), Target: y,
		})
		require.NoError(t, err)
		known := func(x float64) bool { return !math.IsNaN(x) }
		for r := range 3 {
			raw, filled := y[r*weeks:(r+1)*weeks], p.Target[r*weeks:(r+1)*weeks]
			first := slices.IndexFunc(raw, known)
			for i, got := range filled {
				switch {
				case first < 0:
					require.Equal(t, filled[0], got)
				case i < first:
					require.Equal(t, raw[first], got)
				case known(raw[i]):
					require.Equal(t, raw[i], got)
				default:
					require.Equal(t, filled[i-1], got)
				}
			}
		}
		holes := len(y) - len(slices.DeleteFunc(slices.Clone(y), math.IsNaN))
		f := p.Report.TargetFilled
		require.Equal(t, holes, f.Forward+f.Backward+f.Mean)
	})
}

// Cells that are missing in a row that is there are named with their channels; those of missing rows are not.
func TestZeroedChannelsAreNamed(t *testing.T) {
	p := readShop(t, strings.Replace(shop, ",20,7", ",,7", 1))
	require.Equal(t, []string{"tv_spots"}, p.Report.ZeroedChannels)
	require.Regexp(t, `missing media cells, set to 0: \d+ \(tv_spots\)`, p.Report.String())
	whole := Panel{Regions: []string{"a"}, Weeks: []string{"1", "2"}, Channels: []string{"tv"}, Media: []float64{1, math.NaN()}, Missing: []bool{false, true}}
	made, err := New(whole)
	require.NoError(t, err)
	require.Zero(t, made.Report.MediaZeroed)
	require.Empty(t, made.Report.ZeroedChannels)
}
