package panel

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/bounded"
)

// shopRow is a row of shop as other programs write it: dates as days, whole numbers, optional cells.
type shopRow struct {
	Area   string   `parquet:"area"`
	Monday int32    `parquet:"monday,date"`
	Sales  *float64 `parquet:"sales,optional"`
	Spots  *int64   `parquet:"tv_spots,optional"`
	Clicks float32  `parquet:"search_clicks"`
	Price  *float64 `parquet:"price,optional"`
	TVCost float64  `parquet:"tv_cost"`
	Cost   string   `parquet:"search_cost"`
	Tags   []string `parquet:"note,list"`
}

func shopRows() []shopRow {
	var rows []shopRow
	for _, r := range []struct {
		area string
		n    int
	}{{"north", 0}, {"south", 1}} {
		for week := range 3 {
			sales, price := float64(100*(1+r.n)+10*week), 1.5+float64(r.n)+0.1*float64(week)
			spots := []int64{10, 0, 20, 1, 2, 3}[3*r.n+week]
			cost := []float64{1000, 0, 2000, 100, 200, 300}[3*r.n+week]
			clicks := []float32{5, 6, 7, 50, 60, 70}[3*r.n+week]
			monday := int32(time.Date(2021, 1, 4+7*week, 0, 0, 0, 0, time.UTC).Unix() / 86400)
			rows = append(rows, shopRow{
				Area: r.area, Monday: monday, Sales: &sales, Spots: &spots, Clicks: clicks, Price: &price, TVCost: cost,
				Cost: fmt.Sprint(10 * clicks), Tags: []string{"a", "b"},
			})
		}
	}
	return rows
}

func writeParquet[T any](t testing.TB, rows []T, options ...parquet.WriterOption) string {
	var file bytes.Buffer
	w := parquet.NewGenericWriter[T](&file, options...)
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return write(t, "panel.parquet", file.String())
}

func TestParquetEqualsCSV(t *testing.T) {
	rows := shopRows()
	p, err := Read(writeParquet(t, rows, parquet.MaxRowsPerRowGroup(4)), shopColumns())
	require.NoError(t, err)
	p.Report.File = ""
	want := readShop(t, shop)
	for i := range want.Control { // 1.5 + 0.1 + 0.1 is not quite 1.7
		require.InDelta(t, want.Control[i], p.Control[i], 1e-15)
	}
	p.Control = want.Control
	require.Equal(t, want, p)
}

// A null is a missing value, as an empty cell is.
func TestParquetNullEqualsEmptyCell(t *testing.T) {
	rows := shopRows()
	rows[0].Sales, rows[1].Spots, rows[5].Price = nil, nil, nil
	p, err := Read(writeParquet(t, rows), shopColumns())
	require.NoError(t, err)
	require.Equal(t, 110.0, p.Target[0])
	require.Equal(t, p.Control[4], p.Control[5])
	require.Equal(t, 1, p.Report.MediaZeroed)
	require.Equal(t, Filled{Forward: 1}, p.Report.ControlFilled)
	require.Equal(t, Filled{Backward: 1}, p.Report.TargetFilled)
}

func TestParquetErrorsNameTheRow(t *testing.T) {
	bad := -1.0
	for name, c := range map[string]struct {
		spoil func(rows []shopRow)
		with  func(*Columns)
		says  string
	}{
		"text": {
			spoil: func(rows []shopRow) { rows[4].Cost = "none yet" },
			says:  `:5: column "search_cost": "none yet" is not a number`,
		},
		"negative": {
			spoil: func(rows []shopRow) { rows[3].TVCost = bad }, says: `:4: column "tv_cost": "-1" is negative`,
		},
		"infinite": {spoil: func(rows []shopRow) { *rows[0].Sales = math.Inf(1) }, says: `:1: column "sales": "+Inf"`},
		"duplicate": {
			spoil: func(rows []shopRow) { rows[2].Monday -= 7 },
			says:  `:3: region "north", week "2021-01-11" is already on line 2`,
		},
		"nested":  {with: func(c *Columns) { c.Target = "note" }, says: `column "note" is nested`},
		"missing": {with: func(c *Columns) { c.Target = "sale" }, says: `did you mean "sales"?`},
	} {
		t.Run(name, func(t *testing.T) {
			rows, columns := shopRows(), shopColumns()
			if c.spoil != nil {
				c.spoil(rows)
			}
			if c.with != nil {
				c.with(&columns)
			}
			_, err := Read(writeParquet(t, rows, parquet.MaxRowsPerRowGroup(2)), columns)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestEmptyParquet(t *testing.T) {
	_, err := Read(writeParquet(t, []shopRow{}), shopColumns())
	require.ErrorContains(t, err, "no rows")
	for _, content := range []string{"", "PAR1", shop} {
		_, err = Read(write(t, "panel.parquet", content), shopColumns())
		require.ErrorContains(t, err, "unreadable Parquet")
	}
}

// Damage anywhere in a file is an error or goes unnoticed; it never causes a panic.
func TestDamagedParquetNeverPanics(t *testing.T) {
	whole, err := os.ReadFile(writeParquet(t, shopRows()))
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		damaged := bytes.Clone(whole)
		// The last 12 bytes only say how long the footer is.
		damaged[random.IntN(len(damaged)-12)] ^= byte(1 + random.IntN(255))
		p, readErr := Read(write(t, "panel.parquet", string(damaged)), shopColumns())
		require.NotEqual(t, p == nil, readErr == nil)
	}
}

// FuzzParquet: any bytes give an error of one line or a panel, in bounded memory.
func FuzzParquet(f *testing.F) {
	path := filepath.Join(f.TempDir(), "fuzz.parquet")
	columns := small()
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		bounded.Memory(t, len(content), func() {
			if _, err := Read(path, columns); err != nil {
				require.NotContains(t, err.Error(), "\n")
			}
		})
	})
}
