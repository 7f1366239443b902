package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/panel/notice"
	"deepcausalmmm/train"
)

func fixture(name string) string { return filepath.Join("..", "..", "testdata", name) }

// quick makes a training of the sample last a moment.
var quick = []string{"--preset", "deepcausalmmm", "--set", "dag_mode=notears", "--set", "n_epochs=3", "--set", "warm_start_epochs=1", "--set", "hidden_dim=4",
	"--set", "notears_warmup_epochs=1", "--set", "notears_dual_update_every=2"}

func execute(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = cli.Run(context.Background(), command(), append([]string{"--blas", "go"}, args...), &out, &err)
	return status, out.String(), err.String()
}

func TestTrainingLeavesEveryFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "deep", "folder")
	status, stdout, stderr := execute(append(quick, "--config", fixture("sample.yaml"), "--out", out)...)
	require.Zero(t, status, stderr)
	require.Empty(t, stderr)
	for _, said := range []string{
		"3120 rows, 24 regions × 130 weeks", "gonum", "epoch 0/3", "[NOTEARS] warmup complete at epoch 1; activating penalty",
		"[NOTEARS] epoch=2 h=", "holdout", "naive, region mean", "skill", "shares", "graph", "written to " + out,
	} {
		require.Contains(t, stdout, said)
	}
	files, err := os.ReadDir(out)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	require.Equal(t, []string{"config.yaml", "contributions.csv", "dag.dot", "dag_adjacency.csv", "dag_pruned.csv",
		"dashboard.html", "details.json", "history.csv", "metrics.json", "model.safetensors", "predictions.csv"}, names)
}

// TestTheRecommendedPreset: with intervals, effects by week and rolling origins.
func TestTheRecommendedPreset(t *testing.T) {
	out := t.TempDir()
	args := []string{"--config", fixture("sample.yaml"), "--out", out, "--set", "choose_shape=false", "--set", "shape.knots=2"}
	status, stdout, stderr := execute(append(args, "--ensemble", "2", "--cv", "2", "--effects-by-week")...)
	require.Zero(t, status, stderr)
	for _, said := range []string{"weight 100 %  default", "step 0", "posterior: 2 of 2 draws", "naive, region mean", "better than the best naive",
		"direct", "at 80 %", "origin 2 of 2", "mean wMAPE over 2 origins"} {
		require.Contains(t, stdout, said)
	}
	for _, name := range []string{"response.csv", "effects.csv", "effects_by_week.csv", "intervals.csv", "dag_frequency.csv", "cv.csv", "dashboard.html"} {
		require.FileExists(t, filepath.Join(out, name))
	}
	require.Contains(t, dashboard(t, out), "Effects that travel")
	require.Contains(t, dashboard(t, out), "trend of 2 knots")
	require.Contains(t, dashboard(t, out), "No channel has a column of spend")
	require.NoFileExists(t, filepath.Join(out, "roi.csv"))
	for want, args := range map[string][]string{
		"model: original has no posterior to draw from":              append(quick, "--ensemble", "2"),
		"--effects-by-week: model: original has no indirect effects": append(quick, "--effects-by-week"),
		"--by-region: model: original reports no effects":            append(quick, "--by-region"),
		"--by-region: no channel has a column of spend":              {"--by-region"},
		"50 origins of 15 weeks leave 0 weeks":                       {"--cv", "50"},
		"--ensemble -1 and --cv 0":                                   {"--ensemble", "-1"},
		"shape.knots: 0 is out of range [1, 1000]":                   {"--set", "shape.knots=0"},
		`media_scaling: "raw" is not one of relative, share`:         {"--set", "media_scaling=raw"},
	} {
		none := filepath.Join(t.TempDir(), "none")
		status, _, stderr := execute(append(slices.Clip(args), "--config", fixture("sample.yaml"), "--out", none)...)
		require.Equal(t, cli.Misuse, status)
		require.Contains(t, stderr, want)
		require.NoFileExists(t, none)
	}
}

