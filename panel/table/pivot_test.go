package table

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// pivoted reads a long table as a wide one.
func pivoted(t require.TestingT, path string) (names []string, rows [][]string, repeat *Repeat, err error) {
	err = With(path, Options{}, func(long *Table) error {
		wide, twice, err := long.Pivot([]int{0}, 1, 2)
		if err != nil {
			return err
		}
		names, repeat = wide.Columns, twice
		var wanted []Wanted
		for i := range names {
			wanted = append(wanted, Wanted{Column: i, Number: i > 0})
		}
		return wide.Rows(wanted, func() { rows = nil }, func(_ int, cells []Cell) error {
			var row []string
			for _, c := range cells {
				row = append(row, strings.Clone(c.Text))
			}
			rows = append(rows, row)
			return nil
		})
	})
	return names, rows, repeat, err
}

// A wide table that is written long, its rows in any order, is the same table again.
func TestPivotUndoesMelting(t *testing.T) {
	path := write(t, "long.csv", nil)
	rapid.Check(t, func(rt *rapid.T) {
		weeks, variables := rapid.IntRange(1, 6).Draw(rt, "weeks"), rapid.IntRange(1, 4).Draw(rt, "variables")
		var want [][]string
		var lines []string
		for w := range weeks {
			row := []string{fmt.Sprintf("w%d", w)}
			for v := range variables {
				x := fmt.Sprint(rapid.IntRange(0, 99).Draw(rt, "x"))
				row = append(row, x)
				lines = append(lines, fmt.Sprintf("w%d,v%d,%s\n", w, v, x))
			}
			want = append(want, row)
		}
		lines = rapid.Permutation(lines).Draw(rt, "order")
		require.NoError(rt, rewrite(path, "week,variable,value\n"+strings.Join(lines, "")))
		names, rows, repeat, err := pivoted(rt, path)
		require.NoError(rt, err)
		require.Nil(rt, repeat)
		require.Len(rt, names, 1+variables)
		require.ElementsMatch(rt, want, rows)
	})
}

// A value that comes twice is named with both of its lines; a row without a variable is refused.
func TestPivotNamesWhatIsWrong(t *testing.T) {
	_, _, repeat, err := pivoted(t, write(t, "long.csv", []byte("week,variable,value\n1,tv,2\n1,sales,5\n1,tv,3\n")))
	require.NoError(t, err)
	require.Equal(t, &Repeat{Keys: []string{"1"}, Variable: "tv", Lines: [2]int{2, 4}}, repeat)
	_, _, _, err = pivoted(t, write(t, "long.csv", []byte("week,variable,value\n1,tv,2\n1, ,5\n")))
	require.ErrorContains(t, err, "long.csv:3")
	require.ErrorContains(t, err, "name the variable")
}
