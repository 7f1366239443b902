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

func call(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = cli.Run(context.Background(), command(), args, &out, &err)
	return status, out.String(), err.String()
}

// The tiny model was trained on the bundled sample.
const tiny, sample = "../../train/testdata/tiny.safetensors", "../../testdata/sample.csv"

func TestPredict(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	status, stdout, stderr := call("--model", tiny, "--data", sample, "--out", dir)
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "the training's own weeks")
	text, err := os.ReadFile(filepath.Join(dir, "predictions.csv"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "region,week,part,actual,predicted\n"))
	require.Equal(t, 1+3120, strings.Count(string(text), "\n"))
	status, stdout, _ = call("--model", tiny, "--data", sample, "--out", dir, "--scratch", "--quiet")
	require.Zero(t, status)
	require.Empty(t, stdout)
}

func TestBadInputEndsInOneLineAndWritesNothing(t *testing.T) {
	for args, want := range map[string]string{
		"--data D --out O":                       "--model is missing",
		"--model M --out O":                      "--data is missing",
		"--model M --data D":                     "--out is missing",
		"--model none --data D --out O":          "none: cannot read",
		"--model D --data D --out O":             "no model file",
		"--model M --data none.csv --out O":      "none.csv: no such file",
		"--model M --data M --out O":             "tiny.safetensors:",
		"--model M --data D --out O --blas none": "--blas none",
		"--model M --data D --out D":             "cannot make the output folder",
		"--model M --data D --out O surplus":     "unknown command",
		"--model M --data renamed.csv --out O":   "",
		"--model M --data D --out O --unknown":   "unknown flag",
	} {
		dir := t.TempDir()
		table, err := os.ReadFile(sample)
		require.NoError(t, err)
		renamed := filepath.Join(dir, "renamed.csv")
		require.NoError(t, os.WriteFile(renamed, bytes.Replace(table, []byte("tv_impressions"), []byte("tele_impressions"), 1), 0o644))
		fields := strings.Fields(args)
		for i, f := range fields {
			fields[i] = map[string]string{"M": tiny, "D": sample, "O": filepath.Join(dir, "out"), "renamed.csv": renamed}[f]
			if fields[i] == "" {
				fields[i] = f
			}
		}
		status, _, stderr := call(fields...)
		require.Equal(t, cli.Misuse, status, args)
		require.Contains(t, stderr, want, args)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		require.NoFileExists(t, filepath.Join(dir, "out", "predictions.csv"))
		if want == "" {
			require.Contains(t, stderr, `"tele_impressions"`)
		}
	}
}

func TestInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	require.Equal(t, cli.Interrupted, cli.Run(ctx, command(), []string{"--model", tiny, "--data", sample, "--out", t.TempDir()}, &out, &err))
	require.Contains(t, err.String(), "nothing was written")
}
