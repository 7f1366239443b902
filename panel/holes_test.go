package panel

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// grid12 is a table of 12 regions × 50 weeks without the rows that drop names.
func grid12(drop func(r, t int) bool) string { return datedGrid(12, 50, monday50, drop) }

func monday50(_, t int) string {
	return time.Date(2022, 1, 3+7*t, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func datedGrid(regions, weeks int, label func(r, t int) string, drop func(r, t int) bool) string {
	var table strings.Builder
	table.WriteString("r,w,y,x\n")
	for r := range regions {
		for t := range weeks {
			if drop == nil || !drop(r, t) {
				fmt.Fprintf(&table, "r%02d,%s,%d,%d\n", r, label(r, t), 100*r+t, t)
			}
		}
	}
	return table.String()
}

func TestGridMoreThanATenthEmptyIsQuestioned(t *testing.T) {
	for name, c := range map[string]struct {
		table string
		says  []string
	}{
		"every other week": {
			grid12(func(r, t int) bool { return t%2 == r%2 }),
			[]string{"288 of the 588 cells", "regions have rows on different days or weeks", `"r00" from 2022-01-10 and "r01" from 2022-01-03 on`},
		},
		"weeks of few regions": {
			grid12(func(r, t int) bool { return t%5 == 2 && r > 2 }),
			[]string{"90 of the 600 cells between the first and last row of 12 regions (50 weeks)", "most of them in 10 weeks that few regions have (2022-01-17"},
		},
		"a few regions": {
			grid12(func(r, t int) bool { return r > 9 && t%4 > 0 }),
			[]string{"most of them in 2 of the regions (r10, r11)"},
		},
		"here and there": {
			grid12(func(r, t int) bool { return (5*t+r)%7 == 0 }),
			[]string{"in 12 of the regions (r00, "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "panel.csv", c.table)
			_, err := Read(path, small())
			for _, says := range append(c.says, "data.missing_rows: complete") {
				require.ErrorContains(t, err, says)
			}
			require.NotContains(t, err.Error(), "\n")
			columns := small()
			columns.MissingRows = completeRows
			_, err = Read(path, columns)
			require.NoError(t, err)
		})
	}
}

// Regions that open late or close early have no holes, whatever share of the grid is empty.
func TestRegionsMayOpenLateAndCloseEarly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "panel.csv")
	rapid.Check(t, func(t *rapid.T) {
		opens := rapid.SliceOfN(rapid.IntRange(0, 47), 12, 12).Draw(t, "opens")
		lasts := rapid.SliceOfN(rapid.IntRange(2, 50), 12, 12).Draw(t, "lasts")
		table := grid12(func(r, t int) bool { return t < opens[r] || t >= opens[r]+lasts[r] })
		_, err := readText(path, table, small())
		require.NoError(t, err)
	})
}

func TestCrossSectionIsRefused(t *testing.T) {
	_, err := Read(write(t, "panel.csv", grid12(func(r, t int) bool { return t != 3*r })), small())
	require.ErrorContains(t, err, `each of the 12 regions has one row: without a series there is nothing to learn of media (is "r"`)
}
