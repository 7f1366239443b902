package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// A training beside itself moved nothing; its files go where they are asked for, and by default to the later training.
func TestTrainingsSideBySide(t *testing.T) {
	before, after, apart := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "apart")
	args := []string{"--config", fixture("sample.yaml"), "--set", "choose_shape=false", "--set", "shape.knots=2", "--ensemble", "4", "--quiet"}
	for _, out := range []string{before, after} {
		status, _, stderr := execute(append(args, "--out", out)...)
		require.Zero(t, status, stderr)
	}
	status, stdout, stderr := execute("--compare", before, after)
	require.Zero(t, status, stderr)
	shares := regexp.MustCompile(`_impressions .* %\s+(\S+)\s+\(±`).FindAllStringSubmatch(stdout, -1)
	require.Len(t, shares, 6)
	for _, change := range shares {
		require.Equal(t, "+0.0", change[1])
	}
	require.Contains(t, stdout, "written to "+after)
	for _, name := range []string{"compare.json", "compare.csv", "compare.html"} {
		require.FileExists(t, filepath.Join(after, name))
	}
	status, stdout, stderr = execute("--compare", before, after, "--out", apart, "--quiet")
	require.Zero(t, status, stderr)
	require.Empty(t, stdout)
	one, err := os.ReadFile(filepath.Join(after, "compare.csv"))
	require.NoError(t, err)
	other, err := os.ReadFile(filepath.Join(apart, "compare.csv"))
	require.NoError(t, err)
	require.Equal(t, one, other)

	status, _, stderr = execute("--compare", before, t.TempDir())
	require.NotZero(t, status)
	require.Contains(t, stderr, "details.json")
}
