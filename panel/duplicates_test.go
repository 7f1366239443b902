package panel

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Rows of one region and week become what a grouping by hand gives: sums of flows and means of stocks, or means of all.
func TestDuplicatesAreGrouped(t *testing.T) {
	value := rapid.Map(rapid.IntRange(-1, 40), func(x int) float64 { // −1: missing
		if x < 0 {
			return math.NaN()
		}
		return float64(x) / 4
	})
	rapid.Check(t, func(rt *rapid.T) {
		type key struct {
			region string
			week   int
		}
		rows := map[key][][3]float64{} // y, x, price
		var lines []string
		for _, region := range []string{"a", "b"} {
			for week := range 3 {
				for range rapid.IntRange(1, 4).Draw(rt, "rows") {
					row := [3]float64{value.Draw(rt, "y"), value.Draw(rt, "x"), value.Draw(rt, "p")}
					rows[key{region, week}] = append(rows[key{region, week}], row)
					line := fmt.Sprintf("%s,%d", region, week)
					for _, v := range row {
						line += ","
						if !math.IsNaN(v) {
							line += fmt.Sprint(v)
						}
					}
					lines = append(lines, line+"\n")
				}
			}
		}
		lines = append(lines, "c,0,1,1,1\nc,1,1,1,1\nc,2,1,1,1\n") // so that each column has a value
		c := small()
		c.Controls = []string{"p"}
		c.Duplicates = rapid.SampledFrom([]string{"sum", "mean"}).Draw(rt, "duplicates")
		table := "r,w,y,x,p\n" + strings.Join(rapid.Permutation(lines).Draw(rt, "order"), "")
		p, err := Read(write(t, "panel.csv", table), c)
		require.NoError(rt, err)
		for r, region := range []string{"a", "b"} {
			for week := range 3 {
				for k, field := range [][]float64{p.Target, p.Media, p.Control} {
					sum, n := 0.0, 0.0
					for _, row := range rows[key{region, week}] {
						if !math.IsNaN(row[k]) {
							sum, n = sum+row[k], n+1
						}
					}
					if n == 0 {
						continue // filled, as in any table
					}
					if c.Duplicates == "mean" || k == 2 {
						sum /= n
					}
					require.Equal(rt, sum, field[r*3+week])
				}
			}
		}
	})
}

// One division is listed twice in every week.
func TestDivisionListedTwice(t *testing.T) {
	table := "r,w,y,x\n"
	for r := range 26 {
		for week := range 4 {
			row := fmt.Sprintf("division %02d,%d,%d,%d\n", r, week, 10+r, week)
			table += row
			if r == 7 {
				table += row
			}
		}
	}
	path := write(t, "panel.csv", table)
	c := small()
	_, err := Read(path, c)
	require.ErrorContains(t, err, `:31: region "division 07", week "0" is already on line 30 (keep one row per region and week, or set data.duplicates: sum or mean)`)
	c.Duplicates = "sum"
	p, err := Read(path, c)
	require.NoError(t, err)
	require.Equal(t, 34.0, p.Target[7*4])
	require.Equal(t, 16.0, p.Target[6*4])
	require.Nil(t, p.Missing)
	require.Equal(t, 108, p.Report.Rows)
	require.Contains(t, p.Report.String(), "rows of the same region and week: 8 in 4 region-weeks, of which one was made by sum")
	require.Contains(t, p.Report.String(), "added up, though all rows of a region and week have the same value: x, y (if the table repeats a total")
	c.Duplicates = "mean"
	p, err = Read(path, c)
	require.NoError(t, err)
	require.Equal(t, 17.0, p.Target[7*4])
	require.Empty(t, p.Report.Repeated)
	c.Duplicates = "max"
	_, err = Read(path, c)
	require.ErrorContains(t, err, `duplicates: "max" is not one of error, sum, mean`)
}

func TestDuplicatesHaveOneWord(t *testing.T) {
	c := Columns{Week: "w", Target: "y", Media: []string{"x"}, Controls: []string{"events"}, Duplicates: "sum"}
	p, err := Read(write(t, "panel.csv", "w,y,x,events\n1,1,1,sale\n1,2,3,sale\n1,1,1,\n2,1,1,\n3,1,1,\n"), c)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 0, 0}, p.Control)
	require.Equal(t, []float64{4, 1, 1}, p.Target)
	_, err = Read(write(t, "panel.csv", "w,y,x,events\n1,1,1,sale\n2,1,1,\n1,2,3,fair\n"), c)
	require.ErrorContains(t, err, `:4: column "events": "fair" is not "sale", which line 2 has for the same region and week`)
}
