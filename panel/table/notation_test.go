package table

import (
	"deepcausalmmm/internal/bounded"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// style is a way to write numbers.
type style struct {
	decimal, group       string
	before, after        string
	parentheses, percent bool
}

func (s style) format(x float64) string {
	text := strconv.FormatFloat(math.Abs(x), 'f', -1, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	if s.group != "" {
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + s.group + whole[at:]
		}
	}
	if text = whole; fraction != "" {
		text += s.decimal + fraction
	}
	if s.percent {
		text += " %"
	}
	text = s.before + text + s.after
	switch {
	case x >= 0:
		return text
	case s.parentheses:
		return "(" + text + ")"
	}
	return "-" + text
}

func drawStyle(t *rapid.T) style {
	s := style{decimal: rapid.SampledFrom([]string{".", ","}).Draw(t, "decimal")}
	other := map[string]string{".": ",", ",": "."}[s.decimal]
	s.group = rapid.SampledFrom([]string{"", other, " ", "'", "’", "\u00a0", "\u202f"}).Draw(t, "group")
	switch rapid.SampledFrom([]string{"plain", "€", "USD", "£ after", "percent"}).Draw(t, "decoration") {
	case "€":
		s.before = "€ "
	case "USD":
		s.before = "USD "
	case "£ after":
		s.after = " £"
	case "percent":
		s.percent = true
	}
	s.parentheses = rapid.Bool().Draw(t, "parentheses")
	return s
}

// Numbers are read back exactly from every notation, as strconv reads their digits: parse(format(x)) = x.
func TestEveryNotationIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	rapid.Check(t, func(t *rapid.T) {
		s := drawStyle(t)
		numbers := rapid.SliceOfN(rapid.Map(rapid.Float64Range(-1e7, 1e7), func(x float64) float64 {
			return math.Round(x*100) / 100
		}), 1, 20).Draw(t, "numbers")
		numbers = append(numbers, 0.5) // shows the decimal mark
		text := "x;y\n"
		for _, x := range numbers {
			text += s.format(x) + ";\n"
		}
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		got, err := readAll(path, Options{}, true)
		require.NoError(t, err)
		require.Len(t, got.cells, len(numbers))
		for i, x := range numbers {
			if s.percent {
				x, err = strconv.ParseFloat(strconv.FormatFloat(x, 'f', -1, 64)+"e-2", 64)
				require.NoError(t, err)
			}
			cell := got.cells[i][0]
			require.Empty(t, cell.Problem, cell.Text)
			require.Equal(t, positiveZero(x), cell.Value, cell.Text)
		}
	})
}

// Whatever strconv writes is read as strconv reads it, with nothing else in the file.
func TestPlainNumbersAreGoNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64().Draw(t, "x")
		text := strconv.FormatFloat(x, rapid.SampledFrom([]byte("efgEG")).Draw(t, "notation"), -1, 64)
		p := &plainNumbers{}
		cell, err := p.cell(0, text)
		require.NoError(t, err)
		require.Equal(t, positiveZero(x), cell.Value)
	})
}

// cells reads one column of numbers.
func cells(t *testing.T, separator string, texts ...string) []Cell {
	content := "x" + separator + "note\n"
	for _, text := range texts {
		content += `"` + text + `"` + separator + "\n"
	}
	got, err := readBytes([]byte(content))
	require.NoError(t, err)
	var column []Cell
	for _, row := range got.cells {
		column = append(column, row[0])
	}
	return column
}

func TestNotationIsThatOfTheFile(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  []float64
	}{
		{[]string{"1.234", "5,5"}, []float64{1234, 5.5}},
		{[]string{"1,234", "5.5"}, []float64{1234, 5.5}},
		{[]string{"1,234", "1,234,567"}, []float64{1234, 1234567}},
		{[]string{"1.234", "1.234.567"}, []float64{1234, 1234567}},
		{[]string{"1.234", "5.5"}, []float64{1.234, 5.5}},
		{[]string{"1.234", "0.987"}, []float64{1.234, 0.987}},
		{[]string{"1.234", "12345.678"}, []float64{1.234, 12345.678}},
		{[]string{"1.234", "1.2e3"}, []float64{1.234, 1200}},
		{[]string{"1 234", "1234"}, []float64{1234, 1234}},
		{[]string{"1'234.5", "(1,234)"}, []float64{1234.5, -1234}},
		{[]string{"€ 1,200.50", "€3"}, []float64{1200.5, 3}},
		{[]string{"-$5", "$-5", "R$ 5", "US$5"}[:2], []float64{-5, -5}},
		{[]string{"12 %", "7%", "0"}, []float64{0.12, 0.07, 0}},
		{[]string{"−5", "+5"}, []float64{-5, 5}},
		{[]string{"TRUE", "false", "Yes", "NO"}, []float64{1, 0, 1, 0}},
	} {
		for i, cell := range cells(t, ";", c.texts...) {
			require.Empty(t, cell.Problem, "%v", c.texts)
			require.Equal(t, c.want[i], cell.Value, "%v", c.texts)
		}
	}
}

