package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/cli"
)

func TestErrorsAreOneLine(t *testing.T) {
	empty := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no folder":       {nil, "report: --out is missing: name the output folder of a training\n"},
		"an empty folder": {[]string{"--out", empty}, filepath.Join(empty, "details.json")},
		"an argument":     {[]string{empty}, "unknown command"},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, cli.Misuse, cli.Run(context.Background(), command(), c.args, &stdout, &stderr), name)
		require.Contains(t, stderr.String(), c.says, name)
		require.Equal(t, 1, bytes.Count(stderr.Bytes(), []byte("\n")), name)
		require.Empty(t, stdout.String(), name)
	}
	left, err := os.ReadDir(empty)
	require.NoError(t, err)
	require.Empty(t, left)
}
