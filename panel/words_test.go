package panel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Words for missing values are what an empty cell is, and are reported by role; a blank row is no row.
func TestWordsForMissingValuesAreReported(t *testing.T) {
	want := readShop(t, strings.Replace(strings.Replace(shop, ",20,7,", ",,7,", 1), "1.6", "", 1))
	got := readShop(t, strings.Replace(strings.Replace(shop, ",20,7,", ",n/a,7,", 1), "1.6", "-", 1)+",,,,,,,,\n")
	require.Equal(t, want.Media, got.Media)
	require.Equal(t, want.Control, got.Control)
	require.Equal(t, map[string]map[string]int{"media": {"n/a": 1}, "controls": {"-": 1}}, got.Report.Words)
	lines := got.Report.String()
	require.Contains(t, lines, "cells that say -, n/a, taken for missing: 1 of controls, 1 of media")
	require.Contains(t, lines, "blank rows, skipped: 1")
}

// The same table in another notation is the same panel.
func TestNotationDoesNotMatter(t *testing.T) {
	german := strings.NewReplacer(",", ";", ".", ",", "2000", "2.000", `"a, b"`, "").Replace(shop)
	german = strings.Replace(german, "a; b", "", 1)
	require.Equal(t, readShop(t, shop), readShop(t, german))
}