// A number that could be read in two ways is refused with both readings and the fix, and so are numbers that contradict others.
func TestUncertainNumbersAreRefused(t *testing.T) {
	for _, c := range []struct {
		texts []string
		at    int
		says  []string
	}{
		{[]string{"7", "1,234"}, 1, []string{"may be 1234 or 1.234", "write 1234 without a separator, or 1.2340"}},
		{[]string{"7", "1.234"}, 1, []string{"may be 1.234 or 1234", "write 1234"}},
		{[]string{"12.000"}, 0, []string{"may be 12 or 12000", "write 12000 without a separator, or 12.0000"}},
		{[]string{"1.234", "1,234"}, 0, []string{"may be"}},
		{[]string{"1.5", "2.5", "1,5"}, 2, []string{`has a decimal comma, but "1.5" in column "x" on line 2 a decimal point`}},
		{[]string{"1.5", "2,5", "1,5"}, 0, []string{`has a decimal point, but "2,5" in column "x" on line 3 a decimal comma`}},
		{[]string{"12%", "5"}, 0, []string{`is a percentage, but "5" in column "x" on line 3 is not`}},
		{[]string{"$5", "€6"}, 1, []string{`is in another currency than "$5"`}},
		{[]string{"1,23,456"}, 0, []string{"is not a number"}},
		{[]string{"1.234,567.8"}, 0, []string{"is not a number"}},
		{[]string{"1 234'567"}, 0, []string{"is not a number"}},
		{[]string{"1_000"}, 0, []string{"is not a number", "digits"}},
		{[]string{"0x10"}, 0, []string{"is not a number"}},
		{[]string{"#DIV/0!"}, 0, []string{"is an error of a formula"}},
		{[]string{"-inf"}, 0, []string{"is not a finite number"}},
		{[]string{"5\xa0000"}, 0, []string{"is not UTF-8 text"}},
	} {
		cell := cells(t, ";", c.texts...)[c.at]
		require.True(t, math.IsNaN(cell.Value), "%v", c.texts)
		for _, says := range c.says {
			require.Contains(t, cell.Problem+" ("+cell.Fix+")", says, "%v", c.texts)
		}
	}
}

// With commas between cells a number that could be read in two ways has a decimal point; with bars, large numbers without
// separators have to show it.
func TestTheSeparatorOfCellsDecidesForThePoint(t *testing.T) {
	require.Equal(t, 1.234, cells(t, ",", "1.234")[0].Value)
	require.Equal(t, 1234.0, cells(t, ",", "1,234", "7")[0].Value)
	require.Equal(t, 1.234, cells(t, ",", "1,234", "2,5")[0].Value, "the file has decimal commas")
	require.NotEmpty(t, cells(t, ",", "1.234", "1,234")[0].Problem, "the two contradict each other")
	require.Equal(t, 1.234, cells(t, "|", "1.234", "56789")[0].Value)
	require.NotEmpty(t, cells(t, "|", "1.234", "567")[0].Problem)
	require.NotEmpty(t, cells(t, ";", "1.234", "56789")[0].Problem)
}

func TestWordsForMissingValues(t *testing.T) {
	for _, word := range []string{"NA", "N/A", "n/a", "null", "NULL", "NaN", "nan", "None", "-", "–", ".", "#N/A", "?", ""} {
		cell := cells(t, ",", "1", word+" ", "2")
		if word == "" { // the row has nothing else
			continue
		}
		require.True(t, cell[1].Missing && math.IsNaN(cell[1].Value) && cell[1].Problem == "", word)
		require.Equal(t, word, cell[1].Text)
	}
	require.True(t, cells(t, ",", "event1")[0].IsText())
	require.False(t, cells(t, ";", "1,5", "2.5")[1].IsText(), "a number with a problem is no category")
}

// FuzzFigure: a text is a number, missing, or a problem, in every notation, and never a panic.
func FuzzFigure(f *testing.F) {
	for _, seed := range []string{"1.234,5", "(€ 1'234.5)", "12 %", "-$5", "5- EUR", "1e999", "−3", "\u202f1", "((1))", "1e", ",", "NaN"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.TrimSpace(text)
		for _, decimal := range []byte{'.', ',', 0} {
			n := newEvidence().notation
			n.decimal = decimal
			n.columns[0] = &spelling{}
			var cell Cell
			bounded.Memory(t, len(text), func() { cell = n.cell(0, text) })
			require.Equal(t, cell.Missing || cell.Problem != "", math.IsNaN(cell.Value), "%+v", cell)
		}
	})
}
