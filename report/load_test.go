package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/report"
	"deepcausalmmm/train"
)

func TestBrokenFolderNamesTheFile(t *testing.T) {
	dir := trained(t, shop(2, 40, threeChannels, []string{"price"}, nil), nil)
	dashboard, err := os.ReadFile(filepath.Join(dir, train.Dashboard))
	require.NoError(t, err)
	cases := map[string]func(name, text string) string{
		"empty":     func(string, string) string { return "" },
		"cut":       func(_, text string) string { return text[:len(text)*2/3] },
		"no text":   func(string, string) string { return "\x00\xff{[" },
		"not equal": func(_, text string) string { return strings.Replace(text, "tv_impressions", "cinema", 1) },
	}
	for _, name := range []string{"metrics.json", "details.json", "history.csv", "predictions.csv", "contributions.csv",
		"dag_adjacency.csv", "dag_pruned.csv", "config.yaml"} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		require.NoError(t, err)
		expect := func(why string) {
			err := report.Draw(dir)
			require.Error(t, err, "%s: %s", name, why)
			require.Contains(t, err.Error(), name, why)
			require.NotContains(t, err.Error(), "\n", why)
		}
		require.NoError(t, os.Remove(path))
		expect("missing")
		for why, spoil := range cases {
			bad := spoil(name, string(good))
			if bad == string(good) || name == "config.yaml" && why != "no text" || name == "history.csv" && why == "cut" ||
				name == "metrics.json" && why == "not equal" {
				continue // still a whole file
			}
			require.NoError(t, os.WriteFile(path, []byte(bad), 0o600))
			expect(why)
		}
		require.NoError(t, os.WriteFile(path, good, 0o600))
	}
	after, err := os.ReadFile(filepath.Join(dir, train.Dashboard))
	require.NoError(t, err)
	require.Equal(t, string(dashboard), string(after))

	metrics, err := os.ReadFile(filepath.Join(dir, "metrics.json"))
	require.NoError(t, err)
	other := strings.Replace(string(metrics), `"wmape": `, `"wmape": 1`, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "metrics.json"), []byte(other), 0o600))
	require.ErrorContains(t, report.Draw(dir), "metrics.json: its figures are not those of predictions.csv")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "metrics.json"), metrics, 0o600))

	rows, err := os.ReadFile(filepath.Join(dir, "predictions.csv"))
	require.NoError(t, err)
	spoil := func(name string, change func(lines []string) []string, says string) {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		require.NoError(t, err)
		lines := change(strings.Split(strings.TrimSpace(string(good)), "\n"))
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
		require.ErrorContains(t, report.Draw(dir), says)
		require.NoError(t, os.WriteFile(path, good, 0o600))
	}
	again := func(lines []string) []string { return append(lines, lines[len(lines)-1]) }
	spoil("predictions.csv", again, "predictions.csv:82: is not the row")
	spoil("contributions.csv", again, "contributions.csv:482: is not the row")
	more := func(lines []string) []string {
		lines[1] += "9"
		lines[2] += "e3"
		return lines
	}
	spoil("contributions.csv", more, "contributions.csv: does not add up to predictions.csv")

	lines := strings.Split(string(rows), "\n")
	lines[3], lines[4] = lines[4], lines[3]
	require.NoError(t, os.WriteFile(filepath.Join(dir, "predictions.csv"), []byte(strings.Join(lines, "\n")), 0o600))
	require.ErrorContains(t, report.Draw(dir), "predictions.csv:4: is not the row")
	require.ErrorContains(t, report.Draw(filepath.Join(dir, "nowhere")), "config.yaml: cannot read")
}
