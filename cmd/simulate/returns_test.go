package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/cli"
)

// Returns of channels make columns of what they cost; a range has two ends.
func TestReturnsAddSpend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "panel.csv")
	call := func(returns string) (status int, message string) {
		var stderr bytes.Buffer
		status = cli.Run(context.Background(), command(), []string{"--out", path, "--regions", "2", "--weeks", "60", "--returns", returns}, &bytes.Buffer{}, &stderr)
		return status, stderr.String()
	}
	status, message := call("0.5,3")
	require.Zero(t, status, message)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	header, _, _ := strings.Cut(string(text), "\n")
	require.Equal(t, 6, strings.Count(header, "_spend"))
	for given, want := range map[string]string{"1": "write the least and the largest return", "3,1": "a range above 0"} {
		status, message = call(given)
		require.Equal(t, cli.Misuse, status)
		require.Contains(t, message, want)
		require.Equal(t, 1, strings.Count(message, "\n"))
	}
}
