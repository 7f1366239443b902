package panel

import (
	"deepcausalmmm/internal/bounded"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func readLabels(t testing.TB, labels []string, format string) (*Panel, error) {
	c := small()
	c.Region, c.DateFormat = "", format
	return Read(write(t, "panel.csv", "w,y,x\n\""+strings.Join(labels, "\",1,1\n\"")+"\",1,1\n"), c)
}

// readText reads a table that it writes to a path.
func readText(path, table string, c Columns) (*Panel, error) {
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		return nil, err
	}
	return Read(path, c)
}

func TestTwoReadingsAreShown(t *testing.T) {
	for name, c := range map[string]struct {
		labels []string
		says   string
		format string // that settles it
		want   []string
	}{
		"months or days": {
			[]string{"1/1/2024", "2/1/2024", "3/1/2024"},
			`panel.csv:3: column "w": "2/1/2024" may be 2024-02-01 (month/day/year) or 2024-01-02 (day/month/year), and the other rows do not ` +
				`tell (set data.date_format: mdy or dmy)`,
			"dmy", []string{"2024-01-01", "2024-01-02", "2024-01-03"},
		},
		"months or weeks": {
			[]string{"202401", "202402", "202403"},
			`"202401" may be 2024-01 (year and month) or 2024-W01 (year and week)`,
			"yearweek", []string{"2024-W01", "2024-W02", "2024-W03"},
		},
		"years": {
			[]string{"2001", "2002", "2003"}, `:2: column "w": "2001" is a year`, "number", []string{"2001", "2002", "2003"},
		},
		"seconds": {
			[]string{"1704067200", "1704672000"}, `"1704672000" is not the number of a week`, "number", []string{"1704067200", "1704672000"},
		},
		"uneven numbers": {
			[]string{"10101", "10102", "10103", "10204", "10305"}, `"10305" is not the number of a week`, "number", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readLabels(t, c.labels, "")
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "data.date_format: ")
			_, err = readLabels(t, c.labels, "auto")
			require.ErrorContains(t, err, c.says)
			p, err := readLabels(t, c.labels, c.format)
			require.NoError(t, err)
			if c.want != nil {
				require.Equal(t, c.want, p.Weeks)
			}
			again, err := p.First(2)
			require.NoError(t, err, "what was settled stays so")
			require.Equal(t, p.Weeks[:2], again.Weeks)
			require.Equal(t, p.Resolution, again.Resolution)
		})
	}
}

func TestLabelsThatNothingReads(t *testing.T) {
	for says, labels := range map[string][]string{
		`:3: column "w": "2024-01-08 06:30" has a time of day`:                                          {"2024-01-01 00:00", "2024-01-08 06:30"},
		`:2: column "w": "2024-01-01 12:00 PM" has a time of day`:                                       {"2024-01-01 12:00 PM"},
		`:3: column "w": "2024-W53" is not a date`:                                                      {"2024-W52", "2024-W53"},
		`:4: column "w": "" is not a date`:                                                              {"2024-01-01", "2024-01-08", ""},
		`:4: column "w": "2024-Q1" is of kind quarter, but week "2024-01-01" on line 2 is of kind date`: {"2024-01-01", "2024-01-08", "2024-Q1"},
		`:3: column "w": "31/2/2024" is not a date`:                                                     {"1/2/2024", "31/2/2024"},
	} {
		_, err := readLabels(t, labels, "")
		require.ErrorContains(t, err, says)
	}
	_, err := readLabels(t, []string{"2024-01-01", "2024-01-08"}, "mdy")
	require.ErrorContains(t, err, `"2024-01-01" is not written as data.date_format says, mdy`)
}

