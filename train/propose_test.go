package train

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
)

// TestProposalReadsTheSampleAsItsConfigurationDoes: what is guessed from names and values is what a person wrote.
func TestProposalReadsTheSampleAsItsConfigurationDoes(t *testing.T) {
	text, err := os.ReadFile("../testdata/sample.csv")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sample.csv"), text, 0o600))
	file := filepath.Join(dir, "my.yaml")
	p, err := Propose(filepath.Join(dir, "sample.csv"), "", file)
	require.NoError(t, err)
	require.Empty(t, p.Questions)
	require.Empty(t, p.Unsure)
	require.Contains(t, p.Text, "file: sample.csv\n", "counted from the configuration's folder")
	proposed, err := load(file, []byte(p.Text), Overrides{})
	require.NoError(t, err)
	written, err := Load("../testdata/sample.yaml", Overrides{})
	require.NoError(t, err)
	require.Equal(t, sample(t, written).Fingerprint(), sample(t, proposed).Fingerprint())
}

// TestProposalRunsOrAsks: a proposal either prepares a training, or asks one thing at least and says so in its text.
func TestProposalRunsOrAsks(t *testing.T) {
	var weeks, long, twice strings.Builder
	for i := range 60 {
		day := fmt.Sprintf("%02d.%02d.2023", 1+i%28, 1+i/28)
		fmt.Fprintf(&weeks, "%s;%d,5;%d\n", day, 100+i%7, i%5)
		for _, r := range []string{"A", "B"} {
			fmt.Fprintf(&long, "%s,%d,sales,%d\n%s,%d,tv_grps,%d\n%s,%d,tv_cost,%d\n", r, i+1, 100+i%7, r, i+1, i%5, r, i+1, i%5*3)
			fmt.Fprintf(&twice, "%s,%d,%d,%d\n%s,%d,1,1\n", r, i+1, 100+i%7, i%5, r, i+1)
		}
	}
	for name, c := range map[string]struct{ table, has, asks string }{
		"decimal commas":  {"datum;umsatz_sales;tv_grps\n" + weeks.String(), "media:\n    - tv_grps", ""},
		"long":            {"region,week,variable,value\n" + long.String(), "long: {variable: variable, value: value}", ""},
		"listed twice":    {"region,week,sales,tv_grps\n" + twice.String(), "# duplicates: sum", "data.duplicates"},
		"no time":         {"customer,sales,tv_grps\na,1,2\nb,2,3\nc,4,1\n", "target: sales", "data.week"},
		"no sales":        {"week,tv_grps\n1,2\n2,3\n3,1\n", "- tv_grps", "data.target"},
		"too few periods": {"week,sales,tv_grps\n1,1,2\n2,2,3\n3,4,1\n", "week: week", "min_train_weeks"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "table.csv")
			require.NoError(t, os.WriteFile(path, []byte(c.table), 0o600))
			p, err := Propose(path, "", filepath.Join(dir, "table.yaml"))
			require.NoError(t, err)
			require.Contains(t, p.Text, c.has)
			require.Equal(t, c.asks == "", len(p.Questions) == 0, "%v", p.Questions)
			for _, q := range p.Questions {
				require.Contains(t, p.Text, "# To decide: "+q)
			}
			if c.asks != "" {
				require.Contains(t, p.Questions[0], c.asks)
				return
			}
			written, err := load(filepath.Join(dir, "table.yaml"), []byte(p.Text), Overrides{})
			require.NoError(t, err)
			_, err = panel.Read(written.Data.File, written.Data.Columns)
			require.NoError(t, err)
		})
	}
	_, err := Propose(filepath.Join(t.TempDir(), "none.csv"), "", "x.yaml")
	require.ErrorContains(t, err, "check the path")
}

// TestProposalFindsTheTableFromItsFolder: beside or below the configuration by a relative path, which moves with both, else by an
// absolute one.
func TestProposalFindsTheTableFromItsFolder(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "a", "t.csv"): "a/t.csv", filepath.Join(dir, "t.csv"): "t.csv", filepath.Join(dir, "..", "t.csv"): filepath.Join(filepath.Dir(dir), "t.csv"),
	} {
		got, err := relativePath(path, filepath.Join(dir, "my.yaml"))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestConfigurationWithoutRoles names the first role that a table cannot do without.
func TestConfigurationWithoutRoles(t *testing.T) {
	d := Data{}
	for _, key := range []string{"data.week", "data.target", "data.media", ""} {
		missing, problem := d.missing()
		require.Equal(t, key, missing)
		require.Equal(t, key == "", problem == "")
		switch key {
		case "data.week":
			d.Week = "week"
		case "data.target":
			d.Target = "sales"
		case "data.media":
			d.Channels = []panel.Channel{{Spend: "tv_cost"}}
		}
	}
}

// TestOutputDoesNotReplaceInputs: a folder that holds what is read is refused, another is made.
func TestOutputDoesNotReplaceInputs(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, predictionsFile), nil, 0o600))
	require.Error(t, Protect(dir, filepath.Join(dir, predictionsFile)))
	require.NoError(t, Protect(dir, filepath.Join(dir, "mine.csv")))
	out := filepath.Join(dir, "a", "b")
	require.NoError(t, Prepare(out))
	require.DirExists(t, out)
}