// The result is there before the checks begin, and an interruption of these leaves it as it was.
func TestTrainingIsChecked(t *testing.T) {
	out := t.TempDir()
	args := []string{"--blas", "go", "--config", fixture("sample.yaml"), "--out", out, "--check", "--set", "choose_shape=false", "--set", "shape.knots=2",
		"--set", "enable_dag=false"}
	ctx, cancel := context.WithCancel(context.Background())
	var stderr bytes.Buffer
	stdout := &until{text: "check 1 of 5", then: cancel}
	require.Equal(t, cli.Interrupted, cli.Run(ctx, command(), args, stdout, &stderr))
	require.Equal(t, "train: check 1: stopped before the end of the fit; nothing was saved; "+out+" has the result without checks\n", stderr.String())
	require.NotContains(t, dashboard(t, out), `id="checks"`)

	status, said, failed := execute(args...)
	require.Zero(t, status, failed)
	for _, line := range []string{"check 5 of 5: the targets of 12 of the 115 weeks", "1 not applicable; 5 trainings of altered panels",
		"placebo channel", "no channel starts inside the panel"} {
		require.Contains(t, said, line)
	}
	require.Contains(t, dashboard(t, out), `id="checks"`)
	details, err := os.ReadFile(filepath.Join(out, train.DetailsFile))
	require.NoError(t, err)
	require.Contains(t, string(details), `"refutation":{"trainings":5`)

	none := filepath.Join(t.TempDir(), "none")
	status, _, failed = execute(append(quick, "--config", fixture("sample.yaml"), "--out", none, "--check")...)
	require.Equal(t, cli.Misuse, status)
	require.Equal(t, "train: --check: model: original reports no effects that could be refuted (set preset: recommended)\n", failed)
	require.NoFileExists(t, none)
}

// until is an output that calls a function once a text was written to it.
type until struct {
	bytes.Buffer
	text string
	then func()
}

func (u *until) Write(p []byte) (int, error) {
	if strings.Contains(string(p), u.text) {
		u.then()
	}
	return u.Buffer.Write(p)
}

func TestQuietTrainingSaysNothing(t *testing.T) {
	status, stdout, stderr := execute(append(quick, "--config", fixture("sample.yaml"), "--out", t.TempDir(), "--quiet")...)
	require.Zero(t, status, stderr)
	require.Empty(t, stdout+stderr)
}

func TestSeedOverridesTheConfiguration(t *testing.T) {
	out := t.TempDir()
	status, _, stderr := execute(append(quick, "--config", fixture("sample.yaml"), "--out", out, "--seed", "7", "--quiet")...)
	require.Zero(t, status, stderr)
	text, err := os.ReadFile(filepath.Join(out, "config.yaml"))
	require.NoError(t, err)
	require.Contains(t, string(text), "random_seed: 7\n")
}

// interrupted trains until before its first epoch.
func interrupted(args ...string) (status int, stdout, stderr string) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	status = cli.Run(ctx, command(), append([]string{"--blas", "go"}, args...), &out, &err)
	return status, out.String(), err.String()
}

func TestInterruptedTrainingWritesOnlyItsState(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	args := append(quick, "--config", fixture("sample.yaml"), "--out", out)
	status, _, stderr := interrupted(args...)
	require.Equal(t, cli.Interrupted, status)
	require.Equal(t, "train: stopped before epoch 0 of the warm start; saved in "+filepath.Join(out, train.CheckpointFile)+
		" (continue with: train --resume "+out+")\n", stderr)
	require.NoFileExists(t, filepath.Join(out, "metrics.json"))

	_, stdout, _ := interrupted(args...)
	require.Contains(t, stdout, "of a training that did not end, will be replaced")
	status, stdout, stderr = execute("--resume", out)
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "resumed before epoch 0 of the warm start")
	require.FileExists(t, filepath.Join(out, "metrics.json"))
	require.NoFileExists(t, filepath.Join(out, train.CheckpointFile))

	out = t.TempDir()
	status, _, stderr = interrupted(append(quick, "--config", fixture("sample.yaml"), "--out", out, "--checkpoint-every", "0")...)
	require.Equal(t, cli.Interrupted, status)
	require.Equal(t, "train: stopped before epoch 0 of the warm start; nothing was saved\n", stderr)
}

