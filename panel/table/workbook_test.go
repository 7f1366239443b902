package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// saveBook writes a workbook with one sheet for each name; fill writes its cells.
func saveBook(t require.TestingT, fill map[string]func(set func(address string, value any), f *excelize.File)) []byte {
	f := excelize.NewFile()
	for name, write := range fill {
		_, err := f.NewSheet(name)
		require.NoError(t, err)
		write(func(address string, value any) { require.NoError(t, f.SetCellValue(name, address, value)) }, f)
	}
	var file bytes.Buffer
	require.NoError(t, f.Write(&file))
	return file.Bytes()
}

type setter = func(address string, value any)

// What excelize writes is read back exactly: numbers, dates as ISO dates, truth values, texts, blank rows.
func TestWorkbookIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "panel.dat")
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[a-zé<&"\n ]{0,9}[a-z]`), 1, 9).Draw(t, "texts")
		fifteen := func(x float64) float64 { // digits are what excelize writes
			x, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64)
			require.NoError(t, err)
			return x
		}
		number := rapid.Map(rapid.Float64Range(-1e20, 1e20), fifteen)
		numbers := rapid.SliceOfN(number, len(texts), len(texts)).Draw(t, "numbers")
		first := time.Date(1950+rapid.IntRange(0, 120).Draw(t, "year"), 1, 4, 0, 0, 0, 0, time.UTC)
		step := rapid.IntRange(1, 3).Draw(t, "step") // 2 leaves a row blank after each
		file := saveBook(t, map[string]func(setter, *excelize.File){"Data": func(set setter, _ *excelize.File) {
			for i, name := range []string{"region", "week", "sales", "", "promo"} {
				set(string(rune('A'+i))+"3", name)
			}
			for i := range texts {
				row := strconv.Itoa(4 + i*step)
				set("A"+row, texts[i])
				set("B"+row, first.AddDate(0, 0, 7*i))
				set("C"+row, numbers[i])
				set("E"+row, numbers[i] > 0)
			}
		}})
		require.NoError(t, os.WriteFile(path, file, 0o600))
		got, err := readAll(path, Options{}, true)
		require.NoError(t, err)
		require.Equal(t, []string{"region", "week", "sales", "", "promo"}, got.names)
		require.Equal(t, (len(texts)-1)*(step-1), got.blank)
		for i, row := range got.cells {
			require.Equal(t, 4+i*step, got.lines[i], "lines are rows of the sheet")
			require.Equal(t, strings.TrimSpace(texts[i]), row[0].Text)
			require.Equal(t, first.AddDate(0, 0, 7*i).Format(time.DateOnly), row[1].Text)
			require.Equal(t, positiveZero(numbers[i]), row[2].Value)
			require.Equal(t, numbers[i] > 0, row[3].Value == 1)
		}
	})
}

func oneSheet(fill func(set setter, f *excelize.File)) map[string]func(setter, *excelize.File) {
	return map[string]func(setter, *excelize.File){"Data": fill}
}

// Only the format of a cell makes its number a date; a number with a comma in its format stays one; texts have the notation of
// texts, whatever the numbers beside them.
func TestCellsOfWorkbooks(t *testing.T) {
	file := saveBook(t, oneSheet(func(set setter, f *excelize.File) {
		formats := []string{"dd.mm.yyyy", `"week of" d-mmm-yy`, "#,##0.00", "0%", "[h]:mm:ss", "mmm yy", `[$-409]d/m/yy;@`, `0.0" days"`, "@"}
		for i, code := range formats {
			address := string(rune('A'+i)) + "2"
			set(string(rune('A'+i))+"1", fmt.Sprintf("c%d", i))
			set(address, 44200.0)
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			require.NoError(t, err)
			require.NoError(t, f.SetCellStyle("Data", address, address, style))
		}
		set("J1", "text")
		set("J2", "1.234,5")
		set("J3", "7,25")
		set("K1", "rich")
		require.NoError(t, f.SetCellRichText("Data", "K2", []excelize.RichTextRun{{Text: "a"}, {Text: "b"}}))
	}))
	got, err := readAll(write(t, "b.xlsx", file), Options{}, true)
	require.NoError(t, err)
	const date, number = "2021-01-04", "44200"
	require.Equal(t, []string{date, date, number, number, number, date, date, number, number, "1.234,5", "ab"}, got.texts()[0])
	require.Equal(t, 44200.0, got.cells[0][2].Value)
	require.Equal(t, 1234.5, got.cells[0][9].Value)
	require.Equal(t, 7.25, got.cells[1][9].Value)
}

