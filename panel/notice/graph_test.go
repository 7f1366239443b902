package notice_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/panel/notice"
)

func kinds(notices []notice.Notice) (all []notice.Kind) {
	for _, n := range notices {
		all = append(all, n.Kind)
	}
	return all
}

// Of a panel from which a graph is learned, constants, copies and channels that regions share are named, and nothing of a usual one.
func TestNoticesOfAGraph(t *testing.T) {
	w := newWorld(6, 60, 4)
	tv := w.channel("tv", w.usual)
	w.channel("search", w.usual)
	require.Empty(t, notice.OfGraph(w.make(t), false))
	w.channel("copy", func(r, t int) float64 { return 3 * tv[r*60+t] })
	w.channel("flat", func(int, int) float64 { return 5 })
	w.channel("national", func(_, t int) float64 { return tv[t] })
	p := w.make(t)
	found := notice.OfGraph(p, false)
	require.ElementsMatch(t, []notice.Kind{notice.Constant, notice.Copies, notice.Alike}, kinds(found))
	for _, n := range found {
		require.Equal(t, map[notice.Kind][]string{
			notice.Constant: {"flat"}, notice.Copies: {"tv", "copy"}, notice.Alike: {"national"},
		}[n.Kind], n.Subjects)
	}
	kept := notice.OfGraph(p, true)
	require.Equal(t, kinds(found), kinds(kept))
	require.Contains(t, kept[2].Text, "with the weeks' means kept, 6 copies")
}

// A plain table has constants and copies.
func TestNoticesOfATable(t *testing.T) {
	n := &panel.Numbers{Names: []string{"a", "b", "c", "d"}, Rows: 4, Cells: []float64{
		1, 2, 5, 1,
		2, 4, 5, 7,
		3, 6, 5, 2,
		5, 10, 5, 3,
	}}
	found := notice.OfTable(n)
	require.Equal(t, []notice.Kind{notice.Constant, notice.Copies}, kinds(found))
	require.Equal(t, []string{"c"}, found[0].Subjects)
	require.Equal(t, []string{"a", "b"}, found[1].Subjects)
}

// Channels of which the data do not tell a figure are marked, others are not.
func TestMarks(t *testing.T) {
	all := append(notice.Prior([]string{"tv"}), notice.Notice{Kind: notice.OutlyingCells, Subjects: []string{"radio"}})
	require.Equal(t, all[:1], notice.Marking(all))
	require.Equal(t, " *", notice.Mark(all, "tv"))
	require.Empty(t, notice.Mark(all, "radio"))
}