func TestResumingAsksForTheSameTraining(t *testing.T) {
	out := t.TempDir()
	args := slices.Clip(append(quick, "--config", fixture("sample.yaml")))
	status, _, _ := interrupted(append(args, "--out", out)...)
	require.Equal(t, cli.Interrupted, status)
	for want, args := range map[string][]string{
		"n_epochs is 3 there and 4 here":        append(args, "--resume", out, "--set", "n_epochs=4"),
		"random_seed is 42 there and 9 here":    append(args, "--resume", out, "--seed", "9"),
		"leave --set, --preset and --seed away": {"--resume", out, "--seed", "9"},
		"leave --out away":                      {"--resume", out, "--out", t.TempDir()},
		"there is no such checkpoint":           {"--resume", t.TempDir()},
		"is of another panel than":              {"--resume", out, "--data", seasoned(t)},
		"--checkpoint-every is -1":              append(args, "--out", out, "--checkpoint-every", "-1"),
	} {
		status, _, stderr := execute(args...)
		require.Equal(t, cli.Misuse, status, want)
		require.Contains(t, stderr, want)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		require.FileExists(t, filepath.Join(out, train.CheckpointFile))
	}
	status, _, stderr := execute(append(args, "--resume", out, "--out", out, "--quiet")...)
	require.Zero(t, status, stderr)
}

// seasoned is the sample with another number in one cell.
func seasoned(t *testing.T) string {
	text, err := os.ReadFile(fixture("sample.csv"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "other.csv")
	require.NoError(t, os.WriteFile(path, bytes.Replace(text, []byte(",1"), []byte(",2"), 1), 0o600))
	return path
}

func TestTrainingDoesNotReplaceWhatItReads(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(fixture("sample.csv"))
	require.NoError(t, err)
	data := filepath.Join(dir, "predictions.csv")
	require.NoError(t, os.WriteFile(data, text, 0o600))
	status, _, stderr := execute(append(quick, "--config", fixture("sample.yaml"), "--data", data, "--out", dir)...)
	require.Equal(t, cli.Misuse, status)
	require.Contains(t, stderr, "predictions.csv: is read here and would be replaced")
	again, err := os.ReadFile(data)
	require.NoError(t, err)
	require.Equal(t, text, again)
}

func TestFilesOfAnEarlierTrainingAreRemoved(t *testing.T) {
	out := t.TempDir()
	args := append(quick, "--config", fixture("sample.yaml"), "--quiet", "--out", out)
	status, _, stderr := execute(args...)
	require.Zero(t, status, stderr)
	require.FileExists(t, filepath.Join(out, "dag.dot"))
	withGraph := dashboard(t, out)
	cut := filepath.Join(out, "."+train.CheckpointFile+".part")
	require.NoError(t, os.WriteFile(cut, []byte("what a killed training left"), 0o600))
	status, _, stderr = execute(append(args, "--set", "enable_dag=false")...)
	require.Zero(t, status, stderr)
	require.NoFileExists(t, filepath.Join(out, "dag.dot"))
	require.NoFileExists(t, cut)
	require.NotEqual(t, withGraph, dashboard(t, out))
	status, _, stderr = execute("--config", filepath.Join(out, "config.yaml"), "--quiet", "--out", t.TempDir())
	require.Zero(t, status, "what was written trains again: %s", stderr)
}

func dashboard(t *testing.T, out string) string {
	text, err := os.ReadFile(filepath.Join(out, "dashboard.html"))
	require.NoError(t, err)
	return string(text)
}

// TestInitWritesAConfigurationThatTrains, says so, and replaces no file.
func TestInitWritesAConfigurationThatTrains(t *testing.T) {
	file := filepath.Join(t.TempDir(), "my.yaml")
	status, stdout, stderr := execute("--init", fixture("sample.csv"), "--config", file)
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "train --config "+file)
	status, _, stderr = execute("--config", file, "--out", filepath.Join(t.TempDir(), "out"), "--quiet", "--set", "choose_shape=false")
	require.Zero(t, status, stderr)
	for _, args := range [][]string{
		{"--init", fixture("sample.csv"), "--config", file}, {"--init", fixture("none.csv")},
		{"--init", fixture("sample.csv"), "--config", file + "2", "--out", "out"},
	} {
		status, stdout, stderr = execute(args...)
		require.Equal(t, cli.Misuse, status)
		require.Empty(t, stdout)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
	}
	require.NoFileExists(t, file+"2")
	table := filepath.Join(t.TempDir(), "table.csv")
	require.NoError(t, os.WriteFile(table, []byte("week,zeta,tv_grps\n1,1,2\n2,2,3\n3,4,1\n"), 0o600))
	status, stdout, stderr = execute("--init", table, "--config", file+"3")
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "unsure: zeta")
	require.Contains(t, stdout, "to decide: ")
	require.Contains(t, stdout, "decide there, then:")
	status, stdout, stderr = execute("--init", table, "--config", file+"4", "--quiet")
	require.Zero(t, status, stderr)
	require.Empty(t, stdout)
	require.FileExists(t, file+"4")
}

