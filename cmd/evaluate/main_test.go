package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/evaluate"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/simulate"
)

// world writes a small world to a folder, and returns the path of its table.
func world(t *testing.T, folder, name string) string {
	c, err := simulate.DefaultConfig().Sized(2, 1)
	require.NoError(t, err)
	c.Regions, c.Weeks = 3, 60
	w, err := simulate.Run(c)
	require.NoError(t, err)
	path := filepath.Join(folder, name+".csv")
	require.NoError(t, w.Save(path, nil))
	return path
}

// evaluated runs the command without the search for a shape.
func evaluated(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = cli.Run(context.Background(), command(), append(args, "--set", "choose_shape=false"), &out, &err)
	return status, out.String(), err.String()
}

func write(t *testing.T, path, text string) string {
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestEvaluateWritesItsTablesAndRenewsAPage(t *testing.T) {
	worlds, out := t.TempDir(), filepath.Join(t.TempDir(), "found")
	world(t, worlds, "a")
	page := write(t, filepath.Join(t.TempDir(), "page.md"), "before\n<!-- evaluate -->\n<!-- end of evaluate -->\nafter\n")
	bars := write(t, filepath.Join(t.TempDir(), "bars.yaml"), "- {figure: total_mean_error, least: 0}")
	status, stdout, stderr := evaluated("--worlds", worlds, "--out", out, "--renew", page, "--bars", bars, "--seed", "3")
	require.Zero(t, status, stderr)
	require.Regexp(t, `^1/1  a: median and worst error: direct \d+ %, \d+ %, total \d+ %, \d+ %; \d+ s  \(0s left\)\nwritten to `, stdout)
	for _, name := range evaluate.FileNames {
		require.FileExists(t, filepath.Join(out, name))
	}
	tables, err := os.ReadFile(filepath.Join(out, evaluate.MarkdownFile))
	require.NoError(t, err)
	renewed, err := os.ReadFile(page)
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(tables), "\n\n")
	require.Contains(t, string(renewed), table)
}

func TestFailuresComeAfterTheTables(t *testing.T) {
	worlds := t.TempDir()
	world(t, worlds, "a")
	table := world(t, worlds, "b")
	text, err := os.ReadFile(table)
	require.NoError(t, err)
	write(t, table, string(text)+"x,y,z\n")
	bars := write(t, filepath.Join(t.TempDir(), "bars.yaml"), "- {figure: total_mean_error, most: 0}")
	out := t.TempDir()
	status, stdout, stderr := evaluated("--worlds", worlds, "--out", out, "--bars", bars)
	require.Equal(t, cli.Failed, status)
	require.Contains(t, stdout, "b: failed: ")
	require.FileExists(t, filepath.Join(out, evaluate.WorldsFile))
	require.Contains(t, stderr, "1 of 2 worlds failed; the first: "+table)
	require.Contains(t, stderr, "1 bars missed: total_mean_error, mean")
	require.Equal(t, 1, strings.Count(stderr, "\n"))
}

func TestPlansAreWrittenAndRenewAPage(t *testing.T) {
	out := filepath.Join(t.TempDir(), "planned")
	page := write(t, filepath.Join(t.TempDir(), "page.md"), "before\n<!-- evaluate plans -->\n<!-- end of evaluate plans -->\nafter\n")
	status, stdout, stderr := evaluated("--plans", "1", "--first", "2", "--out", out, "--renew", page, "--ensemble", "4")
	require.Zero(t, status, stderr)
	require.Regexp(t, `^1/1  geo_funnel_amounts_2: true gain `, stdout)
	for _, name := range evaluate.PlanFileNames {
		require.FileExists(t, filepath.Join(out, name))
	}
	renewed, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(renewed), "| geo_funnel_amounts_2 |")
}

func TestErrorsAreOneLineAndNothingIsWritten(t *testing.T) {
	worlds := t.TempDir()
	world(t, worlds, "a")
	bad := write(t, filepath.Join(t.TempDir(), "bars.yaml"), "- {figure: f1}")
	out := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "--worlds is missing"},
		{[]string{"--worlds", worlds}, "--out is missing"},
		{[]string{"--worlds", worlds, "--out", out, "--jobs", "0"}, "--jobs 0"},
		{[]string{"--worlds", worlds, "--out", out, "--ensemble", "-1"}, "--ensemble -1"},
		{[]string{"--worlds", worlds, "--out", out, "--only", "b"}, `no world's name matches "b"`},
		{[]string{"--worlds", worlds, "--out", out, "--set", "depth=3"}, "depth"},
		{[]string{"--worlds", worlds, "--out", out, "--bars", bad}, "neither least nor most"},
		{[]string{"--worlds", worlds, "--out", out, "--renew", bad}, "no section to renew"},
		{[]string{"--worlds", worlds + "," + t.TempDir(), "--out", out}, "no truth file"},
		{[]string{"--plans", "0", "--out", out}, "--plans 0"},
		{[]string{"--plans", "1", "--out", out, "--risk", "1"}, "--risk 1"},
		{[]string{"--plans", "1"}, "--out is missing"},
		{[]string{"--plans", "1", "--out", out, "--jobs", "0"}, "--jobs 0"},
		{[]string{"--plans", "1", "--out", out, "--set", "depth=3"}, "depth"},
		{[]string{"--plans", "1", "--out", out, "--renew", bad}, "no section to renew"},
		{[]string{"--plans", "1", "--out", out, "--bars", bad}, "bars plans"},
		{[]string{"--plans", "1", "--out", out, "--worlds", worlds}, "plans worlds"},
		{[]string{"--worlds", filepath.Join(worlds, "none"), "--out", out}, "cannot read the folder"},
	} {
		status, stdout, stderr := evaluated(c.args...)
		require.Equal(t, cli.Misuse, status, c.says)
		require.Contains(t, stderr, c.says)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		require.Empty(t, stdout)
		require.NoDirExists(t, out)
	}
	table := world(t, worlds, "evaluate") // a world whose table the output would replace
	status, _, stderr := evaluated("--worlds", worlds, "--out", worlds)
	require.Equal(t, cli.Misuse, status)
	require.Contains(t, stderr, table+": is read here and would be replaced")
}
