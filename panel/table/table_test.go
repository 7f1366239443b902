package table

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"deepcausalmmm/internal/bounded"
)

func write(t testing.TB, name string, content []byte) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// contents are the names of a table and the cells of its rows.
type contents struct {
	names []string
	lines []int
	cells [][]Cell
	blank int
}

// texts are the cells' texts.
func (c contents) texts() (rows [][]string) {
	for _, row := range c.cells {
		var texts []string
		for _, cell := range row {
			texts = append(texts, cell.Text)
		}
		rows = append(rows, texts)
	}
	return rows
}

// readAll reads all columns that have a name, as numbers or as texts.
func readAll(path string, o Options, numbers bool) (c contents, err error) {
	err = With(path, o, c.read(numbers))
	return c, err
}

// readBytes is readAll of a file in memory, as numbers.
func readBytes(content []byte) (c contents, err error) {
	err = newSource("table", bytes.NewReader(content), int64(len(content)), nil).with(Options{}, c.read(true))
	return c, err
}

func (c *contents) read(numbers bool) func(*Table) error {
	return func(t *Table) error {
		c.names = t.Columns
		var wanted []Wanted
		for i, name := range t.Columns {
			if name != "" {
				wanted = append(wanted, Wanted{i, numbers})
			}
		}
		err := t.Rows(wanted, func() { c.lines, c.cells = nil, nil }, func(line int, cells []Cell) error {
			row := make([]Cell, len(cells))
			for i, cell := range cells {
				row[i] = cell
				row[i].Text = strings.Clone(cell.Text)
			}
			c.lines, c.cells = append(c.lines, line), append(c.cells, row)
			return nil
		})
		c.blank = t.Blank
		return err
	}
}

// A table of any texts is read back from every dialect in which encoding/csv writes it.
func TestEveryDialectIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table.csv")
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringMatching(`[a-zé0-9][a-zé,;"|. \n\t0-9]{0,6}[a-z0-9]`)
		width := rapid.IntRange(2, 5).Draw(t, "width")
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 1, 9).Draw(t, "rows")
		header := []string{"region", "week", "sales", "tv", "price"}[:width]
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		w.Comma = rapid.SampledFrom([]rune(separators)).Draw(t, "separator")
		require.NoError(t, w.WriteAll(append([][]string{header}, rows...)))
		content := text.String()
		end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end of lines")
		content = strings.ReplaceAll(content, "\n", end)
		encoded := encode(t, content, rapid.SampledFrom([]string{"plain", "mark", "little", "big"}).Draw(t, "encoding"))
		require.NoError(t, os.WriteFile(path, encoded, 0o600))

		got, err := readAll(path, Options{}, false)
		require.NoError(t, err)
		require.Equal(t, header, got.names)
		require.Equal(t, rows, got.texts())
	})
}

func encode(t require.TestingT, text, encoding string) []byte {
	switch encoding {
	case "mark":
		return []byte("\ufeff" + text)
	case "little", "big":
		order := map[string]unicode.Endianness{"little": unicode.LittleEndian, "big": unicode.BigEndian}[encoding]
		wide, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(text)
		require.NoError(t, err)
		return []byte(wide)
	}
	return []byte(text)
}

func TestBlankRowsAreSkippedAndCounted(t *testing.T) {
	got, err := readAll(write(t, "t.csv", []byte(",,\n ,,\na,b,\n1,2,\n,,\n\n3,4\n,\n , ,\n")), Options{}, true)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", ""}, got.names)
	require.Equal(t, [][]string{{"1", "2"}, {"3", "4"}}, got.texts())
	require.Equal(t, []int{4, 7}, got.lines, "lines are those of the file")
	require.Equal(t, 3, got.blank)
}

// A row whose cells may have slipped is an error, and so is a title instead of a header.
func TestRaggedTables(t *testing.T) {
	for content, says := range map[string]string{
		"a,b\n1,2\n1,2,3\n":                   ":3: 3 fields, but the header has 2 (put a cell that holds a comma in quotes)",
		"a;b\n1;2\n1;2\n1\n":                  ":4: 1 fields, but the header has 2",
		"a,b,\n1,2,\n1,2,3\n":                 ":3: a cell is right of the last column with a name",
		"r,w,x,\na,1,5,2\n":                   ":2: a cell is right of the last column with a name",
		"r,w,x,\na,1,5,\na,2,5,2,\n":          ":3: 5 fields",
		"Report 2021\nr,w,x\na,1,2\nb,1,2\n":  ":1: the first row has one name",
		"Report 2021,,\nr,w,x\na,1,2\nb,1,2n": ":1: the first row has one name",
		"a,b\n\"1,2\n":                        "close every quote",
	} {
		_, err := readAll(write(t, "t.csv", []byte(content)), Options{}, true)
		require.ErrorContains(t, err, says, "%q", content)
	}
}

func TestOtherFilesAreRefusedWithTheFix(t *testing.T) {
	for content, says := range map[string]string{
		oleMagic + "…":       "save it as .xlsx",
		"":                   "the file is empty",
		"\ufeff":             "the file is empty",
		"\n,,\n":             "the file is empty",
		"a\xff,b\n1,2\n":     "not UTF-8 text (save the table as CSV in UTF-8)",
		"a\x00,\x00b\n\x001": "not UTF-8 text",
	} {
		_, err := readAll(write(t, "t.csv", []byte(content)), Options{}, true)
		require.ErrorContains(t, err, says, "%q", content)
	}
	_, err := readAll(write(t, "t.csv", []byte("a,b\n1,2\n")), Options{Sheet: "x"}, true)
	require.ErrorContains(t, err, "only a workbook has sheets")
	_, err = readAll("none.csv", Options{}, true)
	require.ErrorContains(t, err, "none.csv: no such file or directory (check the path)")
}

// checkAnyBytes requires that a file of any content gives an error of one line, or a table, within the memory limit.
func checkAnyBytes(t *testing.T, content []byte) {
	checkTable(t, len(content), func() (contents, error) { return readBytes(content) })
}

func checkTable(t *testing.T, size int, read func() (contents, error)) {
	bounded.Memory(t, size, func() {
		c, err := read()
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		for _, row := range c.cells {
			for _, cell := range row {
				require.Equal(t, cell.Problem != "" || cell.Missing, cell.Value != cell.Value, "%+v", cell)
			}
		}
	})
}

func FuzzDialects(f *testing.F) {
	for _, seed := range []string{
		"r;w;y\na;1;2,5\n", "r\tw\ty\ra\t1\t2\r", "\xff\xfer\x00,\x00w\x00\n\x001\x00,\x002\x00", "r|w\n1|2", "r,w,\n1,2,\n,,\n",
		"\"a\nb\";c\n1;2", "Title\na,b\n1,2\n", "a,b\r1,\"2\r3\"\r", "y,x\n\"1.234,5\",(3)\n12 %,€ 4\n", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) { checkAnyBytes(t, content) })
}

// rewrite replaces a file's content.
func rewrite(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }
