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
