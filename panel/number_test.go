package panel

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Every number of sensible size is read back exactly, in any notation; media must not be negative.
func TestNumberReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Float64Range(-maxMagnitude, maxMagnitude).Draw(t, "x")
		notation := rapid.SampledFrom([]byte("efgEG")).Draw(t, "notation")
		text := strconv.FormatFloat(want, notation, -1, 64)
		got, problem, _ := controlRole.number(text)
		require.Empty(t, problem)
		require.Equal(t, want, got)
		_, problem, fix := mediaRole.number(text)
		require.Equal(t, want < 0, problem == "is negative", problem)
		require.Equal(t, problem == "", fix == "", "every problem has a fix")
	})
}

func TestNumberSpecials(t *testing.T) {
	x, problem, _ := mediaRole.number("")
	require.Empty(t, problem)
	require.True(t, math.IsNaN(x), "an empty cell is missing")
	x, problem, _ = mediaRole.number("-0.0")
	require.Empty(t, problem)
	require.False(t, math.Signbit(x))
	for _, text := range []string{"nan", "inf", "-Infinity", "1e400", "-1e400", "1e31", "1 000", "1,5", "12%", "true", "1_000", "0x1p4", "0X1P4"} {
		_, problem, fix := controlRole.number(text)
		require.NotEmpty(t, problem, text)
		require.NotEmpty(t, fix, text)
	}
}

func TestNumberRecognisesTheFormatsOfSpreadsheets(t *testing.T) {
	for fix, texts := range map[string][]string{
		"currency":               {"$5", "5 €", "€1,234.50", "-£3", "EUR 12", "12.5 USD", "1.234,50 €"},
		"without %":              {"12%", "12.5 %"},
		"separators":             {"1,234,567", "1,234.5", "12 345", "12\u00a0345,6", "1'000'000"},
		"decimal point":          {"1,5", "-0,25", "1.234,5", "1,234"},
		"write 0 for a week off": {"n/a", "-", "x1"},
	} {
		for _, text := range texts {
			_, problem, got := mediaRole.number(text)
			require.Equal(t, "is not a number", problem, text)
			require.Contains(t, got, fix, text)
		}
	}
}
