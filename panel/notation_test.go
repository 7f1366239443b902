package panel

import (
	"fmt"
	"maps"
	"math/rand"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// notated are ways to write a day, and the resolutions that they can write.
var notated = map[string]struct {
	write func(time.Time) string
	of    []Period
}{
	"ISO":                   {layout("2006-01-02"), allPeriods},
	"ISO, slashes":          {layout("2006/1/2"), allPeriods},
	"digits":                {layout("20060102"), allPeriods},
	"digits, day first":     {layout("02012006"), allPeriods},
	"digits, month first":   {layout("01022006"), allPeriods},
	"month/day/year":        {layout("1/2/2006"), allPeriods},
	"month/day/year, short": {layout("01/02/06"), allPeriods},
	"day.month.year":        {layout("2.1.2006"), allPeriods},
	"day-month-year, short": {layout("02-01-06"), allPeriods},
	"names":                 {layout("2 Jan 2006"), allPeriods},
	"names, month first":    {layout("January 2, 2006"), allPeriods},
	"names, hyphens":        {layout("02-Jan-06"), allPeriods},
	"names, weekday":        {layout("Mon, 2 January 2006"), allPeriods},
	"midnight":              {layout("2006-01-02T00:00:00Z"), allPeriods},
	"midnight, zone":        {layout("2006-01-02 00:00:00+02:00"), allPeriods},
	"midnight, microsecond": {layout("2006-01-02 00:00:00.000000"), allPeriods},
	"midnight, month first": {layout("1/2/2006 0:00"), allPeriods},
	"midnight, 12 hours":    {func(t time.Time) string { return t.Format("1/2/2006") + " 12:00:00 AM" }, allPeriods},
	"Excel":                 {func(t time.Time) string { return fmt.Sprint(t.Unix()/secondsOfDay - excelEpoch) }, allPeriods},
	"Excel, float":          {func(t time.Time) string { return fmt.Sprintf("%d.0", t.Unix()/secondsOfDay-excelEpoch) }, allPeriods},
	"ISO weeks":             {isoWeeks("%04d-W%02d"), []Period{Week}},
	"ISO weeks, together":   {isoWeeks("%04dW%02d"), []Period{Week}},
	"weeks, digits":         {isoWeeks("%04d%02d"), []Period{Week}},
	"weeks, hyphen":         {isoWeeks("%04d-%02d"), []Period{Week}},
	"months":                {layout("2006-01"), []Period{Month}},
	"months, digits":        {layout("200601"), []Period{Month}},
	"months, month first":   {layout("01/2006"), []Period{Month}},
	"months, names":         {layout("Jan 2006"), []Period{Month}},
	"months, year first":    {layout("2006 January"), []Period{Month}},
	"months, hyphen":        {layout("Jan-06"), []Period{Month}},
	"quarters":              {quarterly("%[1]dQ%[2]d"), []Period{Quarter}},
	"quarters, hyphen":      {quarterly("%[1]d-Q%[2]d"), []Period{Quarter}},
	"quarters, year last":   {quarterly("Q%[2]d %[1]d"), []Period{Quarter}},
	"numbers":               {func(t time.Time) string { return fmt.Sprint(t.Unix() / secondsOfDay / 7 % 1000) }, []Period{Number}},
}

var allPeriods = []Period{Day, Week, Month, Quarter}

func layout(l string) func(time.Time) string { return func(t time.Time) string { return t.Format(l) } }

func isoWeeks(form string) func(time.Time) string {
	return func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprintf(form, y, w) }
}

func quarterly(form string) func(time.Time) string {
	return func(t time.Time) string { return fmt.Sprintf(form, t.Year(), (t.Month()+2)/3) }
}

// periods are n consecutive periods, the first days of weeks being Mondays.
func periods(p Period, start time.Time, n int) []time.Time {
	all := make([]time.Time, n)
	for i := range all {
		switch p {
		case Day:
			all[i] = start.AddDate(0, 0, i)
		case Month:
			all[i] = time.Date(start.Year(), start.Month()+time.Month(i), 1, 0, 0, 0, 0, time.UTC)
		case Quarter:
			all[i] = time.Date(start.Year(), 1+3*time.Month(i), 1, 0, 0, 0, 0, time.UTC)
		default:
			all[i] = start.AddDate(0, 0, 7*i-int(start.Weekday()+6)%7)
		}
	}
	return all
}

// Every notation of the same periods gives the same weeks, resolution, values and times of the year, in whatever order the rows are.
func TestEveryNotationReadsTheSamePeriods(t *testing.T) {
	path := filepath.Join(t.TempDir(), "panel.csv")
	rapid.Check(t, func(rt *rapid.T) {
		n := notated[rapid.SampledFrom(slices.Sorted(maps.Keys(notated))).Draw(rt, "notation")]
		period := rapid.SampledFrom(n.of).Draw(rt, "period")
		start := time.Date(2004, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 7000).Draw(rt, "day"))
		all := periods(period, start, 100)
		rows := make([]string, len(all))
		for i, day := range all {
			rows[i] = fmt.Sprintf("%q,%d,1\n", n.write(day), i+1)
		}
		if period == Number {
			for i := range rows {
				rows[i] = fmt.Sprintf("%d,%d,1\n", i+7, i+1)
			}
		}
		rand.New(rand.NewSource(rapid.Int64().Draw(rt, "order"))).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		p, err := readText(path, "w,y,x\n"+strings.Join(rows, ""),
			Columns{Week: "w", Target: "y", Media: []string{"x"}})
		require.NoError(rt, err)
		require.Equal(rt, Resolution{period, 1}, p.Resolution)
		require.Empty(rt, p.Report.Spacing.Gaps)
		years := p.Years()
		for i, day := range all {
			require.Equal(rt, float64(i+1), p.Target[i], "week %q", p.Weeks[i])
			if len(n.of) == len(allPeriods) {
				require.Equal(rt, day.Format(time.DateOnly), p.Weeks[i])
			}
			if i >= 12 && period == Month {
				require.InDelta(rt, 1, years[i]-years[i-12], 1e-9)
			}
		}
		again, err := New(*p)
		require.NoError(rt, err)
		require.Equal(rt, p.Weeks, again.Weeks)
		require.Equal(rt, p.Resolution, again.Resolution)
		require.Equal(rt, years, again.Years())
	})
}
