package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/panel"
	"deepcausalmmm/report"
	"deepcausalmmm/simulate"
	"deepcausalmmm/train"
	"deepcausalmmm/train/model"
)

func call(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = cli.Run(context.Background(), command(), args, &out, &err)
	return status, out.String(), err.String()
}

// trained is a folder with a model of a small simulated world, and one of a panel without spend.
var trained string

const weeks = 60 // of the panel, from 2023-01-02 on

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "plan")
	if err == nil {
		err = fit(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	trained = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// fit trains a model of a panel with spend, to dir, and one of the same panel without it, to dir/poor.
func fit(dir string) error {
	c := simulate.DefaultConfig()
	c.Regions, c.Weeks, c.Returns = 3, weeks, [2]float64{0.5, 2}
	world, err := simulate.Run(c)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "panel.csv")
	if err := world.Save(path, nil); err != nil {
		return err
	}
	for folder, spend := range map[string][]string{"": {"*_spend"}, "poor": nil} {
		config, err := train.Configure(train.RecommendedPreset, train.Data{File: path, Columns: panel.Columns{
			Region: "region", Week: "week", Target: "sales", Media: []string{"*_impressions"}, Controls: []string{"control_*"}, Spend: spend,
		}}, "choose_shape=false")
		if err != nil {
			return err
		}
		p, err := panel.Read(path, config.Data.Columns)
		if err != nil {
			return err
		}
		t, err := train.New(config, p, model.Observer{})
		if err != nil {
			return err
		}
		if err := t.Ensemble(6); err != nil {
			return err
		}
		result, err := t.Run(context.Background())
		if err != nil {
			return err
		}
		out := filepath.Join(dir, folder)
		if err := train.Prepare(out); err != nil {
			return err
		}
		if err := result.Write(out); err != nil {
			return err
		}
		if err := report.Write(out, result); err != nil {
			return err
		}
	}
	return nil
}

func modelFile() string { return filepath.Join(trained, train.ModelFile) }

func write(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// The same request gives the same bytes in every file.
func TestPlan(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	mine := write(t, "mine.csv", "channel,spend\ntv_impressions,1000\n")
	for _, dir := range []string{one, two} {
		status, stdout, stderr := call("--model", modelFile(), "--weeks", "4", "--out", dir, "--evaluate", mine)
		require.Zero(t, status, stderr)
		for _, said := range []string{"plan     4 weeks, 2024-02-26 to 2024-03-18, 3 regions; the most sales for a spend of", "marginal ROI", "gain ", "mine"} {
			require.Contains(t, stdout, said)
		}
	}
	files, err := os.ReadDir(one)
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, f := range files {
		a, err := os.ReadFile(filepath.Join(one, f.Name()))
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(two, f.Name()))
		require.NoError(t, err)
		require.True(t, bytes.Equal(a, b), f.Name())
	}
	table, err := os.ReadFile(filepath.Join(one, "plan.csv"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(table), "region,week,channel,spend,exposure,own_spend,reference_spend,reference_exposure\ngeo_001,2024-02-26,"))
	require.Equal(t, 1+3*4*6, strings.Count(string(table), "\n"))
	status, stdout, stderr := call("--model", modelFile(), "--weeks", "4", "--out", one, "--quiet", "--marginal-roi", "0.8")
	require.Zero(t, status, stderr)
	require.Empty(t, stdout)
	require.NoFileExists(t, filepath.Join(one, "scenarios.csv"), "that of an earlier plan")
}

// A plan in the folder of its training is on the training's dashboard, until the next training.
func TestPlanOnTheDashboard(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{train.ModelFile, train.DetailsFile, train.Dashboard} {
		text, err := os.ReadFile(filepath.Join(trained, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
		require.NotContains(t, string(text), `id="plan-spend"`)
	}
	status, _, stderr := call("--model", filepath.Join(dir, train.ModelFile), "--weeks", "4", "--out", dir)
	require.Zero(t, status, stderr)
	page, err := os.ReadFile(filepath.Join(dir, train.Dashboard))
	require.NoError(t, err)
	require.Contains(t, string(page), `id="plan-spend"`)
}

// The weeks of the training are planned as what should have been done.
func TestPlanOfThePast(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	status, stdout, stderr := call("--model", modelFile(), "--from", "2023-10-02", "--weeks", "4", "--out", dir, "--kpi", "1000")
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "status quo: what was done in these weeks")
	require.Contains(t, stdout, "the least spend for 1000 of sales")
}

func TestBadInputEndsInOneLineAndWritesNothing(t *testing.T) {
	for args, want := range map[string]string{
		"--weeks 4 --out O":                                   "--model is missing",
		"--model M --weeks 4":                                 "--out is missing",
		"--model M --out O":                                   "--weeks is 0",
		"--model M --weeks -1 --out O":                        "--weeks is -1",
		"--model none --weeks 4 --out O":                      "none: cannot read",
		"--model T --weeks 4 --out O":                         "no model file",
		"--model OLD --weeks 4 --out O":                       "a plan needs structural equations",
		"--model POOR --weeks 4 --out O":                      "had no spend, which a plan needs (name the columns under data.spend",
		"--model M --weeks 4 --out O --budget -3":             "--budget is -3: give a number above 0",
		"--model M --weeks 4 --out O --budget 3 --kpi 3":      "none of the others can be",
		"--model M --weeks 4 --out O --risk 1":                "--risk is 1",
		"--model M --weeks 4 --out O --by channel,month":      `"month" is not one of channel, week, region, all`,
		"--model M --weeks 4 --out O --from 2024-04-01":       "does not follow the training's last, 2024-02-19: 5 weeks are missing",
		"--model M --weeks 4 --out O --from 2020-01-06":       "is none of the training's",
		"--model M --weeks 4 --out O --from 2024-02":          "is not written as the training's",
		"--model M --weeks 70 --out O":                        "needs a reference period as long",
		"--model M --weeks 4 --out O --reference 1":           "the reference period's first week, 1",
		"--model M --weeks 4 --out O --budget 1":              "is below the sum of minima",
		"--model M --weeks 4 --out O --kpi 1e12":              "cannot be reached",
		"--model M --weeks 4 --out O --constraints none.yaml": "none.yaml: cannot read the constraints",
		"--model M --weeks 4 --out O --constraints C":         "plan.yaml:2:3: channels.tv: no channel \"tv\"",
		"--model M --weeks 4 --out O --evaluate none.csv":     "none.csv: no such file",
		"--model M --weeks 4 --out O --evaluate T":            "column \"sales\" is no channel of the model",
		"--model M --weeks 4 --out O --plan none.csv":         "none.csv: no such file",
		"--model M --weeks 4 --out O --plan T":                "neither begin with the training's",
		"--model M --weeks 4 --out O --sheet s":               "--sheet s: --plan is missing",
		"--model M --weeks 4 --out O --blas none":             "--blas none",
		"--model M --weeks 4 --out T":                         "cannot make the output folder",
		"--model M --weeks 4 --out O surplus":                 "unknown command",
		"--model M --weeks 4 --out O --unknown":               "unknown flag",
	} {
		out := filepath.Join(t.TempDir(), "out")
		constraints := write(t, "plan.yaml", "channels:\n  tv: {max: 3}\n")
		fields := strings.Fields(args)
		for i, f := range fields {
			if path, ok := map[string]string{
				"M": modelFile(), "O": out, "T": filepath.Join(trained, "panel.csv"), "OLD": "../../train/testdata/tiny.safetensors",
				"POOR": filepath.Join(trained, "poor", train.ModelFile), "C": constraints,
			}[f]; ok {
				fields[i] = path
			}
		}
		status, _, stderr := call(fields...)
		require.Equal(t, cli.Misuse, status, "%s: %s", args, stderr)
		require.Contains(t, stderr, want, args)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		require.NoDirExists(t, out)
	}
}

// A plan does not replace what it reads.
func TestInputsAreProtected(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "plan.csv")
	text := "channel,spend\ntv_impressions,1000\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	status, _, stderr := call("--model", modelFile(), "--weeks", "4", "--out", dir, "--evaluate", path)
	require.Equal(t, cli.Misuse, status)
	require.Contains(t, stderr, "would be replaced")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, string(kept))
}
