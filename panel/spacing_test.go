package panel

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpacing(t *testing.T) {
	for name, c := range map[string]struct {
		labels []string
		want   Spacing
		says   string
	}{
		"one week":     {[]string{"2021-01-04"}, Spacing{Unit: "date"}, ""},
		"even days":    {[]string{"2020-12-21", "2020-12-28", "2021-01-04"}, Spacing{Unit: "date", Step: 7}, ""},
		"even numbers": {[]string{"-2", "0", "2"}, Spacing{Unit: "integer", Step: 2}, ""},
		"a week that no region has": {
			[]string{"2021-01-04", "2021-01-11", "2021-01-25", "2021-02-01"},
			Spacing{Unit: "date", Step: 7, Gaps: []Gap{{"2021-01-11", "2021-01-25", 14}}},
			"weeks are 7 days apart, but not 2021-01-11 to 2021-01-25 (lags across are wrong)",
		},
		"year and week run together": {
			[]string{"202051", "202052", "202101", "202102"},
			Spacing{Unit: "date", Step: 7, Gaps: []Gap{{"2020-W52", "2021-W01", 14}}}, // 2020 has 53
			"weeks are 7 days apart, but not 2020-W52 to 2021-W01",
		},
		"equally common distances": {
			[]string{"1", "4", "6", "9", "11"},
			Spacing{Unit: "integer", Step: 2, Gaps: []Gap{{"1", "4", 3}, {"6", "9", 3}}},
			"weeks are 2 apart, but not 1 to 4, 6 to 9",
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := "r,w,y,x\n"
			for _, label := range c.labels {
				table += "a," + label + ",1,1\n"
			}
			p, err := Read(write(t, "panel.csv", table), small())
			require.NoError(t, err)
			require.Equal(t, c.want, p.Report.Spacing)
			if c.says == "" {
				require.Len(t, p.Report.Lines(), 1)
				return
			}
			require.Contains(t, p.Report.String(), c.says)
		})
	}
}

// Weekends of working days are no gaps, but other days without a row are.
func TestWeekendsOfWorkingDaysAreNoGaps(t *testing.T) {
	var labels []string
	for d := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); len(labels) < 60; d = d.AddDate(0, 0, 1) {
		if weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday; !weekend {
			labels = append(labels, d.Format(time.DateOnly))
		}
	}
	p, err := readLabels(t, labels, "")
	require.NoError(t, err)
	require.Contains(t, p.Report.String(), "rows are working days")
	require.NotContains(t, p.Report.String(), "apart, but not")
	p, err = readLabels(t, slices.Delete(labels, 7, 8), "") // Wednesday, 10 January
	require.NoError(t, err)
	require.Contains(t, p.Report.String(), "apart, but not 2024-01-09 to 2024-01-11 (")
}

func TestWeeksOfShortYearsAreQuestioned(t *testing.T) {
	var labels []string
	for n := range 104 {
		labels = append(labels, fmt.Sprint(2400+n/52*100+n%52+1))
	}
	_, err := readLabels(t, labels, "")
	require.ErrorContains(t, err, `"2401" may be a week of a year of two digits`)
	require.ErrorContains(t, err, "2024-W01")
	_, err = readLabels(t, labels, "number")
	require.NoError(t, err)
	_, err = readLabels(t, []string{"2020", "2021", "2022"}, "")
	require.ErrorContains(t, err, "is a year")
}
