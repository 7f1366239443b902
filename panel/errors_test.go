package panel

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every bad table is rejected in one line that names the place, the problem and usually the fix.
func TestBadTables(t *testing.T) {
	edit := func(old, new string) string {
		require.Contains(t, shop, old)
		return strings.Replace(shop, old, new, 1)
	}
	header := shop[:strings.Index(shop, "\n")+1]
	line4 := "north,2021-01-18,120,20,7,1.7,2000,70,\n"
	for name, c := range map[string]struct {
		table string
		with  func(*Columns)
		says  []string
	}{
		"empty file":  {table: "", says: []string{"the file is empty"}},
		"only a mark": {table: "\ufeff", says: []string{"the file is empty"}},
		"header only": {table: header, says: []string{"no rows"}},
		"not UTF-8":   {table: "a\xff,r\x00", says: []string{":1:", "UTF-8"}},
		"title":       {table: "Sales of 2021\n" + shop, says: []string{":1:", "above the header"}},
		"value right of the header": {
			table: strings.Replace(shop, "note", "", 1), says: []string{":2:", "right of the last column with a name"},
		},
		"missing column": {
			table: edit("sales", "Salse"),
			says:  []string{`target "sales"`, `did you mean "Salse"?`, "area, monday, Salse, tv_spots"},
		},
		"missing column, nothing near": {
			table: shop, with: func(c *Columns) { c.Week = "calendar" },
			says: []string{`week "calendar" matches no column. The columns are area, monday`},
		},
		"glob without match": {
			table: shop, with: func(c *Columns) { c.Media = []string{"tv_sp*", "radio_*"} },
			says: []string{`media "radio_*" matches no column`},
		},
		"bad glob": {
			table: shop, with: func(c *Columns) { c.Controls = []string{"[a"} },
			says: []string{`controls "[a"`, "glob"},
		},
		"no media named": {
			table: shop, with: func(c *Columns) { c.Media = nil }, says: []string{"no column is named for media"},
		},
		"no target named": {
			table: shop, with: func(c *Columns) { c.Target = "" }, says: []string{"no column is named for target"},
		},
		"column of two roles": {
			table: shop, with: func(c *Columns) { c.Controls = []string{"price", "s*"} },
			says: []string{`column "search_clicks"`, `media by "search_cl*"`, `controls by "s*"`},
		},
		"target among the media": {
			table: shop, with: func(c *Columns) { c.Media = []string{"*"} },
			says: []string{`column "area"`, "region", "media"},
		},
		"duplicate header": {table: edit("note", "price"), says: []string{`columns 6 and 9 are both named "price"`}},
		"text in a number": {
			table: edit("120,20,7", "120,off,7"),
			says: []string{
				`:4: column "tv_spots": "off" is not a number (write 0 for a week off air, or leave the row out)`,
			},
		},
		"decimal comma": {table: edit("1.7,", `"1,7",`), says: []string{`:4: column "price": "1,7" has a decimal comma`, `"1.5"`}},
		"+Inf": {
			table: edit("120,", "+Inf,"), says: []string{`:4: column "sales": "+Inf" is not a finite number`},
		},
		"-Inf": {
			table: edit("1.7,", "-inf,"), says: []string{`column "price": "-inf" is not a finite number`},
		},
		"overflow": {
			table: edit("1.7,", "1e999,"), says: []string{`column "price": "1e999" is not a finite number`},
		},
		"enormous": {table: edit("1.7,", "1e31,"), says: []string{`column "price": "1e31" is too large`}},
		"negative media": {
			table: edit("120,20,7", "120,-20,7"), says: []string{`:4: column "tv_spots": "-20" is negative (write 0`},
		},
		"negative spend": {
			table: edit("2000,70", "2000,-70"), says: []string{`:4: column "search_cost": "-70" is negative`},
		},
		"duplicate region-week": {
			table: shop + line4, says: []string{`:8: region "north", week "2021-01-18" is already on line 4`},
		},
		"unreadable week": {
			table: edit("2021-01-18", "mid January"),
			says:  []string{`:4: column "monday": "mid January" is not a date, a month`, "2021-01-04"},
		},
		"week in another notation": {
			table: edit("2021-01-18", "18.01.2021"),
			says: []string{`:4: column "monday": "18.01.2021" is of kind day/month/year, but week "2021-01-04" on line 2 is of kind date`,
				"the same way"},
		},
		"impossible date": {table: edit("2021-01-18", "2021-02-30"), says: []string{":4:", `"2021-02-30"`}},
		"empty week":      {table: edit("2021-01-18", ""), says: []string{`:4: column "monday": ""`}},
		"mixed weeks": {
			table: edit("2021-01-18", "3"),
			says: []string{`:4: column "monday": "3" is of kind number`,
				`week "2021-01-04" on line 2 is of kind date`},
		},
		"empty region": {
			table: edit("north,2021-01-18", ",2021-01-18"), says: []string{`:4: column "area"`, "is not a region"},
		},
		"too few fields": {
			table: edit(line4, "north,2021-01-18,120\n"), says: []string{":4: 3 fields, but the header has 9"},
		},
		"too many fields": {table: edit(line4, "north,1"+line4), says: []string{":4: 10 fields, but the header has 9"}},
		"open quote":      {table: edit(`"a, b"`, `"a, b`), says: []string{`"`, "quote"}},
		"no target at all": {
			table: header + "a,1,,1,1,1,1,1,\na,2,,1,1,1,1,1,\n",
			says:  []string{`column "sales" has no value at all`},
		},
		"no control at all": {
			table: header + "a,1,1,1,1,,1,1,\na,2,1,1,1,,1,1,\n",
			says:  []string{`column "price" has no value at all`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			columns := shopColumns()
			if c.with != nil {
				c.with(&columns)
			}
			path := write(t, "panel.csv", c.table)
			p, err := Read(path, columns)
			require.Nil(t, p)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "\n", "an error is one line")
			for _, part := range append(c.says, path) {
				require.Contains(t, err.Error(), part)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	for _, name := range []string{"none.csv", "none.parquet"} {
		path := filepath.Join(t.TempDir(), name)
		_, err := Read(path, shopColumns())
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.Equal(t, path+": no such file or directory (check the path)", err.Error())
	}
}

func TestFolderForAFile(t *testing.T) {
	folder := t.TempDir()
	_, err := Read(folder, shopColumns())
	require.ErrorContains(t, err, folder+": is a directory")
}

// A nearly empty grid means that a role has the wrong column; completing it could exhaust memory.
func TestNearlyEmptyGridIsRejected(t *testing.T) {
	stairs := func(n int) string {
		table := "r,w,y,x\n"
		for i := range n {
			table += fmt.Sprintf("%d,%d,1,1\n%d,%d,1,1\n", i, i, i, i+1)
		}
		return table
	}
	_, err := Read(write(t, "panel.csv", stairs(199)), small())
	require.NoError(t, err)
	_, err = Read(write(t, "panel.csv", stairs(200)), small())
	require.ErrorContains(t, err, `400 rows cannot describe 200 regions × 201 weeks (are "r" and "w" the right`)
}

func TestTypedErrorsCarryTheirEvidence(t *testing.T) {
	_, err := Read(write(t, "panel.csv", strings.Replace(shop, "1.7", "x", 1)), shopColumns())
	var cell *CellError
	require.True(t, errors.As(err, &cell))
	require.Equal(t, 4, cell.Line)
	require.Equal(t, "price", cell.Column)

	_, err = Read(write(t, "panel.csv", shop+"south,2021-01-04,1,1,1,1,1,1,\n"), shopColumns())
	var twice *DuplicateError
	require.True(t, errors.As(err, &twice))
	require.Equal(t, [2]int{5, 8}, twice.Lines)

	c := shopColumns()
	c.Target = "sale"
	_, err = Read(write(t, "panel.csv", shop), c)
	var column *ColumnError
	require.True(t, errors.As(err, &column))
	require.Equal(t, "target", column.Role)
}
