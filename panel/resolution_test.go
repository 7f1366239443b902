package panel

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A year has its weeks, months and quarters; a time in weeks is as long in any of them.
func TestResolution(t *testing.T) {
	for _, c := range []struct {
		r               Resolution
		year            float64
		rows, harmonics int // of 39 weeks
		is, rowsOf      string
	}{
		{Resolution{}, 52.18, 39, 26, "week", "weeks"},
		{Resolution{Week, 2}, 26.09, 20, 13, "2 weeks", "periods of 2 weeks"},
		{Resolution{Day, 1}, 365.25, 273, 26, "day", "days"},
		{Resolution{Month, 1}, 12, 9, 6, "month", "months"},
		{Resolution{Quarter, 1}, 4, 3, 2, "quarter", "quarters"},
		{Resolution{Number, 1}, 52.18, 39, 26, "week", "weeks"},
	} {
		require.InDelta(t, c.year, c.r.PerYear(), 0.005)
		require.Equal(t, c.rows, c.r.Rows(39), c.is)
		require.Equal(t, 1, c.r.Rows(0.01))
		require.Equal(t, c.harmonics, c.r.Harmonics(), c.is)
		require.Equal(t, c.is, c.r.String())
		require.Equal(t, c.rowsOf, c.r.RowNoun(2))
		require.Equal(t, c.r.Period == Day, c.r.HasWeekdays())
	}
	require.Equal(t, "period of 2 weeks", Resolution{Week, 2}.RowNoun(1))
	require.False(t, Resolution{Day, 14}.HasWeekdays())
}

func TestAreTimes(t *testing.T) {
	for _, times := range [][]string{{"2024-01-01", "2024-01-08"}, {"1/2/2024", "2/3/2024"}, {"Jan 2024", "Feb 2024"}, {"1", "2", "3"}} {
		require.True(t, AreTimes(times), "%v", times)
	}
	for _, others := range [][]string{{}, {"north", "south"}, {"2024-01-01", "total"}, {"1.5", "2.5"}, {"2024-01-01 13:00:00"}} {
		require.False(t, AreTimes(others), "%v", others)
	}
}

func TestSpendColumn(t *testing.T) {
	p := Panel{Channels: []string{"tv", "mail"}, SpendOf: []int{0, -1}}
	at, ok := p.SpendColumn(0)
	require.True(t, ok)
	require.Zero(t, at)
	_, ok = p.SpendColumn(1)
	require.False(t, ok)
	_, ok = (&Panel{}).SpendColumn(0)
	require.False(t, ok)
}