// The even reading is taken if the other has gaps.
func TestEvenReadingIsTaken(t *testing.T) {
	for name, c := range map[string]struct {
		layout string
		period Period
	}{
		"months by the month first": {"1/2/2006", Month},
		"months by the day first":   {"02.01.2006", Month},
		"quarters":                  {"1/2/2006", Quarter},
		"digits":                    {"200601", Month},
	} {
		t.Run(name, func(t *testing.T) {
			var labels, want []string
			for _, d := range periods(c.period, time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC), 24) {
				labels, want = append(labels, d.Format(c.layout)), append(want, d.Format("2006-01"))
			}
			p, err := readLabels(t, labels, "")
			require.NoError(t, err)
			for i := range want {
				require.Equal(t, want[i], p.Weeks[i][:7])
			}
			require.Equal(t, Resolution{c.period, 1}, p.Resolution)
		})
	}
}

func TestResolutionOfDates(t *testing.T) {
	from := time.Date(2021, 1, 4, 0, 0, 0, 0, time.UTC)
	steps := func(days ...int) []time.Time {
		all := []time.Time{from}
		for i := range 30 {
			all = append(all, all[i].AddDate(0, 0, days[i%len(days)]))
		}
		return all
	}
	ends := func(every int) (all []time.Time) {
		for i := range 30 {
			all = append(all, time.Date(2021, time.Month(2+every*i), 0, 0, 0, 0, 0, time.UTC))
		}
		return all
	}
	for name, c := range map[string]struct {
		dates []time.Time
		want  Resolution
	}{
		"days":                  {steps(1), Resolution{Day, 1}},
		"ten days":              {steps(10), Resolution{Day, 10}},
		"weeks":                 {steps(7), Resolution{Week, 1}},
		"two weeks":             {steps(14), Resolution{Week, 2}},
		"four weeks":            {steps(28), Resolution{Week, 4}},
		"4-4-5 weeks":           {steps(28, 28, 35), Resolution{Month, 1}},
		"month ends":            {ends(1), Resolution{Month, 1}},
		"every other month end": {ends(2), Resolution{Month, 2}},
		"quarter ends":          {ends(3), Resolution{Quarter, 1}},
		"thirteen weeks":        {steps(91), Resolution{Quarter, 1}},
		"half-years":            {ends(6), Resolution{Month, 6}},
		"months of the 31st": {
			[]time.Time{time.Date(2021, 1, 31, 0, 0, 0, 0, time.UTC), time.Date(2021, 2, 28, 0, 0, 0, 0, time.UTC), time.Date(2021, 3, 31, 0, 0, 0, 0, time.UTC)},
			Resolution{Month, 1},
		},
		"a single date": {steps(7)[:1], Resolution{Week, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var labels []string
			for _, d := range c.dates {
				labels = append(labels, d.Format(time.DateOnly))
			}
			p, err := readLabels(t, labels, "")
			require.NoError(t, err)
			require.Equal(t, c.want, p.Resolution)
			require.Empty(t, p.Report.Spacing.Gaps)
			require.Equal(t, labels, p.Weeks, "ISO dates stay as they are")
			require.Nil(t, p.Report.Dates)
			for _, n := range []int{1, 2, len(labels)} {
				first, err := p.First(min(n, len(labels)))
				require.NoError(t, err)
				require.Equal(t, p.Resolution, first.Resolution)
			}
		})
	}
}

func TestMissingMonthIsOneGap(t *testing.T) {
	var labels []string
	for i, d := range periods(Month, time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC), 30) {
		if i != 13 {
			labels = append(labels, d.Format(time.DateOnly))
		}
	}
	p, err := readLabels(t, labels, "")
	require.NoError(t, err)
	require.Equal(t, Spacing{Unit: "month", Step: 1, Gaps: []Gap{{"2022-01-01", "2022-03-01", 2}}}, p.Report.Spacing)
	require.Contains(t, p.Report.String(), "29 months (2021-01-01 to 2023-06-01)\nmonths are 1 month apart, but not 2022-01-01 to 2022-03-01")
}

