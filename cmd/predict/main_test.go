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
	"deepcausalmmm/panel"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
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

// Tables that do not go with the training: another resolution, or channels and regions that it does not know.
func TestForeignTablesEndInOneLineAndWriteNothing(t *testing.T) {
	table, err := os.ReadFile(sample)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	plan := func(dates ...string) string {
		rows := []string{lines[0]}
		for _, line := range lines[1:] {
			if cells := strings.Split(line, ","); cells[1] == "2023-01-02" {
				for _, date := range dates {
					cells[1] = date
					rows = append(rows, strings.Join(cells, ","))
				}
			}
		}
		return strings.Join(rows, "\n")
	}
	for name, c := range map[string]struct{ table, want string }{
		"months":         {plan("2025-07-01", "2025-08-01", "2025-09-01"), "resolution"},
		"days":           {plan("2025-07-07", "2025-07-08", "2025-07-09"), "resolution"},
		"numbers":        {plan("131", "132"), "is not written as the training's"},
		"no channel":     {strings.Replace(plan("2025-07-07"), "tv_impressions", "notes", 1), "tv_impressions"},
		"another region": {strings.ReplaceAll(plan("2025-07-07"), "geo_001", "geo_999"), "geo_"},
	} {
		dir := t.TempDir()
		path, out := filepath.Join(dir, "plan.csv"), filepath.Join(dir, "out")
		require.NoError(t, os.WriteFile(path, []byte(c.table), 0o644))
		status, _, stderr := call("--model", tiny, "--data", path, "--out", out)
		require.Equal(t, cli.Misuse, status, name)
		require.Contains(t, stderr, c.want, name)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		require.NoDirExists(t, out)
	}
}

// TestDo: an intervention on a model that a training of the recommended preset leaves.
func TestDo(t *testing.T) {
	c, err := train.Load("../../testdata/sample.yaml", train.Overrides{Set: []string{"choose_shape=false", "shape.knots=2"}})
	require.NoError(t, err)
	p, err := panel.Read(c.Data.File, c.Data.Columns)
	require.NoError(t, err)
	training, err := train.New(c, p, model.Observer{})
	require.NoError(t, err)
	r, err := training.Run(context.Background())
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	saved := filepath.Join(dir, "model.safetensors")
	status, stdout, stderr := call("--model", saved, "--data", sample, "--out", filepath.Join(dir, "out"), "--do", "tv=1.2,search=0")
	require.Zero(t, status, stderr)
	require.Regexp(t, `prediction .* → .* -\d+\.\d %`, stdout)
	require.Regexp(t, `search_impressions .* -100\.0 %`, stdout)
	require.Regexp(t, `tv_impressions .* \+\d+\.\d %`, stdout)
	require.Contains(t, stdout, "moved along the channel graph: ")
	require.FileExists(t, filepath.Join(dir, "out", "intervention.csv"))
	for want, do := range map[string]string{
		`the model has no channel or treatment "cinema"`: "cinema=1",
		`"impressions"`:                       "impressions=0", // which of them?
		`"much" is not a number`:              "tv=much",
		"cannot be set to -1 times":           "tv=-1",
		`names "tv_impressions" twice`:        "tv=1,tv_impressions=2",
		`"tv" is not of the form name=factor`: "tv",
	} {
		status, _, stderr := call("--model", saved, "--data", sample, "--out", filepath.Join(dir, "none"), "--do", do)
		require.Equal(t, cli.Misuse, status)
		require.Contains(t, stderr, want)
		require.NoDirExists(t, filepath.Join(dir, "none"))
	}
	status, stdout, stderr = call("--model", saved, "--data", sample, "--out", filepath.Join(dir, "out"), "--lever", "tv=1.2", "--do", "search=0")
	require.Zero(t, status, stderr)
	require.Regexp(t, `tv_impressions .* \+\d+\.\d %`, stdout)
	require.Regexp(t, `search_impressions .* -100\.0 %`, stdout)
	for want, lever := range map[string]string{
		`--lever names "tv_impressions" twice`: "tv=1,tv_impressions=2",
		`"cinema" has no lever`:                "cinema=1",
		`--lever tv=much: "much" is not a n`:   "tv=much",
	} {
		status, _, stderr := call("--model", saved, "--data", sample, "--out", filepath.Join(dir, "none"), "--lever", lever)
		require.Equal(t, cli.Misuse, status)
		require.Contains(t, stderr, want)
		require.NoDirExists(t, filepath.Join(dir, "none"))
	}
	status, _, stderr = call("--model", tiny, "--data", sample, "--out", dir, "--do", "tv=0")
	require.Equal(t, cli.Misuse, status)
	require.Contains(t, stderr, "needs structural equations")
}

func TestInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	require.Equal(t, cli.Interrupted, cli.Run(ctx, command(), []string{"--model", tiny, "--data", sample, "--out", t.TempDir()}, &out, &err))
	require.Contains(t, err.String(), "nothing was written")
}
