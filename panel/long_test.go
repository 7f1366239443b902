package panel

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/internal/bounded"
)

func longColumns() Columns {
	c := shopColumns()
	c.Long = Long{"what", "how_much"}
	return c
}

// melted is the shop as a long table, its rows without the header, and without empty cells.
func melted(cell func(variable, value string) string) (header string, rows []string) {
	lines := strings.Split(strings.TrimSpace(shop), "\n")
	names := strings.Split(lines[0], ",")
	for _, line := range lines[1:] {
		cells := strings.Split(line, ",")
		for k := 2; k < len(names)-1; k++ {
			rows = append(rows, fmt.Sprintf("%s,%s,%s,%s\n", names[k], cells[1], cell(names[k], cells[k]), cells[0]))
		}
	}
	return "what,monday,how_much,area\n", rows
}

// A long table is the wide one with its columns sorted, in any order of rows.
func TestLongTableIsTheWideOne(t *testing.T) {
	header, rows := melted(func(_, value string) string { return value })
	wide := readShop(t, shop)
	rapid.Check(t, func(rt *rapid.T) {
		order := rapid.Permutation(rows).Draw(rt, "order")
		p, err := Read(write(t, "long.csv", header+strings.Join(order, "")), longColumns())
		require.NoError(rt, err)
		require.Equal(rt, wide.Regions, p.Regions)
		require.Equal(rt, wide.Weeks, p.Weeks)
		require.Equal(rt, wide.Target, p.Target)
		require.Equal(rt, wide.Control, p.Control)
		require.Equal(rt, []string{"search_clicks", "tv_spots"}, p.Channels, "sorted")
		require.Equal(rt, []string{"search_cost", "tv_cost"}, p.SpendNames)
		for i := range wide.Media {
			require.Equal(rt, wide.Media[i], p.Media[i^1])
			require.Equal(rt, wide.Spend[i], p.Spend[i^1])
		}
		require.Equal(rt, wide.Report.Rows, p.Report.Rows)
	})
}

// A variable without a row is an empty cell.
func TestLongTableMayLackRows(t *testing.T) {
	header, rows := melted(func(_, value string) string { return value })
	p, err := Read(write(t, "long.csv", header+strings.Join(rows[1:], "")), longColumns())
	require.NoError(t, err)
	q := readShop(t, strings.Replace(shop, ",100,10", ",,10", 1))
	require.Equal(t, q.Target, p.Target)
	require.Equal(t, q.Filled, p.Filled)
}

func TestBadLongTables(t *testing.T) {
	header, rows := melted(func(_, value string) string { return value })
	table := header + strings.Join(rows, "")
	for says, c := range map[string]struct {
		table string
		with  func(*Columns)
	}{
		`long.variable "wat" matches no column; did you mean "what"?`:                         {table, func(c *Columns) { c.Long.Variable = "wat" }},
		`long.value "value" matches no column. The columns are what, monday`:                  {table, func(c *Columns) { c.Long.Value = "value" }},
		`week "week" matches no column. The columns are what`:                                 {table, func(c *Columns) { c.Week = "week" }},
		`media "tv" matches no column. The columns are area, monday, price, sales`:            {table, func(c *Columns) { c.Media = []string{"tv"} }},
		`long: names one column: write {variable: VariableName, value`:                        {table, func(c *Columns) { c.Long.Value = "" }},
		`:38: region "north", week "2021-01-04", variable "sales" is already on line 2 (keep`: {table + rows[0], nil},
		`:38: column "what": "" is not a variable`:                                            {table + ",2021-01-04,3,north\n", nil},
		`:11: column "price": "2,5x" is not a number`:                                         {strings.Replace(table, "1.6", `"2,5x"`, 1), nil},
		`:3: column "tv_spots": "-10" is negative`:                                            {strings.Replace(table, ",10,", ",-10,", 1), nil},
	} {
		columns := longColumns()
		if c.with != nil {
			c.with(&columns)
		}
		p, err := Read(write(t, "long.csv", c.table), columns)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "\n")
		require.Nil(t, p)
	}
}

// The first of several bad cells is named, in any order of rows.
func TestFirstLineOfALongTableIsNamed(t *testing.T) {
	header, rows := melted(func(_, value string) string { return value })
	path := filepath.Join(t.TempDir(), "long.csv")
	rapid.Check(t, func(rt *rapid.T) {
		order := slices.Clone(rapid.Permutation(rows).Draw(rt, "order"))
		bad := rapid.SliceOfNDistinct(rapid.IntRange(0, len(order)-1), 1, 4, rapid.ID[int]).Draw(rt, "bad")
		for _, i := range bad {
			cells := strings.Split(order[i], ",")
			cells[2] = "-1e300"
			order[i] = strings.Join(cells, ",")
		}
		_, err := readText(path, header+strings.Join(order, ""), longColumns())
		require.ErrorContains(rt, err, fmt.Sprintf(":%d: column", 2+slices.Min(bad)))
	})
}

// Rows of another dimension, such as campaigns, add up in a long table as in a wide one.
func TestLongTableAddsUpDimensions(t *testing.T) {
	header, rows := melted(func(_, value string) string { return value })
	twice := header
	for _, row := range rows {
		twice += row + row
	}
	c := longColumns()
	c.Duplicates = "sum"
	p, err := Read(write(t, "long.csv", twice), c)
	require.NoError(t, err)
	wide := readShop(t, shop)
	for i, y := range wide.Target {
		require.Equal(t, 2*y, p.Target[i])
		require.Equal(t, wide.Control[i], p.Control[i], "a price does not add up")
	}
}

// FuzzLong: any bytes give an error of one line, or a panel of finite numbers.
func FuzzLong(f *testing.F) {
	header, rows := melted(func(_, value string) string { return value })
	for _, seed := range []string{header + strings.Join(rows, ""), header, "what,monday,how_much,area\nsales,1,2,a\ntv_spots,1,3,a\nsales,1,2,a", "what;monday"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, content string, sum bool) {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		c := Columns{
			Region: "area", Week: "monday", Target: "sales", Media: []string{"t*"}, Controls: []string{"p*"}, Long: Long{"what", "how_much"},
		}
		if sum {
			c.Duplicates = "sum"
		}
		bounded.Memory(t, len(content), func() {
			p, err := Read(path, c)
			if err != nil {
				require.Nil(t, p)
				require.NotContains(t, err.Error(), "\n")
				return
			}
			for _, b := range p.blocks() {
				require.Len(t, b.cells, len(p.Regions)*len(p.Weeks)*len(b.names))
				for _, x := range b.cells {
					require.False(t, math.IsNaN(x-x))
				}
			}
		})
	})
}
