package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Edges that the threshold cuts are listed, printed and in result.json.
func TestEdgesLeftOutAreListed(t *testing.T) {
	dir := t.TempDir()
	chain(t, dir)
	status, stdout, stderr := call(t, dir, "--data", "@/table.csv", "--method", "exact", "--threshold", "1", "--out", "@/out")
	require.Zero(t, status, stderr)
	r := read(t, dir)
	require.Len(t, r.Edges, 1)
	require.Len(t, r.Cut, 1)
	require.Equal(t, "visits → sales", r.Cut[0].From+" → "+r.Cut[0].To)
	require.InDelta(t, -0.8, r.Cut[0].Weight, 0.1)
	require.Contains(t, stdout, "left out visits → sales  -0.8")
}

// No more rows than columns and lags is refused before any work.
func TestFewerRowsThanColumnsAreRefused(t *testing.T) {
	for lags, rows := range []int{3, 8} { // of 3 columns: 3 rows for 3, and after the lag 6 for 6
		dir := t.TempDir()
		rng := rand.New(rand.NewPCG(3, 4))
		text := "a,b,c\n"
		for range rows - lags {
			text += fmt.Sprintf("%v,%v,%v\n", rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64())
		}
		put(t, dir, "short.csv", text)
		status, _, stderr := call(t, dir, "--data", "@/short.csv", "--lags", fmt.Sprint(lags), "--out", "@/out")
		require.NotZero(t, status)
		require.Contains(t, stderr, "with no more rows than columns, any graph fits them")
		require.Equal(t, 1, strings.Count(stderr, "\n"))
		require.NoDirExists(t, dir+"/out")
	}
}

// Independent channels have no edge, although a tenth of the rows is missing in all of them at once.
func TestMissingRowsAreNoEdges(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 6))
	text := "region,week,tv,radio,search\n"
	for r := range 6 {
		for w := range 120 {
			x := [3]float64{100 + 20*rng.NormFloat64(), 50 + 10*rng.NormFloat64(), 80 + 15*rng.NormFloat64()}
			if w > 0 && rng.Float64() < 0.1 {
				continue
			}
			text += fmt.Sprintf("r%d,%d,%v,%v,%v\n", r, w, x[0], x[1], x[2])
		}
	}
	put(t, dir, "panel.csv", text)
	status, _, stderr := call(t, dir, "--data", "@/panel.csv", "--panel", "--out", "@/out")
	require.Zero(t, status, stderr)
	require.Empty(t, read(t, dir).Edges)
}

// A panel of one region says what an edge needs there; the past of a channel is evidence, and how it moves the other is written.
func TestOneRegionNeedsEvidenceInTime(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(7, 8))
	text, before := "region,week,tv,search\n", 0.0
	for w := range 150 {
		tv := 5 + rng.NormFloat64()
		text += fmt.Sprintf("all,%d,%v,%v\n", w, tv, 3+before+0.3*rng.NormFloat64())
		before = tv
	}
	put(t, dir, "panel.csv", text)
	for lags, edges := range []int{0, 1} {
		status, stdout, stderr := call(t, dir, "--data", "@/panel.csv", "--panel", "--lags", fmt.Sprint(lags), "--bootstrap", "5", "--out", "@/out")
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "one region: trend and season are taken out, and an edge of the same week needs knowledge")
		r := read(t, dir)
		require.Len(t, r.Edges, edges)
		require.Contains(t, []string{"shares", "amounts"}, string(r.Mechanism))
		if edges > 0 {
			require.Equal(t, "tv → search", r.Edges[0].From+" → "+r.Edges[0].To)
			require.Equal(t, 1.0, *r.Edges[0].Frequency)
			require.Contains(t, stdout, "the channels move each other by ")
		}
	}
}
