package panel

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel/holiday"
)

// withDays is a panel of weeks' labels with a calendar.
func withDays(t *testing.T, weeks []string, r Resolution, days ...holiday.Day) *Panel {
	p, err := New(Panel{
		Regions: []string{"all"}, Weeks: weeks, Channels: []string{"tv"}, Media: make([]float64, len(weeks)), Resolution: r,
	})
	require.NoError(t, err)
	p.Holidays = &holiday.Calendar{Days: days}
	return p
}

// rowsOf are the rows in which each indicator is 1.
func rowsOf(p *Panel, names ...string) [][]int {
	indicators, n := p.HolidayRows(names)
	rows := make([][]int, n)
	for i := range n {
		for t, x := range indicators[i*len(p.Weeks):][:len(p.Weeks)] {
			if x == 1 {
				rows[i] = append(rows[i], t)
			}
		}
	}
	return rows
}

func TestHolidaysHaveAWeekBeforeAndAfter(t *testing.T) {
	weeks := []string{"2023-12-04", "2023-12-11", "2023-12-18", "2023-12-25", "2024-01-01", "2024-01-08"}
	for date, own := range map[string]int{"2023-12-24": 2, "2023-12-25": 3, "2023-12-31": 3, "2023-12-03": -1, "2024-01-15": 6, "2024-01-22": 7} {
		p := withDays(t, weeks, Resolution{}, holiday.Day{Date: date, Name: "x"})
		want := make([][]int, 3)
		for k := range want {
			if at := own + k - 1; at >= 0 && at < len(weeks) {
				want[k] = []int{at}
			}
		}
		require.Equal(t, want, rowsOf(p, "x"), date)
	}
}

func TestHolidaysOfDaysAndMonths(t *testing.T) {
	days := withDays(t, []string{"2024-05-07", "2024-05-08", "2024-05-09", "2024-05-10", "2024-05-11"}, Resolution{Day, 1},
		holiday.Day{Date: "2024-05-09", Name: "x"})
	require.Equal(t, [][]int{{0}, {1}, {2}, {3}}, rowsOf(days, "x"))
	months := withDays(t, []string{"2024-01", "2024-02", "2024-03", "2024-04"}, Resolution{Month, 1}, holiday.Day{Date: "2024-02-29", Name: "x"},
		holiday.Day{Date: "2024-04-30", Name: "y"})
	require.Equal(t, [][]int{{1}, {3}}, rowsOf(months, "x", "y"))
}

// The indicators of a week do not depend on the panel's length, apart from its first and last rows' neighbours.
func TestHolidaysOfALongerPanelAreTheSame(t *testing.T) {
	long := selling(1, 200, always(1), always(1))
	long.Holidays = &holiday.Calendar{Code: "US"}
	all, err := New(*long)
	require.NoError(t, err)
	all.Holidays = long.Holidays
	names := all.HolidayNames(Span{To: 110})
	require.Contains(t, names, "Thanksgiving Day")
	want, n := all.HolidayRows(names)
	for _, span := range []Span{{0, 110}, {110, 123}, {60, 200}, {151, 200}} {
		part, err := New(Panel{
			Regions: all.Regions, Weeks: all.Weeks[span.From:span.To], Channels: all.Channels, Media: make([]float64, span.Len()),
		})
		require.NoError(t, err)
		part.Holidays = long.Holidays
		got, _ := part.HolidayRows(names)
		for i := range n {
			require.Equal(t, want[i*200+span.From:i*200+span.To], got[i*span.Len():(i+1)*span.Len()], "%v of %v", span, names[i/3])
		}
	}
}

func TestHolidaysNeedDates(t *testing.T) {
	p, err := New(Panel{Regions: []string{"all"}, Weeks: []string{"1", "2", "3"}, Channels: []string{"tv"}, Media: make([]float64, 3)})
	require.NoError(t, err)
	require.ErrorContains(t, p.setHolidays("US"), "data.holidays needs dates, and the weeks are numbers")
}

func TestHolidaysMustFallInThePanel(t *testing.T) {
	p := withDays(t, []string{"2024-02-26", "2024-03-04"}, Resolution{})
	require.ErrorContains(t, p.setHolidays("US"), "no holiday of US falls in 2024-02-26 to 2024-03-04")
	require.NoError(t, p.setHolidays("UA"))
	require.False(t, slices.Contains(p.HolidayNames(Span{To: 2}), ""))
}
