package holiday

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/bounded"
)

// FuzzFile: any bytes give an error of one line, or days with a date and a name, in bounded memory.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"", "date,name\n", "\ufeffname,date\nEid,2024-04-10\n", "date,name\n2024-02-30,x\n", "date,name\n2024-01-01\n", "date,name\n\"2024",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "holidays.csv")
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		bounded.Memory(t, len(content), func() {
			c, err := Open(path)
			if err != nil {
				require.Nil(t, c)
				require.NotContains(t, err.Error(), "\n")
				return
			}
			for _, d := range c.Days {
				require.Len(t, d.Date, len("2024-12-25"))
				require.NotEmpty(t, d.Name)
			}
		})
	})
}

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

// Dates as the governments publish them: of the United States by the Office of Personnel Management, of Germany by the law of
// each state.
func TestKnownDates(t *testing.T) {
	for _, c := range []struct{ code, date string }{
		{"US", "2023-11-23"}, {"US", "2024-11-28"}, {"US", "2024-07-04"}, {"US", "2024-09-02"}, {"US", "2024-05-27"},
		{"US", "2024-12-25"}, {"US", "2022-12-26"}, {"US", "2021-12-31"}, // observed: Christmas of a Sunday, New Year of a Saturday
		{"DE", "2024-03-29"}, {"DE", "2024-04-01"}, {"DE", "2024-05-09"}, {"DE", "2024-05-20"}, {"DE", "2024-10-03"},
		{"DE-BY", "2024-05-30"}, {"DE-BY", "2025-06-19"}, {"de-by", "2024-01-06"},
	} {
		calendar, err := Open(c.code)
		require.NoError(t, err)
		on, err := time.Parse(time.DateOnly, c.date)
		require.NoError(t, err)
		days := calendar.Between(on, on.AddDate(0, 0, 1))
		require.NotEmpty(t, days, "%s %s", c.code, c.date)
		for _, d := range days {
			require.Equal(t, c.date, d.Date)
		}
	}
	berlin, err := Open("DE-BE")
	require.NoError(t, err)
	require.Empty(t, berlin.Between(date(2024, 5, 30), date(2024, 5, 31)), "Corpus Christi is none of Berlin's")
}

// A span's holidays are those of its parts, in the order of their dates.
func TestBetweenAddsUp(t *testing.T) {
	us, err := Open("US")
	require.NoError(t, err)
	all := us.Between(date(2021, 1, 1), date(2025, 1, 1))
	var parts []Day
	for from := date(2021, 1, 1); from.Before(date(2025, 1, 1)); from = from.AddDate(0, 0, 7) {
		to := from.AddDate(0, 0, 7)
		if to.After(date(2025, 1, 1)) {
			to = date(2025, 1, 1)
		}
		parts = append(parts, us.Between(from, to)...)
	}
	require.Equal(t, all, parts)
}

func TestUnknownCodesNameTheNearest(t *testing.T) {
	for code, says := range map[string]string{"USA": "did you mean US?", "AU": "its parts are known: AU-ACT", "XQ": "there are AR"} {
		_, err := Open(code)
		require.ErrorContains(t, err, says)
	}
}

func TestFileOfDates(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "days.csv")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	c, err := Open(file("\ufeffname,date\nSale, 2024-03-01\nFair,2024-02-01\n"))
	require.NoError(t, err)
	require.Equal(t, []Day{{"2024-02-01", "Fair"}, {"2024-03-01", "Sale"}}, c.Between(date(2024, 2, 1), date(2024, 3, 2)))
	require.Len(t, c.Between(date(2024, 2, 1), date(2024, 3, 1)), 1, "the end is not included")
	for text, says := range map[string]string{
		"day,name\n2024-01-01,x\n":  "needs the columns date and name",
		"date,name\n":               "no rows",
		"date,name\n01.02.2024,x\n": `:2: column "date": "01.02.2024" is not a date (write 2024-12-25)`,
		"date,name\n2024-01-01,\n":  `:2: column "name"`,
		"date,name\n2024-01-01\n":   ":2: 1 cells",
		"date,name\n2024-02-30,x\n": "is not a date",
		"":                          "needs the columns date and name",
	} {
		_, err := Open(file(text))
		require.ErrorContains(t, err, says)
	}
	_, err = Open("no/such/days.csv")
	require.ErrorContains(t, err, "cannot read the holidays")
}
