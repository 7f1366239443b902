package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/simulate"
)

func TestWritesPanelAndTruth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.csv")
	var stdout, stderr bytes.Buffer
	code := cli.Run(context.Background(), command(), []string{
		"--out", path, "--regions", "4", "--weeks", "60", "--channels", "8", "--controls", "1",
		"--seed", "3", "--noise", "0.02", "--missing", "0.1",
	}, &stdout, &stderr)
	require.Zero(t, code, stderr.String())
	require.Empty(t, stderr.String())
	require.Contains(t, stdout.String(), "216 rows, 4 regions × 60 weeks, 8 channels, 1 controls")

	written, err := os.ReadFile(simulate.TruthPath(path))
	require.NoError(t, err)
	var truth simulate.Truth
	require.NoError(t, json.Unmarshal(written, &truth))
	require.Equal(t, uint64(3), truth.Seed)
	require.Len(t, truth.Channels, 8)

	panel, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 217, bytes.Count(panel, []byte("\n")))
}

func TestDefaultsWriteTheBundledSample(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sample.csv")
	require.Zero(t, cli.Run(context.Background(), command(), []string{"--out", path}, &bytes.Buffer{}, &bytes.Buffer{}))
	want, err := os.ReadFile(filepath.Join("..", "..", "testdata", "sample.csv"))
	require.NoError(t, err)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

func TestBadValuesTakeOneLineAndExitTwo(t *testing.T) {
	folder := t.TempDir()
	for _, args := range [][]string{
		{},
		{"--out", "panel.parquet"},
		{"--out", "x.csv", "--regions", "0"},
		{"--out", "x.csv", "--regions", "many"},
		{"--out", "x.csv", "--weeks", "1"},
		{"--out", "x.csv", "--channels", "-2"},
		{"--out", "x.csv", "--controls", "-1"},
		{"--out", "x.csv", "--noise", "0.9"},
		{"--out", "x.csv", "--noise", "NaN"},
		{"--out", "x.csv", "--missing", "1"},
		{"--out", "x.csv", "--seed", "-1"},
		{"--out", "x.csv", "--colour", "red"},
		{"--out", "x.csv", "stray"},
	} {
		for i := range args {
			if args[i] == "x.csv" {
				args[i] = filepath.Join(folder, "x.csv")
			}
		}
		var stdout, stderr bytes.Buffer
		require.Equal(t, cli.Misuse, cli.Run(context.Background(), command(), args, &stdout, &stderr), "%q", args)
		require.Empty(t, stdout.String(), "%q", args)
		require.Equal(t, 1, strings.Count(stderr.String(), "\n"), "%q: %s", args, stderr.String())
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Empty(t, left, "%q left files", args)
	}
}

func TestUnwritableFolderExitsOne(t *testing.T) {
	var stdout, stderr bytes.Buffer
	path := filepath.Join(t.TempDir(), "nowhere", "x.csv")
	require.Equal(t, cli.Failed, cli.Run(context.Background(), command(), []string{"--out", path}, &stdout, &stderr))
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"))
}
