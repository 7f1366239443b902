package report

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The length of a bar is its value, on either side of zero, and bars stay between labels and texts.
func TestBarsAreDrawnToScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := bars{Rows: []bar{{From: 0, To: 100}}}
		for _, v := range rapid.SliceOfN(rapid.Float64Range(-100, 100), 0, 12).Draw(t, "values") {
			b.Rows = append(b.Rows, bar{From: v, To: rapid.Float64Range(-100, 100).Draw(t, "to"), Tight: v > 50})
		}
		laid := b.Laid()
		unit := laid[0].Width / 100
		bottom := 0.0
		for i, row := range laid {
			from, to := min(row.From, row.To), max(row.From, row.To)
			require.InDelta(t, b.Zero()+unit*from, row.X, 1e-6)
			require.InDelta(t, unit*(to-from), row.Width, 0.5, "a bar of length zero is visible")
			require.GreaterOrEqual(t, row.X, barsLabel-1e-6)
			require.LessOrEqual(t, row.X+row.Width, barsWidth-barsText+0.5)
			require.GreaterOrEqual(t, row.Y, bottom, "row %d covers the one above", i)
			bottom = row.Y + row.Height
		}
		require.LessOrEqual(t, bottom, b.Height())
	})
}

// A rule is at its value on the scale of the bars, below which there is room for its name, and crosses no text.
func TestRuleIsDrawnToScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := bars{Rows: []bar{{To: 100, Text: "100"}}, Rule: &rule{At: rapid.Float64Range(0.1, 150).Draw(t, "at"), Name: "break-even"}}
		b.Rows = append(b.Rows, bar{To: rapid.Float64Range(0, 100).Draw(t, "to"), Text: "text"})
		laid, at := b.Laid(), b.Ruled()
		require.InDelta(t, b.Zero()+laid[0].Width/100*b.Rule.At, at.X, 1e-6)
		require.LessOrEqual(t, at.X, barsWidth-barsText)
		require.Less(t, laid[1].Y+laid[1].Height, at.TextY)
		require.Less(t, at.TextY, b.Height())
		for _, row := range laid {
			end := row.TextX + barsLetter*float64(len(row.Text))
			require.True(t, end <= at.X || row.TextX >= at.X, "the rule at %g crosses the text from %g to %g", at.X, row.TextX, end)
		}
	})
}
