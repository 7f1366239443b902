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
		{"--out", "x.csv", "--world", "hard"},
		{"--out", "x.csv", "--world", "clean", "--channels", "3"},
		{"--out", "x.csv", "--world", "clean", "--noise", "-1"},
		{"--out", "x.csv", "--world", "clean", "--list"},
		{"--list", "--all", "x.csv"},
		{"--all", "x.csv", "--do", "tv_impressions=0"},
		{"--out", "x.csv", "--do", "television=0"},
		{"--out", "x.csv", "--do", "tv_impressions=off"},
		{"--out", "x.csv", "--lever", "tv_impressions=-1"},
		{"--out", "x.csv", "--lever", "tv_impressions"},
		{"--out", "x.csv", "--do", "tv_impressions=0,tv_impressions=1"},
		{"--out", "x.csv", "--do", "tv_impressions=0", "--lever", "tv_impressions=1"},
		{"--out", "x.csv", "--from", "2023-02-06"},
		{"--out", "x.csv", "--to", "2023-02-06"},
		{"--out", "x.csv", "--lever", "tv_impressions=1", "--from", "2023-02-06", "--to", "2023-01-30"},
		{"--out", "x.csv", "--lever", "tv_impressions=1", "--to", "never"},
		{"--out", "x.csv", "--returns", "2"},
		{"--out", "x.csv", "--returns", "2,1"},
		{"--all", "x.csv", "--returns", "1,2"},
		{"--out", "x.csv", "--do", "tv_impressions=0", "--from", "soon"},
		{"--out", "x.csv", "--do", "tv_impressions=0", "--from", "2023-02-07"},
		{"--out", "x.csv", "--experiment", "tv_impressions=0"},
		{"--out", "x.csv", "--experiment", "tv_impressions=0,from=2023-06-05,weeks=8,until=2024-01-01"},
		{"--out", "x.csv", "--experiment", "tv_impressions=off,from=2023-06-05,weeks=8"},
		{"--out", "x.csv", "--experiment", "television=0,from=2023-06-05,weeks=8"},
		{"--out", "x.csv", "--experiment", "tv_impressions=0,regions=geo_999,from=2023-06-05,weeks=8"},
		{"--all", "x.csv", "--weeks", "1"},
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

func runs(t *testing.T, args ...string) string {
	var stdout, stderr bytes.Buffer
	require.Zero(t, cli.Run(context.Background(), command(), args, &stdout, &stderr), stderr.String())
	return stdout.String()
}

func TestListNamesEveryWorld(t *testing.T) {
	listed := runs(t, "--list")
	for _, h := range simulate.Catalogue() {
		require.Contains(t, listed, h.Says)
		for _, name := range h.Names() {
			require.Contains(t, listed, name)
		}
	}
}

func TestAllWritesTheWorldsThatTheirNamesWrite(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "worlds")
	runs(t, "--all", folder, "--seed", "5", "--weeks", "60")
	for _, h := range simulate.Catalogue() {
		for _, name := range h.Names() {
			require.FileExists(t, filepath.Join(folder, name+".truth.json"))
		}
	}
	require.FileExists(t, filepath.Join(folder, "tested.experiments.yaml"))
	one := filepath.Join(t.TempDir(), "one.csv")
	runs(t, "--out", one, "--world", "geo_delayed", "--seed", "5", "--weeks", "60")
	want, err := os.ReadFile(one)
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(folder, "geo_delayed.csv"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

func TestFlagsOverrideTheSizesOfANamedWorld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	said := runs(t, "--out", path, "--world", "clean", "--regions", "3", "--weeks", "70", "--missing", "0.1", "--noise", "0.01")
	require.Contains(t, said, "189 rows, 3 regions × 70 weeks")
}

func TestInterventionsAndExperimentsAreWrittenBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	said := runs(t, "--out", path, "--do", "tv_impressions=0,radio_impressions=1.5", "--lever", "social_impressions=2", "--from", "2023-06-05",
		"--experiment", "tv_impressions+search_impressions=0,regions=6,from=2024-03-04,weeks=8",
		"--experiment", "radio_impressions=2,regions=geo_002+geo_005,from=2024-03-04,weeks=2")
	require.Contains(t, said, "x.do.csv: sales change by -")
	do, err := os.ReadFile(simulate.DoPath(path))
	require.NoError(t, err)
	require.Equal(t, 3121, bytes.Count(do, []byte("\n")))
	text, err := os.ReadFile(simulate.TruthPath(path))
	require.NoError(t, err)
	var truth simulate.Truth
	require.NoError(t, json.Unmarshal(text, &truth))
	require.Len(t, truth.Experiments[0].Regions, 6)
	require.Equal(t, "2024-04-22", truth.Experiments[0].To)
	require.Equal(t, []string{"geo_002", "geo_005"}, truth.Experiments[1].Regions)
	require.FileExists(t, simulate.ExperimentsPath(path))
}