func TestDatesOfWorkbooks(t *testing.T) {
	w := &workbook{}
	for serial, want := range map[string]string{
		"1": "1900-01-01", "59": "1900-02-28", "61": "1900-03-01", "44200": "2021-01-04", "44200.5": "2021-01-04T12:00:00Z",
		"44199.99999999999": "2021-01-04", "2958465": "9999-12-31", "2958466": "2958466", "-1": "-1", "x": "x",
	} {
		require.Equal(t, want, w.date(serial), serial)
	}
	require.Equal(t, "1904-01-02", (&workbook{date1904: true}).date("1"))
}

// Excel writes 17 digits where a number needs them.
func TestNumbersOfWorkbooksKeepTheirDigits(t *testing.T) {
	file := saveBook(t, oneSheet(func(set setter, _ *excelize.File) { set("A1", "x"); set("A2", 123456) }))
	for text, want := range map[string]float64{"0.30000000000000004": 0.30000000000000004, "1.0000000000000001E-5": 1.0000000000000001e-5, "1.234": 1.234} {
		got, err := readAll(write(t, "b.xlsx", replaceIn(t, file, "<v>123456</v>", "<v>"+text+"</v>")), Options{}, true)
		require.NoError(t, err)
		require.Equal(t, want, got.cells[0][0].Value)
	}
}

func TestFormulasAndErrors(t *testing.T) {
	edit := func(cell string) error {
		file := saveBook(t, oneSheet(func(set setter, _ *excelize.File) { set("A1", "x"); set("B1", "y"); set("A2", 1); set("B2", 123456) }))
		file = replaceIn(t, file, `<v>123456</v></c>`, cell)
		_, err := readAll(write(t, "b.xlsx", file), Options{}, true)
		return err
	}
	require.NoError(t, edit(`<f>A2+1</f><v>2</v></c>`))
	require.ErrorContains(t, edit(`<f>A2+1</f></c>`), "the formula in cell B2 has no calculated value: open it in Excel and save it")

	file := saveBook(t, oneSheet(func(set setter, _ *excelize.File) { set("A1", "x"); set("A2", "v1"); set("A3", "v2") }))
	file = replaceIn(t, file, `t="s"><v>1</v>`, `t="e"><v>#DIV/0!</v>`)
	file = replaceIn(t, file, `t="s"><v>2</v>`, `t="e"><v>#N/A</v>`)
	got, err := readAll(write(t, "b.xlsx", file), Options{}, true)
	require.NoError(t, err)
	require.Contains(t, got.cells[0][0].Problem, "error of a formula")
	require.True(t, got.cells[1][0].Missing)
}

