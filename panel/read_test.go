package panel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// shop is a table of two regions and three weeks with every kind of column.
const shop = `area,monday,sales,tv_spots,search_clicks,price,tv_cost,search_cost,note
north,2021-01-04,100,10,5,1.5,1000,50,"a, b"
north,2021-01-11,110,0,6,1.6,0,60,
north,2021-01-18,120,20,7,1.7,2000,70,
south,2021-01-04,200,1,50,2.5,100,500,
south,2021-01-11,210,2,60,2.6,200,600,
south,2021-01-18,220,3,70,2.7,300,700,
`

func shopColumns() Columns {
	return Columns{
		Region: "area", Week: "monday", Target: "sales",
		Media: []string{"search_cl*", "tv_sp*"}, Controls: []string{"price"}, Spend: []string{"*_cost"},
	}
}

func write(t testing.TB, name, content string) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func readShop(t testing.TB, content string) *Panel {
	c := shopColumns()
	c.MissingRows = completeRows
	p, err := Read(write(t, "panel.csv", content), c)
	require.NoError(t, err)
	p.Report.File = ""
	return p
}

func TestReadPlacesEveryCell(t *testing.T) {
	p := readShop(t, shop)
	require.Equal(t, []string{"north", "south"}, p.Regions)
	require.Equal(t, []string{"2021-01-04", "2021-01-11", "2021-01-18"}, p.Weeks)
	require.Equal(t, []string{"tv_spots", "search_clicks"}, p.Channels, "in the order of the file, not of the globs")
	require.Equal(t, []string{"tv_cost", "search_cost"}, p.SpendNames)
	require.Equal(t, []float64{10, 5, 0, 6, 20, 7, 1, 50, 2, 60, 3, 70}, p.Media)
	require.Equal(t, []float64{1.5, 1.6, 1.7, 2.5, 2.6, 2.7}, p.Control)
	require.Equal(t, []float64{100, 110, 120, 200, 210, 220}, p.Target)
	require.Equal(t, []float64{1000, 50, 0, 60, 2000, 70, 100, 500, 200, 600, 300, 700}, p.Spend)
	require.Equal(t, []string{"panel: 6 rows, 2 regions × 3 weeks (2021-01-04 to 2021-01-18)"}, p.Report.Lines())
}

func TestTableWithoutRegionsIsOneRegion(t *testing.T) {
	north := strings.Join(strings.Split(shop, "\n")[:4], "\n")
	c := shopColumns()
	c.Region = ""
	p, err := Read(write(t, "panel.csv", north), c)
	require.NoError(t, err)
	require.Equal(t, []string{Whole}, p.Regions)
	require.Equal(t, []float64{10, 5, 0, 6, 20, 7}, p.Media)
	require.Equal(t, []float64{100, 110, 120}, p.Target)
	require.Contains(t, p.Report.Lines()[0], "1 region × 3 weeks")

	for content, says := range map[string]string{
		shop:                                  `:5: week "2021-01-04" is already on line 2 (name the regions' column under data.region`,
		strings.Replace(north, "11", "x", 1):  `:3: column "monday"`,
		strings.Replace(north, "1.6", "x", 1): `:3: column "price"`,
	} {
		_, err := Read(write(t, "panel.csv", content), c)
		require.ErrorContains(t, err, says)
	}
}

func TestReadAcceptsTheOutputOfOtherPrograms(t *testing.T) {
	want := readShop(t, shop)
	for name, content := range map[string]string{
		"byte order mark":   "\ufeff" + shop,
		"CRLF":              strings.ReplaceAll(shop, "\n", "\r\n"),
		"no last line end":  strings.TrimSuffix(shop, "\n"),
		"blank lines":       strings.ReplaceAll(shop, "south", "\nsouth"),
		"spaces":            strings.ReplaceAll(strings.Replace(shop, `"a, b"`, "", 1), ",", " , "),
		"quotes everywhere": strings.ReplaceAll(shop, "north", `"north"`),
		"nameless index":    indexed(shop),
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, want, readShop(t, content)) })
	}
}

// indexed prepends two columns without a name, like a saved index.
func indexed(table string) string {
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	for i := range lines {
		lines[i] = ",," + lines[i]
	}
	return strings.Join(lines, "\n")
}

func TestReadWithoutControlsOrSpend(t *testing.T) {
	c := shopColumns()
	c.Controls, c.Spend = nil, nil
	p, err := Read(write(t, "panel.csv", shop), c)
	require.NoError(t, err)
	require.Empty(t, p.Controls)
	require.Empty(t, p.Control)
	require.Nil(t, p.Spend)
}

// The order of rows does not matter.
func TestRowOrderDoesNotMatter(t *testing.T) {
	lines := strings.SplitAfter(shop, "\n")
	header, rows := lines[0], lines[1:len(lines)-1]
	want := readShop(t, shop)
	rapid.Check(t, func(rt *rapid.T) {
		order := rapid.Permutation(rows).Draw(rt, "order")
		require.Equal(rt, want, readShop(t, header+strings.Join(order, "")))
	})
}

func TestRegionsAndWeeksAreSortedByValue(t *testing.T) {
	for _, c := range []struct {
		name           string
		regions, weeks []string // in the order of the file
		r, w           []string // sorted
	}{
		{"integers", []string{"10", "9", "101"}, []string{"10", "9", "8"}, []string{"9", "10", "101"},
			[]string{"8", "9", "10"}},
		{"text", []string{"10", "b", "9"}, []string{"-1", "07", "-2"}, []string{"10", "9", "b"},
			[]string{"-2", "-1", "07"}},
		{"dates", []string{"é", "z"}, []string{"2021-12-27", "0999-01-01", "2022-01-03"}, []string{"z", "é"},
			[]string{"0999-01-01", "2021-12-27", "2022-01-03"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := "r,w,y,x\n"
			for _, r := range c.regions {
				for _, w := range c.weeks {
					table += fmt.Sprintf("%s,%s,1,1\n", r, w)
				}
			}
			p, err := Read(write(t, "panel.csv", table), small())
			require.NoError(t, err)
			require.Equal(t, c.r, p.Regions)
			require.Equal(t, c.w, p.Weeks)
		})
	}
}

// small is the layout of tables with columns r, w, y, x.
func small() Columns { return Columns{Region: "r", Week: "w", Target: "y", Media: []string{"x"}} }

func TestSpellingsOfOneWeekAreOneWeek(t *testing.T) {
	for _, table := range []string{"r,w,y,x\na,7,1,2\nb,07,3,4\n", "r,w,y,x\nb,07,3,4\na,7,1,2\n"} {
		p, err := Read(write(t, "panel.csv", table), small())
		require.NoError(t, err)
		require.Equal(t, []string{"07"}, p.Weeks)
		require.Equal(t, []float64{1, 3}, p.Target)
	}
}

func BenchmarkRead(b *testing.B) {
	var table strings.Builder
	table.WriteString("r,w,y")
	for m := range 22 {
		fmt.Fprintf(&table, ",x%d", m)
	}
	for i := range 20000 {
		fmt.Fprintf(&table, "\n%d,%d,%d.5", i/100, i%100, i)
		for m := range 22 {
			fmt.Fprintf(&table, ",%d.%d", i*m, m)
		}
	}
	path := write(b, "panel.csv", table.String())
	c := small()
	c.Media = []string{"x*"}
	for b.Loop() {
		_, err := Read(path, c)
		require.NoError(b, err)
	}
}