// small is a table of one region, and smallRoles are its columns.
func small(rows string) string { return "week,sales,tv,price\n" + rows + "\n" }

var smallRoles = []string{"--set", "data.region=\"\"", "--set", "data.week=week", "--set", "data.target=sales", "--set", "data.media=[tv]",
	"--set", "data.spend=[]", "--set", "data.controls=[price]"}

// manyWords are rows whose last column is a comment.
func manyWords() string {
	var rows []string
	for n := range 25 {
		rows = append(rows, fmt.Sprintf("%d,9,1,word%c", n+1, 'a'+n))
	}
	return strings.Join(rows, "\n")
}

// faulty is a table with a channel that never varies, one that is never on, a copy, and one that is bought nationally.
func faulty(t *testing.T) string {
	random := rand.New(rand.NewPCG(1, 2))
	usual := func() float64 { return 100 * math.Exp(0.4*min(max(random.NormFloat64(), -2.5), 2.5)) }
	national := make([]float64, 80)
	for week := range national {
		national[week] = usual()
	}
	var b strings.Builder
	b.WriteString("region,week,sales,m_tv,m_copy,m_flat,m_zero,m_national\n")
	for region := range 4 {
		for week, everywhere := range national {
			tv := usual()
			sales := 1000 + tv + 20*random.NormFloat64()
			fmt.Fprintf(&b, "r%d,%d,%.2f,%.2f,%.2f,50,0,%.2f\n", region, week+1, sales, tv, 3*tv, everywhere)
		}
	}
	path := filepath.Join(t.TempDir(), "faulty.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

// TestEachNoticeIsSaidOnce, on the terminal, in details.json and on the dashboard, and its figures are marked; on the sample there is
// none.
func TestEachNoticeIsSaidOnce(t *testing.T) {
	out := t.TempDir()
	status, stdout, stderr := execute("--config", fixture("sample.yaml"), "--data", faulty(t), "--out", out, "--set", "choose_shape=false",
		"--set", "data.media=[m_*]", "--set", "data.controls=[]")
	require.Zero(t, status, stderr)
	text, err := os.ReadFile(filepath.Join(out, train.DetailsFile))
	require.NoError(t, err)
	var details struct{ Notices []notice.Notice }
	require.NoError(t, json.Unmarshal(text, &details))
	kinds := map[notice.Kind]int{}
	page := html.UnescapeString(dashboard(t, out))
	for _, n := range details.Notices {
		kinds[n.Kind]++
		require.Equal(t, 1, strings.Count(stdout, n.Line()), n.Text)
		require.True(t, strings.Contains(page, n.Text[1:]), "on the dashboard, as a sentence: %s", n.Text)
	}
	require.Equal(t, map[notice.Kind]int{
		notice.Constant: 1, notice.NeverOn: 1, notice.Copies: 1, notice.Alike: 1, notice.PriorDriven: 1,
	}, kinds)
	require.Equal(t, len(kinds), strings.Count(stdout, "notice: "))
	effects, err := os.ReadFile(filepath.Join(out, "effects.csv"))
	require.NoError(t, err)
	for _, channel := range []string{"m_flat", "m_copy", "m_tv"} {
		require.Regexp(t, regexp.MustCompile(channel+` +direct.*\*`), stdout)
		require.Regexp(t, regexp.MustCompile(channel+`,direct,.*(constant|copies)`), string(effects))
	}
	require.NotRegexp(t, regexp.MustCompile(`m_zero +direct.*\*`), stdout)
	status, stdout, stderr = execute("--config", fixture("sample.yaml"), "--out", t.TempDir(), "--set", "choose_shape=false")
	require.Zero(t, status, stderr)
	require.NotContains(t, stdout, "notice: ")
	require.NotContains(t, stdout, " *")
}

// TestBadInputEndsInOneLine: for any bad input, one line says where the error is and how to fix it, the exit status is 2,
// and nothing is written.
func TestBadInputEndsInOneLine(t *testing.T) {
	good, err := os.ReadFile(fixture("sample.csv"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(good)), "\n")
	header := lines[0]
	// cell replaces a cell of a row, by the column's name.
	cell := func(row int, column, value string) string {
		changed := append([]string{}, lines...)
		cells := strings.Split(changed[row], ",")
		for i, name := range strings.Split(header, ",") {
			if name == column {
				cells[i] = value
			}
		}
		changed[row] = strings.Join(cells, ",")
		return strings.Join(changed, "\n")
	}
	zeroTarget := func() string {
		changed := append([]string{}, lines...)
		region := strings.SplitN(lines[1], ",", 2)[0]
		for i, line := range changed {
			if cells := strings.Split(line, ","); cells[0] == region {
				cells[2] = "0"
				changed[i] = strings.Join(cells, ",")
			}
		}
		return strings.Join(changed, "\n")
	}
	var crossSection, holes = []string{header}, []string{header}
	for i, line := range lines[1:] {
		if region := strings.SplitN(line, ",", 2)[0]; !strings.HasPrefix(crossSection[len(crossSection)-1], region+",") {
			crossSection = append(crossSection, line)
		}
		if i*i%7 != 1 {
			holes = append(holes, line)
		}
	}
	workbook := func(sheets ...string) string {
		f, out := excelize.NewFile(), bytes.Buffer{}
		for i, name := range sheets {
			_, err := f.NewSheet(name)
			require.NoError(t, err)
			require.NoError(t, f.SetSheetRow(name, "A1", &[]any{"week", i}))
		}
		require.NoError(t, f.Write(&out))
		return out.String()
	}
	for name, bad := range map[string]struct {
		data string // the panel; the sample if empty
		args []string
		want []string
	}{
		"missing panel":        {"", []string{"--data", "none.csv"}, []string{"none.csv"}},
		"empty panel":          {" ", nil, []string{"panel.csv", "empty"}},
		"only a header":        {header + "\n", nil, []string{"panel.csv"}},
		"missing column":       {"", []string{"--set", "data.target=revenue"}, []string{"sample.csv", "revenue", "sales"}},
		"unmatched glob":       {"", []string{"--set", `data.media=["*_clicks"]`}, []string{"sample.csv", "*_clicks"}},
		"text in a number":     {cell(41, "tv_impressions", "many"), nil, []string{"panel.csv:42", "tv_impressions", "many", "not a number"}},
		"infinity":             {cell(41, "control_price_index", "-Inf"), nil, []string{"panel.csv:42", "control_price_index", "-Inf"}},
		"negative media":       {cell(41, "radio_impressions", "-3"), nil, []string{"panel.csv:42", "radio_impressions", "-3"}},
		"duplicate":            {strings.Join(append(lines, lines[1]), "\n"), nil, []string{"panel.csv:3122", "2"}},
		"unreadable date":      {cell(41, "week", "last Monday"), nil, []string{"panel.csv:42", "week", "last Monday"}},
		"too few weeks":        {"", []string{"--set", "min_train_weeks=129"}, []string{"sample.csv", "129", "min_train_weeks"}},
		"zero target":          {zeroTarget(), nil, []string{"panel.csv", "region", "0"}},
		"unknown key":          {"", []string{"--set", "notears_lambda=1"}, []string{"notears_lambda", "did you mean notears_lambda1?"}},
		"out of range":         {"", []string{"--set", "dropout=2"}, []string{"dropout", "out of range"}},
		"unknown preset":       {"", []string{"--preset", "best"}, []string{"--preset", "best", "deepcausalmmm"}},
		"missing config":       {"", []string{"--config", "none.yaml"}, []string{"none.yaml"}},
		"no config":            {"", []string{"--config", ""}, []string{"--config"}},
		"no output folder":     {"", []string{"--out", ""}, []string{"--out"}},
		"unwritable folder":    {"", []string{"--out", filepath.Join(fixture("sample.csv"), "out")}, []string{"sample.csv", "output folder"}},
		"unknown flag":         {"", []string{"--epochs", "3"}, []string{"--epochs"}},
		"key as a flag":        {"", []string{"--n-epochs=3"}, []string{"--n-epochs", "write --set n_epochs=VALUE"}},
		"gzip":                 {"\x1f\x8b\x08\x00", nil, []string{"panel.csv", "damaged", "pack it again"}},
		"workbook":             {"PK\x03\x04....", nil, []string{"panel.csv", "damaged", "again"}},
		"region of no text":    {strings.Replace(string(good), lines[1], "\xff"+lines[1], 1), nil, []string{"panel.csv:2", `"\xff`, "UTF-8"}},
		"unclosed quote":       {strings.Replace(string(good), lines[41], `"`+lines[41], 1), nil, []string{"panel.csv:42", "close every quote"}},
		"stray argument":       {"", []string{"panel.csv"}, []string{"panel.csv"}},
		"no Parquet":           {"", []string{"--data", fixture("sample.yaml") + ".parquet"}, []string{"parquet"}},
		"no such library":      {"", []string{"--blas", "/none/libblas.so"}, []string{"--blas", "/none/libblas.so"}},
		"seed of no number":    {"", []string{"--seed", "x"}, []string{"seed"}},
		"sheet of no workbook": {"", []string{"--set", "data.sheet=Sheet1"}, []string{"sample.csv", "Sheet1", "no"}},
		"unknown sheet":        {workbook("panel", "notes"), []string{"--set", "data.sheet=pannel"}, []string{"panel.csv", "pannel", "panel"}},
		"several sheets":       {workbook("panel", "notes"), nil, []string{"panel.csv", "panel", "notes", "data.sheet"}},
		"damaged workbook":     {workbook("panel")[:900], nil, []string{"panel.csv", "damaged", "again"}},
		"damaged zstd":         {"\x28\xb5\x2f\xfd\x00", nil, []string{"panel.csv", "damaged", "pack it again"}},
		"folder without parts": {"", []string{"--data", t.TempDir()}, []string{"directory without Parquet files"}},
		"ambiguous dates":      {small("2/5/2024,9,1,4\n3/5/2024,9,1,4\n4/5/2024,9,2,4"), smallRoles, []string{"panel.csv:2", "2/5/2024", "data.date_format"}},
		"weeks of short years": {small("2451,9,1,4\n2452,9,1,4\n2501,9,2,4\n2502,9,2,4"), smallRoles, []string{"panel.csv:2", "2451", "2024-W51"}},
		"years":                {small("2020,9,1,4\n2021,9,1,4\n2022,9,2,4"), smallRoles, []string{"panel.csv:2", "2020", "year"}},
		"ambiguous numbers":    {strings.ReplaceAll(small("1,9,1.234,4\n2,8,2.345,4"), ",", ";"), smallRoles, []string{"panel.csv:2", "1.234"}},
		"mixed currencies":     {small("1,9,$1,4\n2,8,€2,4"), smallRoles, []string{"panel.csv:", "tv"}},
		"mixed percent":        {small("1,9,1,4 %\n2,8,2,0.5"), smallRoles, []string{"panel.csv:", "price"}},
		"words and numbers":    {small("1,9,1,4\n2,8,2,sale"), smallRoles, []string{"panel.csv:3", "price", "sale"}},
		"negative exposure":    {small("1,9,1,4\n2,8,-2,4"), smallRoles, []string{"panel.csv:3", "tv", "-2"}},
		"unknown variable":     {"", []string{"--set", "data.long={variable: what, value: sales}"}, []string{"sample.csv", "long.variable", "what"}},
		"too many words":       {small(manyWords()), smallRoles, []string{"panel.csv:22", "price", "at most 20"}},
		"unknown country":      {"", []string{"--set", "data.holidays=Atlantis"}, []string{"data.holidays", "Atlantis"}},
		"holidays of numbers":  {small("1,9,1,4\n2,8,2,4\n3,8,2,4"), append([]string{"--set", "data.holidays=US"}, smallRoles...), []string{"holidays", "number"}},
		"unknown mediator":     {"", []string{"--set", "data.mediators=[searches]"}, []string{"sample.csv", "mediators", "searches"}},
		"unknown treatment":    {"", []string{"--set", "data.treatments=[price]"}, []string{"sample.csv", "treatments", "price"}},
		"unknown channel":      {"", []string{"--set", "data.channels=[{exposure: radio_grps}]"}, []string{"sample.csv", "channels", "radio_grps"}},
		"channel of no column": {"", []string{"--set", "data.channels=[{name: radio}]"}, []string{"data.channels", "names no column"}},
		"revenue of text":      {small("1,9,1,four\n2,8,2,five"), append(slices.Clone(smallRoles), "--set", "data.revenue_per_kpi=price", "--set", "data.controls=[]"), []string{"panel.csv:2", "price", "four"}},
		"cross-section":        {strings.Join(crossSection, "\n"), nil, []string{"panel.csv", "one week only"}},
		"holes":                {strings.Join(holes, "\n"), nil, []string{"panel.csv", "would be empty", "data.missing_rows"}},
		"reserved component":   {strings.Replace(string(good), "control_price_index", "baseline", 1), []string{"--set", "data.controls=[baseline]"}, []string{"baseline"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "out")
			args := append(quick, "--config", fixture("sample.yaml"), "--out", out)
			if bad.data != "" {
				path := filepath.Join(dir, "panel.csv")
				require.NoError(t, os.WriteFile(path, []byte(strings.TrimPrefix(bad.data, " ")), 0o600))
				args = append(args, "--data", path)
			}
			status, stdout, stderr := execute(append(args, bad.args...)...)
			require.Equal(t, cli.Misuse, status, stderr)
			require.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s", stderr)
			require.Empty(t, stdout)
			for _, want := range bad.want {
				require.Contains(t, stderr, want)
			}
			require.NoDirExists(t, out)
			t.Log(stderr)
		})
	}
}
