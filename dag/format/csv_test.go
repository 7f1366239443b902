package format_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"deepcausalmmm/dag/format"
	"deepcausalmmm/internal/bounded"
)

// hostile are names that break a careless writer.
var hostile = []string{
	"=cmd()", `"; DROP`, `back\slash\n`, "two\nlines", "emoji 🙂", "<script>", strings.Repeat("x", 300), "a,b", "", " ",
}

func TestCSVReadsBackToTheLastBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()), 1, 6).Draw(t, "names")
		for i, name := range names {
			names[i] = strings.ReplaceAll(name, "\r\n", "\n") // the one thing that CSV does not keep
		}
		w := mat.NewDense(len(names), len(names), nil)
		w.Apply(func(_, _ int, _ float64) float64 { return rapid.Float64().Draw(t, "weight") }, w)
		var text bytes.Buffer
		require.NoError(t, format.WriteCSV(&text, names, w))
		read, again, err := format.ReadCSV(&text)
		require.NoError(t, err)
		require.Equal(t, names, read)
		require.True(t, mat.Equal(w, again))
	})
}

func TestReadCSVNamesWhatIsWrong(t *testing.T) {
	for _, bad := range []struct {
		text         string
		line, column int
		problem      string
	}{
		{"", 1, 0, "the table is empty"},
		{"\"\"\n", 1, 0, "no node is named beside the first, empty cell"},
		{",a,b\na,0,1\n", 2, 0, `the table ends before the row of "b"`},
		{",a,b\na,0,1\nc,0,1\n", 3, 1, `row "c" where the first row's order asks for "b"`},
		{",a,b\na,0,x\nb,0,1\n", 2, 3, `"x", the weight of "a" → "b", is not a finite number`},
		{",a,b\na,NaN,0\nb,0,1\n", 2, 2, `"NaN", the weight of "a" → "a", is not a finite number`},
		{",a,b\na,0,1\nb,1e999,1\n", 3, 2, `"1e999", the weight of "b" → "a", is not a finite number`},
		{",a,b\na,0\n", 2, 0, "2 cells where the first row has 3"},
		{",a\na,0\na,0\n", 3, 1, `row "a" comes after all nodes of the first row`},
	} {
		_, _, err := format.ReadCSV(strings.NewReader(bad.text))
		require.Equal(t, &format.CSVError{Line: bad.line, Column: bad.column, Problem: bad.problem}, err, "%q", bad.text)
	}
	require.EqualError(t, &format.CSVError{Line: 2, Column: 3, Problem: "why"}, "dag: line 2, column 3: why")
	require.EqualError(t, &format.CSVError{Line: 2, Problem: "why"}, "dag: line 2: why")
}

func TestReadCSVPassesOnWhatIsNoCSV(t *testing.T) {
	for _, text := range []string{`"`, ",a\na,\"0\n"} {
		_, _, err := format.ReadCSV(strings.NewReader(text))
		var syntax *csv.ParseError
		require.ErrorAs(t, err, &syntax, "%q", text)
	}
	broken := errors.New("broken")
	_, _, err := format.ReadCSV(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}

func FuzzReadCSV(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		var names []string
		var w *mat.Dense
		var err error
		bounded.Memory(t, len(text), func() { names, w, err = format.ReadCSV(strings.NewReader(text)) })
		if err != nil {
			return
		}
		n, _ := w.Dims()
		require.Len(t, names, n)
	})
}

// full accepts a number of bytes and then fails, like a full disk.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestWritersReportAFullDisk(t *testing.T) {
	require.ErrorContains(t, format.WriteCSV(&full{10}, hostile, ring(len(hostile), 1)), "no space left")
	require.ErrorContains(t, format.WriteDOT(&full{10}, hostile, ring(len(hostile), 1)), "no space left")
}

func TestNamesMustFitTheGraph(t *testing.T) {
	const message = "dag: 1 names for 2 nodes"
	w := mat.NewDense(2, 2, nil)
	require.PanicsWithValue(t, message, func() { _ = format.WriteCSV(&bytes.Buffer{}, []string{"a"}, w) })
	require.PanicsWithValue(t, message, func() { _ = format.WriteDOT(&bytes.Buffer{}, []string{"a"}, w) })
}

// ring is a cycle through n nodes, each edge of weight w.
func ring(n int, w float64) *mat.Dense {
	a := mat.NewDense(n, n, nil)
	for i := range n {
		a.Set(i, (i+1)%n, w)
	}
	return a
}