// Regions whose weeks begin on other weekdays have the weeks of the rest, and are named.
func TestWeekdaysAreAligned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "panel.csv")
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SliceOfN(rapid.IntRange(-3, 3), 12, 12).Draw(t, "days")
		usual := rapid.IntRange(0, 11).Draw(t, "usual")
		for i := range 7 {
			days[(usual+i)%12] = 0
		}
		label := func(r, t int) string {
			return time.Date(2022, 1, 3+7*t+days[r], 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		}
		p, err := readText(path, datedGrid(12, 50, label, nil), small())
		require.NoError(t, err)
		want, err := readText(path, grid12(nil), small())
		require.NoError(t, err)
		for _, a := range p.Report.Aligned {
			require.Equal(t, "Monday", a.To)
			for _, name := range a.Regions {
				require.Equal(t, a.Days, -days[slices.Index(p.Regions, name)])
			}
		}
		p.Report.Aligned = nil
		require.Equal(t, want, p)
	})
}

// Weeks that end on a day are those that begin six days before, if the ranges say so.
func TestAlignmentFollowsTheRange(t *testing.T) {
	label := func(r, t int) string {
		day := 3
		if r > 7 {
			day += 5
		}
		return time.Date(2022, 1, day+7*t, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	p, err := Read(write(t, "panel.csv", datedGrid(12, 50, label, nil)), small())
	require.NoError(t, err)
	require.Len(t, p.Weeks, 50)
	require.Nil(t, p.Missing)
	require.Contains(t, p.Report.Lines(), "weeks dated by another weekday, Saturday instead of Monday, aligned 5 days earlier: r08, r09, r10, r11")
}

// Regions that write a month by different days share it.
func TestMonthsOfRegionsAreAligned(t *testing.T) {
	label := func(r, t int) string {
		end := 0
		if r < 7 {
			end = 1
		}
		return time.Date(2021, time.Month(1+t+1-end), end, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	p, err := Read(write(t, "panel.csv", datedGrid(12, 50, label, nil)), small())
	require.NoError(t, err)
	require.Len(t, p.Weeks, 50)
	require.Equal(t, "2021-02-01", p.Weeks[1])
	require.Equal(t, Resolution{Month, 1}, p.Resolution)
}

func TestReadingIsReported(t *testing.T) {
	p, err := readLabels(t, []string{"1/28/2024", "1/14/2024", "1/21/2024"}, "")
	require.NoError(t, err)
	require.Equal(t, &Reading{Format: "mdy", Notation: "month/day/year", Label: "1/14/2024", Week: "2024-01-14"}, p.Report.Dates)
	require.Contains(t, p.Report.Lines(), `"1/14/2024" is read as 2024-01-14 (month/day/year)`)
}

// FuzzWeeks: any column gives an error of one line, or weeks that ascend and that are read again as the same.
func FuzzWeeks(f *testing.F) {
	for name, n := range notated {
		var labels []string
		for _, d := range periods(n.of[0], time.Date(2023, 11, 6, 0, 0, 0, 0, time.UTC), 9) {
			labels = append(labels, n.write(d))
		}
		f.Add(strings.Join(labels, ";"), "")
		f.Add(strings.Join(labels, ";"), name)
	}
	for _, n := range notations {
		f.Add("1/1/2024;2/1/2024", n.format)
	}
	f.Fuzz(func(t *testing.T, column, format string) {
		if !slices.ContainsFunc(notations, func(n notation) bool { return n.format == format }) {
			format = "" // a configuration has no others
		}
		labels := strings.Split(column, ";")
		c := &weekColumn{place: func(line int) (string, int) { return "panel.csv", line }}
		series := make([][]int, 3)
		for i, label := range labels {
			series[i%3] = append(series[i%3], c.add(i+2, label))
		}
		var cal calendar
		var e *labelError
		bounded.Memory(t, len(column), func() { cal, e = c.read(format, series, Resolution{}) })
		if e != nil {
			require.NotContains(t, fmt.Sprintf("%q %s %s", c.labels[e.label], e.problem, e.fix), "\n")
			return
		}
		require.True(t, slices.IsSorted(cal.values))
		require.Len(t, cal.at, len(c.labels))
		require.Len(t, cal.weeks, len(cal.values))
		p := &Panel{Weeks: cal.weeks, Resolution: cal.resolution}
		again, err := p.calendar()
		require.NoError(t, err)
		require.Equal(t, cal.weeks, again.weeks)
		require.Equal(t, cal.resolution, again.resolution)
	})
}
