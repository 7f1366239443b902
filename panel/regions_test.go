package panel

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// salesTable writes a table of weeks and regions with sales, as a spreadsheet has it.
func salesTable(sales map[string]func(week int) string) string {
	var b strings.Builder
	b.WriteString("region,week,sales,tv\n")
	for region, of := range sales {
		for week := range 30 {
			fmt.Fprintf(&b, "%s,%d,%s\n", region, week+1, of(week))
		}
	}
	return b.String()
}

func steady(scale int) func(int) string {
	return func(week int) string { return fmt.Sprintf("%d,%d", scale*(10+week*week%7), week%4) }
}

// A region that is the sum of the others is named, and one that is not is not; so are names that differ only in writing.
func TestRegionsThatAreProbablyMistakes(t *testing.T) {
	columns := Columns{Region: "region", Week: "week", Target: "sales", Media: []string{"tv"}}
	report := func(sales map[string]func(int) string) Report {
		p, err := Read(write(t, "panel.csv", salesTable(sales)), columns)
		require.NoError(t, err)
		return p.Report
	}
	r := report(map[string]func(int) string{"A": steady(1), "B": steady(2), "Total": steady(3)})
	require.Equal(t, []string{"Total"}, r.Totals)
	require.Contains(t, r.String(), "sum of all others: Total")
	require.Empty(t, report(map[string]func(int) string{"A": steady(1), "B": steady(2), "C": steady(4)}).Totals)
	require.Empty(t, report(map[string]func(int) string{"A": steady(1), "B": steady(1)}).Totals, "two that are alike")
	r = report(map[string]func(int) string{"north west": steady(1), "North  West": steady(2), "South": steady(5)})
	require.Equal(t, []string{"North  West and north west"}, r.SpelledTwice)
}