// replaceIn changes the text of the files in an archive.
func replaceIn(t testing.TB, file []byte, old, new string) []byte {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	var out bytes.Buffer
	w, found := zip.NewWriter(&out), false
	for _, f := range z.File {
		from, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(from)
		require.NoError(t, err)
		found = found || bytes.Contains(content, []byte(old))
		to, err := w.Create(f.Name)
		require.NoError(t, err)
		_, err = to.Write(bytes.ReplaceAll(content, []byte(old), []byte(new)))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.True(t, found, old)
	return out.Bytes()
}

func TestSheetsOfWorkbooks(t *testing.T) {
	small := func(name string) func(setter, *excelize.File) {
		return func(set setter, _ *excelize.File) { set("A1", name); set("B1", "y"); set("A2", 1); set("B2", 2) }
	}
	hidden := func(set setter, f *excelize.File) {
		small("h")(set, f)
		require.NoError(t, f.SetSheetVisible("Old", false))
	}
	two := write(t, "two.xlsx", saveBook(t, map[string]func(setter, *excelize.File){"Sales": small("s"), "Costs": small("c")}))
	_, err := readAll(two, Options{}, true)
	require.ErrorContains(t, err, `several sheets have cells: "`)
	require.ErrorContains(t, err, `"Costs"`)
	require.ErrorContains(t, err, "--sheet")
	got, err := readAll(two, Options{Sheet: "Costs"}, true)
	require.NoError(t, err)
	require.Equal(t, []string{"c", "y"}, got.names)
	_, err = readAll(two, Options{Sheet: "costs"}, true)
	require.ErrorContains(t, err, `no sheet "costs". Its sheets are "Sheet1", "`)
	_, err = readAll(two, Options{Sheet: "Sheet1"}, true)
	require.ErrorContains(t, err, `the sheet "Sheet1" is empty`)

	one := write(t, "one.xlsx", saveBook(t, map[string]func(setter, *excelize.File){"Sales": small("s"), "Old": hidden}))
	got, err = readAll(one, Options{}, true)
	require.NoError(t, err, "a hidden sheet is not meant")
	require.Equal(t, []string{"s", "y"}, got.names)
	_, err = readAll(write(t, "none.xlsx", saveBook(t, nil)), Options{}, true)
	require.ErrorContains(t, err, "the workbook is empty")
}

func TestSheetsThatAreNoTables(t *testing.T) {
	for says, fill := range map[string]func(setter, *excelize.File){
		`:1: the first row has one name, "Report"`: func(set setter, _ *excelize.File) {
			set("A1", "Report")
			set("A2", "x")
			set("B2", "y")
		},
		`:3: cell D3, "note", is right of the last column`: func(set setter, _ *excelize.File) {
			set("A1", "x")
			set("B1", "y")
			set("A3", 1)
			set("D3", "note")
		},
	} {
		_, err := readAll(write(t, "b.xlsx", saveBook(t, oneSheet(fill))), Options{}, true)
		require.ErrorContains(t, err, says)
	}
}

func imitation(t require.TestingT) []byte {
	return saveBook(t, oneSheet(func(set setter, _ *excelize.File) {
		for i, row := range [][]any{
			{"region", "week", "sales", "tv"}, {"north", time.Date(2021, 1, 4, 0, 0, 0, 0, time.UTC), 1.5, true}, {"south", "2021-01-11", "1.234,5", nil},
		} {
			for j, value := range row {
				set(fmt.Sprintf("%c%d", 'A'+j, i+1), value)
			}
		}
	}))
}

// Damage anywhere in a workbook is an error, or changes nothing that was read. It never shortens a table silently.
func TestDamagedWorkbook(t *testing.T) {
	whole := imitation(t)
	want, err := readBytes(whole)
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		damaged := bytes.Clone(whole)
		damaged[random.IntN(len(damaged))] ^= byte(1 + random.IntN(255))
		if got, err := readBytes(damaged); err == nil {
			require.Equal(t, want.texts(), got.texts())
		}
	}
	cut := replaceIn(t, whole, `</sheetData>`, ``)
	_, err = readAll(write(t, "cut.xlsx", cut), Options{}, true)
	require.ErrorContains(t, err, "unreadable workbook")
}

func FuzzWorkbook(f *testing.F) {
	f.Add(imitation(f))
	f.Fuzz(func(t *testing.T, content []byte) { checkAnyBytes(t, content) })
}

// FuzzSheet puts any XML into the sheet of a workbook, which checksums would protect from a fuzzer.
func FuzzSheet(f *testing.F) {
	book := imitation(f)
	for _, seed := range []string{
		`<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="3"><c r="A3"><v>1</v></c></row>`,
		`<row r="1048576"><c r="XFD1048576" t="s"><v>0</v></c></row>`, `<row><c><v>1</v></c><c><f>A1</f></c></row>`, `<row r="-1">`, `<c/>`,
		strings.Repeat(`<row><c r="XFD1"><v>1</v></c></row>`, 100), `<row r="1"><c r="A1" s="99999999999"/></row>`,
	} {
		f.Add(seed)
	}
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, rows string) {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, file := range z.File {
			if !strings.Contains(file.Name, "worksheets/sheet2.xml") {
				require.NoError(t, w.Copy(file))
				continue
			}
			to, err := w.Create(file.Name)
			require.NoError(t, err)
			_, err = fmt.Fprintf(to, `<worksheet><sheetData>%s</sheetData></worksheet>`, rows)
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		checkAnyBytes(t, out.Bytes())
	})
}
