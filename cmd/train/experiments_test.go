package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/cli"
)

const sampleColumns = `
  region: region
  week: week
  target: sales
  media: ["*_impressions"]
  controls: ["control_*"]
`

const aTest = `experiments:
  - channels: [tv_impressions]
    regions: [geo_001, geo_002]
    from: 2024-10-07
    to: 2024-12-02
    off: true
    in_panel: false
    relative: -0.06
    se: 0.02
`

// experimental is a configuration with a test whose text is changed.
func experimental(t *testing.T, old, change string) string {
	data, err := filepath.Abs(fixture("sample.csv"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "my.yaml")
	text := "preset: recommended\nchoose_shape: false\ndata:\n  file: " + data + sampleColumns + strings.Replace(aTest, old, change, 1)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// A training with a test fits, validates from an origin before the test, and says which test should be next, on the terminal, in
// details.json and on the dashboard.
func TestTrainingWithAnExperiment(t *testing.T) {
	out := t.TempDir()
	status, stdout, stderr := execute("--config", experimental(t, "", ""), "--out", out, "--ensemble", "2", "--cv", "3")
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "next     An experiment with ")
	require.NotContains(t, stdout, "is its sign right?")
	require.Contains(t, dashboard(t, out), "An experiment with ")
	text, err := os.ReadFile(filepath.Join(out, "details.json"))
	require.NoError(t, err)
	require.Contains(t, string(text), `"next_experiment":{"channel":"`)
	require.Contains(t, string(text), `"relative":-0.06`)

	status, stdout, stderr = execute("--config", experimental(t, "relative: -", "relative: "), "--out", t.TempDir(), "--ensemble", "2")
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "warning: experiments[1]: the target was higher with less exposure")
}

// What is wrong in a test ends in one line with file, line and key, before any work.
func TestBadExperimentsEndInOneLine(t *testing.T) {
	for change, want := range map[string][]string{
		"se: 0.02 → se: 0":              {":18:5: experiments[1].se: 0 is not above 0"},
		"to: 2024-12-02 → to: 2024-13":  {":14:5: experiments[1].to: ", "is not the label of a row"},
		"geo_002 → geo_2":               {":12:5: experiments[1].regions: no region is called"},
		"in_panel: false → effect: sum": {":16:5: experiments[1].effect: "},
		"in_panel: false → # in it":     {":15:5: experiments[1].off: the panel has ", "set in_panel: false"},
		"from: → form:":                 {":13:5: experiments: ", "form"},
		"to: 2024-12-02 → to: 2025-06-16": {":14:5: experiments[1].to: 2025-06-16 is not among the weeks fitted to, which end on 2025-03-10; those after it are held " +
			"out"},
	} {
		old, now, _ := strings.Cut(change, " → ")
		path, none := experimental(t, old, now), filepath.Join(t.TempDir(), "none")
		status, _, stderr := execute("--config", path, "--out", none)
		require.Equal(t, cli.Misuse, status, change)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		for _, part := range want {
			require.Contains(t, strings.Replace(stderr, path, "", 1), part, change)
		}
		require.NoFileExists(t, none)
	}
}
