package train

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/bounded"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

const columns = `
data:
  region: region
  week: week
  target: sales
  media: ["*_impressions"]
`

func write(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestLoadOverridesTheDefaults(t *testing.T) {
	path := write(t, "c.yaml", "hidden_dim: 32\noptimizer:\n  eps: 1e-7\n"+columns)
	c, err := Load(path, Overrides{Set: []string{
		"n_epochs=7", "optimizer.weight_decay=0", "dag_mode=notears", `data.controls=["a*", b]`, "hidden_dim=16",
	}})
	require.NoError(t, err)
	want := DefaultConfig()
	own(want).HiddenDim, own(want).NEpochs, want.DAGMode = 16, 7, "notears"
	own(want).Optimizer.Eps, own(want).Optimizer.WeightDecay = 1e-7, 0
	want.Data.Region, want.Data.Week, want.Data.Target = "region", "week", "sales"
	want.Data.Media, want.Data.Controls = []string{"*_impressions"}, []string{"a*", "b"}
	require.Equal(t, want, c)
}

func TestLoadReadsWhatItWrote(t *testing.T) {
	c := DefaultConfig()
	c.Data.Region, c.Data.Week, c.Data.Target, c.Data.Media = "r", "w", "y", []string{"x*"}
	c.Data.Controls, c.Data.Spend = []string{}, []string{}
	c.Data.Channels = []panel.Channel{{Name: "tv", Exposure: "grps", Spend: "cost"}, {Exposure: "letters", Kind: panel.Organic}}
	c.Data.Mediators, c.Data.Treatments, c.Data.Population = []string{"brand"}, []string{"price"}, "people"
	c.Data.Revenue, c.Data.Long, c.Data.Duplicates = "0.25", panel.Long{Variable: "name", Value: "value"}, "sum"
	own(c).NotearsRhoMax, own(c).Optimizer.Eps = 1e16, 1e-8
	text, err := c.Text()
	require.NoError(t, err)
	again, err := Load(write(t, "c.yaml", text), Overrides{})
	require.NoError(t, err)
	require.Equal(t, c, again)
	stored, err := json.Marshal(c)
	require.NoError(t, err)
	again = Config{}
	require.NoError(t, json.Unmarshal(stored, &again))
	require.Equal(t, c.Data, again.Data)
}

// A revenue may be a number or a column, and a channel needs no media.
func TestChannelsWithoutMedia(t *testing.T) {
	c, err := Load(write(t, "c.yaml", "data:\n  week: w\n  target: y\n  channels: [{spend: tv_cost}]\n  revenue_per_kpi: 0.5\n"), Overrides{})
	require.NoError(t, err)
	require.Equal(t, "0.5", c.Data.Revenue)
	require.Equal(t, []panel.Channel{{Spend: "tv_cost"}}, c.Data.Channels)
}

func TestDataFileCountsFromTheConfiguration(t *testing.T) {
	path := write(t, "c.yaml", columns+"  file: panel.csv\n")
	c, err := Load(path, Overrides{})
	require.NoError(t, err)
	require.Equal(t, filepath.Join(filepath.Dir(path), "panel.csv"), c.Data.File)
	c, err = Load(path, Overrides{Set: []string{"data.file=other.csv"}})
	require.NoError(t, err)
	require.Equal(t, "other.csv", c.Data.File, "the command line's counts from the working folder")
}

// TestBadConfigurations says for each mistake what the one line must name.
func TestBadConfigurations(t *testing.T) {
	for name, bad := range map[string]struct {
		text string
		set  []string
		want []string
	}{
		"unknown key":            {"notears_lambda: 1" + columns, nil, []string{"c.yaml:1:1", "notears_lambda", "no such key", "did you mean notears_lambda1?"}},
		"unknown in section":     {"hidden_dim: 4\noptimizer:\n  epsilon: 1" + columns, nil, []string{"c.yaml:3:3", "optimizer.epsilon", "no such key"}},
		"nothing like it":        {"qqqqqqqqqq: 1" + columns, nil, []string{"c.yaml:1:1", "qqqqqqqqqq: no such key"}},
		"text for a number":      {"hidden_dim: many" + columns, nil, []string{"c.yaml:1:1", "hidden_dim", `"many" is not a whole number`}},
		"fraction":               {"n_epochs: 2.5" + columns, nil, []string{"c.yaml:1", "n_epochs", "not a whole number"}},
		"negative seed":          {"random_seed: -1" + columns, nil, []string{"c.yaml:1", "random_seed"}},
		"huge count":             {"n_epochs: 99999999999999999999" + columns, nil, []string{"c.yaml:1", "n_epochs"}},
		"null":                   {"n_epochs: ~" + columns, nil, []string{"c.yaml:1:1", "n_epochs", "has no value"}},
		"text for a switch":      {"enable_dag: perhaps" + columns, nil, []string{"c.yaml:1", "enable_dag", "not true or false"}},
		"a list for a text":      {"dag_mode: [a]" + columns, nil, []string{"c.yaml:1", "dag_mode"}},
		"scalar for section":     {"optimizer: adamw" + columns, nil, []string{"c.yaml:1", "optimizer", "key: value"}},
		"three betas":            {"optimizer:\n  betas: [0.1, 0.2, 0.3]" + columns, nil, []string{"c.yaml:2", "betas"}},
		"too large":              {"seasonal_prior: 1\ndropout: 1.5" + columns, nil, []string{"c.yaml:2:1", "dropout", "1.5 is out of range [0, 0.95]"}},
		"zero where above":       {"learning_rate: 0" + columns, nil, []string{"c.yaml:1:1", "learning_rate", "out of range (0"}},
		"not a number":           {"huber_delta: .nan" + columns, nil, []string{"c.yaml:1:1", "huber_delta", "NaN is out of range"}},
		"unknown mode":           {"dag_mode: cyclic" + columns, nil, []string{"c.yaml:1:1", "dag_mode", "not one of triangular, notears"}},
		"glob without quotes":    {"data:\n  media: [*_impressions]\n", nil, []string{"c.yaml:2", "in quotes"}},
		"text for a list":        {"data:\n  media: tv\n", nil, []string{"c.yaml:2:3", "data.media", "must be a list"}},
		"unknown preset":         {"preset: best" + columns, nil, []string{"c.yaml:1:1", "no preset", "deepcausalmmm"}},
		"twice the same key":     {"n_epochs: 1\nn_epochs: 2" + columns, nil, []string{"c.yaml:2", "n_epochs"}},
		"no YAML":                {"a: [1, 2", nil, []string{"c.yaml:1"}},
		"a list":                 {"- a\n- b\n", nil, []string{"c.yaml:1:1", "key: value"}},
		"no data":                {"n_epochs: 1", nil, []string{"c.yaml", "data.week", "is missing"}},
		"rho above its max":      {"notears_rho_init: 10\nnotears_rho_max: 5" + columns, nil, []string{"c.yaml:1:1", "notears_rho_init", "above notears_rho_max"}},
		"set unknown":            {columns, []string{"n_epoch=3"}, []string{"--set", "n_epoch", "did you mean n_epochs?"}},
		"set without value":      {columns, []string{"n_epochs"}, []string{"--set", "n_epochs", "write key=value"}},
		"set wrong type":         {columns, []string{"n_epochs=few"}, []string{"--set", "n_epochs", `"few" is not a whole number`}},
		"set out of range":       {"dropout: 0.1" + columns, []string{"dropout=-1"}, []string{"--set", "dropout", "-1 is out of range"}},
		"set unknown preset":     {columns, []string{"preset=best"}, []string{"--set", "no preset", "deepcausalmmm"}},
		"another model's range":  {"preset: recommended\nhidden_dim: 1" + columns, nil, []string{"c.yaml:2:1", "hidden_dim", "1 is out of range [2, 4096]"}},
		"another model's choice": {"preset: recommended\noptimizer:\n  type: sgd" + columns, nil, []string{"c.yaml:3:3", "optimizer.type", "not one of adamw"}},
		"another model's prior":  {"channel_priors: [{share: 0.1, sd: 0.1}]" + columns, nil, []string{"c.yaml:1:1", "channel_priors", "names no channel"}},
		"experiment's own rule":  {"preset: recommended\nexperiments:\n  - {channels: [a], from: 1, to: 2, off: true, lift: 3, se: 1}\n  - channels: [a]\n    from: 1\n    to: 2\n    off: true\n    lift: 3\n    se: -1" + columns, nil, []string{"c.yaml:9:5", "experiments[2].se", "-1 is not above 0"}},
		"experiment lacks a key": {"preset: recommended\nexperiments:\n  - {channels: [a], from: 1, off: true, lift: 3, se: 1}" + columns, nil, []string{"c.yaml:3:5", "experiments[1].to", "name the last row"}},
		"unknown experiment key": {"preset: recommended\nexperiments:\n  - {channels: [a], form: 1}" + columns, nil, []string{"c.yaml:3:", "experiments", "form"}},
		"experiment, wrong type": {"preset: recommended\nexperiments:\n  - {channels: [a], se: some}" + columns, nil, []string{"c.yaml:3:", "experiments", "not a number"}},
		"experiments, no list":   {"preset: recommended\nexperiments: {channels: [a]}" + columns, nil, []string{"c.yaml:2:1", "experiments", "must be a list"}},
		"another's experiment":   {"experiments: [{channels: []}]" + columns, nil, []string{"c.yaml:1:16", "experiments[1].channels", "name the channels"}},
		"set an experiment":      {columns, []string{"preset=recommended", "experiments=[{channels: []}]"}, []string{"--set", "experiments[1].channels", "name the channels"}},
		"two names of a channel": {columns + "  channels: [{exposure: a, spend: b}, {exposure: c, spend: b}]", nil, []string{"c.yaml:7:3", "data.channels", `have the spend "b"`}},
		"organic and paid for":   {columns + "  channels: [{exposure: a, spend: b, kind: organic}]", nil, []string{"c.yaml:7:3", "data.channels", "leave one of them out"}},
		"unknown key of channel": {columns + "  channels: [{expsure: a}]", nil, []string{"c.yaml:7", "data.channels", "expsure"}},
		"free revenue":           {columns + "  revenue_per_kpi: 0", nil, []string{"c.yaml:7:3", "data.revenue_per_kpi", "above 0"}},
		"half a long table":      {columns + "  long: {variable: name}", nil, []string{"c.yaml:7:3", "data.long", "names one column"}},
		"unknown duplicates":     {columns, []string{"data.duplicates=max"}, []string{"--set", "data.duplicates", `"max" is not one of error, sum, mean`}},
		"no time":                {"data: {target: y, media: [x]}", nil, []string{"data.week", "a table without time cannot be fitted"}},
		"retired, wrong type":    {"structure_weight: ab" + columns, nil, []string{"c.yaml:1", "structure_weight", "not a number"}},
		"retired, out of range":  {"structure_weight: -5" + columns, nil, []string{"c.yaml:1:1", "structure_weight", "out of range"}},
		"set a section":          {columns, []string{"optimizer=adamw"}, []string{"--set", "optimizer"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(write(t, "c.yaml", bad.text), Overrides{Set: bad.set})
			require.Error(t, err)
			require.NotContains(t, err.Error(), "\n")
			for _, want := range bad.want {
				require.ErrorContains(t, err, want)
			}
			if bad.set != nil {
				require.NotContains(t, err.Error(), "c.yaml")
			}
		})
	}
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"), Overrides{})
	require.ErrorContains(t, err, "none.yaml")
	_, err = Load(write(t, "c.yaml", columns), Overrides{Preset: "best"})
	require.ErrorContains(t, err, `--preset: preset: no preset "best"`)
}

// A problem that only the panel shows is where the file or the command line has its key, too.
func TestLocate(t *testing.T) {
	text := "preset: recommended\ndag_method: exact\nexperiments:\n  - channels: [tv_impressions]\n    regions: [geo_001, geo_01]\n    from: 2023-10-02\n" +
		"    to: 2023-10-09\n    off: true\n    in_panel: false\n    lift: -10\n    se: 1" + columns
	path := write(t, "c.yaml", text)
	locate := func(o Overrides) error {
		c, err := Load(path, o)
		require.NoError(t, err)
		c.Data.File = "../testdata/sample.csv"
		_, err = New(c, sample(t, c), model.Observer{})
		return Locate(err, path, o)
	}
	require.EqualError(t, locate(Overrides{}), path+`:5:5: experiments[1].regions: no region is called "geo_01"; did you mean "geo_001"? (there are 24, such as "geo_001")`)
	require.ErrorContains(t, locate(Overrides{Set: []string{"channel_priors=[{channel: tv, share: 0.1, sd: 0.1}]"}}), `--set: channel_priors: no channel is called "tv"`)
	require.Equal(t, os.ErrClosed, Locate(os.ErrClosed, path, Overrides{}))
}

// TestEveryKeyIsCheckedAndDocumented keeps numbers without a range and keys without words out of every model.
func TestEveryKeyIsCheckedAndDocumented(t *testing.T) {
	for _, m := range models {
		c := Default(m.Preset())
		seen := map[string]bool{}
		for _, f := range settings.Fields(c, c.Settings) {
			require.False(t, seen[f.Key], "%s: %s is there twice", m.Name(), f.Key)
			seen[f.Key] = true
			require.NotEmpty(t, f.Doc, "%s: %s", m.Name(), f.Key)
			number := f.Kind() == reflect.Int || f.Kind() == reflect.Float64
			if f.Kind() == reflect.Slice {
				element := f.Value.Type().Elem().Kind()
				number = element == reflect.Int || element == reflect.Float64
			}
			require.Equal(t, number, f.Range != settings.Interval{}, "%s: the range of %s", m.Name(), f.Key)
			require.Equal(t, f.Kind() == reflect.Struct, f.Section(), "%s: %s", m.Name(), f.Key)
			require.True(t, Knows(f.Key), f.Key)
		}
		key, problem := c.check()
		require.Empty(t, key+problem, "the defaults of %s", m.Preset())
	}
}

// The files in testdata were written by the version before each model had keys of its own.
func TestEarlierConfigurationsLoad(t *testing.T) {
	for name, want := range map[string]func(*Config){
		"original":   func(c *Config) { own(*c).HiddenDim, own(*c).NEpochs, own(*c).WarmStartEpochs = 2, 20, 2 },
		"structural": func(c *Config) { structuralOf(*c).ChooseShape = false },
	} {
		got, err := Load(filepath.Join("testdata", name+"-before.yaml"), Overrides{})
		require.NoError(t, err)
		expected := Default(got.Preset)
		want(expected)
		require.Equal(t, name, got.Model)
		require.Equal(t, expected.Settings, got.Settings)
		require.Equal(t, expected.Shared, got.Shared)
	}
}

// FuzzLoad: for any text, loading returns an error of one line or a configuration that is valid.
func FuzzLoad(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		bounded.Memory(t, len(text), func() {
			c, err := Load(path, Overrides{})
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
				return
			}
			key, problem := c.check()
			require.Empty(t, key+problem)
		})
	})
}

func TestConfigureIsThePresetForATable(t *testing.T) {
	data := Data{File: "a b.csv", Columns: panel.Columns{Week: "week", Target: "sales", Media: []string{"tv: 1", "#x"}, Controls: []string{"control*"}}}
	c, err := Configure(RecommendedPreset, data, "holdout_ratio=0.2")
	require.NoError(t, err)
	want := RecommendedConfig()
	want.HoldoutRatio, want.Data = 0.2, c.Data
	require.Equal(t, want, c)
	require.Equal(t, data.File, c.Data.File)
	require.Equal(t, data.Media, c.Data.Media)
	_, err = Configure("recomended", data)
	require.ErrorContains(t, err, "recomended")
}
