// Package train fits a marketing-mix model to a panel and writes what comes out. It holds what all models share:
// configuration, the split into training weeks and holdout, figures beside naive forecasts, files, prediction and
// validation. The models are in the folders below, behind the interfaces of package model. Start reading at Load, New and
// Trainer.Run.
package train

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"

	"deepcausalmmm/internal/settings"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/neural"
	"deepcausalmmm/train/structural"
)

// models are the models that a configuration can name, the first of which has the default preset.
var models = []model.Model{neural.Original{}, structural.Structural{}}

// Config holds all settings of a training. Load reads it from YAML; docs/configuration.md lists the
// keys.
type Config struct {
	Preset string `yaml:"preset" doc:"where the defaults come from"`
	Model  string `yaml:"model" doc:"which equations are fitted; the preset's model if it is not set"`

	model.Shared `yaml:",inline"`

	Data Data `yaml:"data" doc:"the table and its columns"`

	// Settings are the model's own keys: *neural.Settings, *structural.Settings or those of another model.
	Settings any `yaml:"-"`

	ignored []string // keys that were set though the model does not have them
}

// Data names the table and its columns. File is relative to the configuration file's folder.
type Data struct {
	File          string `yaml:"file" file:"true" doc:"CSV, Excel or Parquet, also packed by gzip, zstd or zip, or a folder of Parquet files; relative to this file's folder"`
	panel.Columns `yaml:",inline"`
}

// ConfigError describes an error in a configuration and its position.
type ConfigError = settings.Error

// RecommendedPreset is the preset that this project recommends; DefaultPreset is the one of a configuration that names none.
const (
	DefaultPreset     = neural.Preset
	RecommendedPreset = structural.Preset
)

// Default returns the defaults of a preset, without data; nil if there is no such preset.
func Default(preset string) *Config {
	for _, m := range models {
		if m.Preset() == preset {
			c := &Config{Preset: preset, Model: m.Name()}
			c.Shared, c.Settings = m.Defaults()
			return c
		}
	}
	return nil
}

// DefaultConfig is the preset deepcausalmmm (get_default_config of the Python original), without data.
func DefaultConfig() Config { return *Default(DefaultPreset) }

// RecommendedConfig is the preset recommended, without data.
func RecommendedConfig() Config { return *Default(RecommendedPreset) }

// modelOf finds a model by its name, nil if there is none.
func modelOf(name string) model.Model {
	for _, m := range models {
		if m.Name() == name {
			return m
		}
	}
	return nil
}

// names lists the models, or their presets.
func names(of func(model.Model) string) string {
	var all []string
	for _, m := range models {
		all = append(all, of(m))
	}
	return strings.Join(all, ", ")
}

// check returns the first key whose value is not allowed, and what is wrong with it; both are empty if all is well.
func (c *Config) check() (key, problem string) {
	m := modelOf(c.Model)
	if m == nil {
		return "model", fmt.Sprintf("%q is not one of %s", c.Model, names(model.Model.Name))
	}
	if _, own := m.Defaults(); reflect.TypeOf(own) != reflect.TypeOf(c.Settings) {
		return "model", fmt.Sprintf("is %s, whose settings are a %T, not a %T (start from Default)", c.Model, own, c.Settings)
	}
	if key, problem := settings.Check(c, c.Settings); key != "" {
		return key, problem
	}
	if key, problem := c.Data.Columns.Check(); key != "" {
		return "data." + key, problem
	}
	return "", ""
}

// task is the configuration as a model gets it.
func (c *Config) task(p *panel.Panel, train, holdout panel.Span) model.Task {
	return model.Task{Shared: c.Shared, Settings: c.Settings, Panel: p, Train: train, Holdout: holdout}
}

// Files lists the files that the configuration names.
func (c Config) Files() []string {
	var paths []string
	for _, f := range settings.Fields(&c, c.Settings) {
		if f.File && f.Value.String() != "" {
			paths = append(paths, f.Value.String())
		}
	}
	return paths
}

// clone is the configuration with settings of its own.
func (c Config) clone() Config {
	own := reflect.New(reflect.TypeOf(c.Settings).Elem())
	own.Elem().Set(reflect.ValueOf(c.Settings).Elem())
	c.Settings = own.Interface()
	return c
}

// MarshalJSON writes all keys in one object.
func (c Config) MarshalJSON() ([]byte, error) { return settings.MarshalJSON(&c, c.Settings) }

// UnmarshalJSON reads what MarshalJSON wrote, or an earlier version: keys that the model does not have are ignored, and those
// that are not there keep the preset's default.
func (c *Config) UnmarshalJSON(text []byte) error {
	var named struct{ Preset, Model string }
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	fresh := Default(named.Preset)
	if fresh == nil {
		fresh = Default(DefaultPreset)
	}
	if m := modelOf(named.Model); m != nil {
		_, fresh.Settings = m.Defaults()
	}
	*c = *fresh
	return settings.UnmarshalJSON(text, c, c.Settings)
}

// absolute is the configuration with files by their absolute paths, so that it trains again from anywhere.
func (c Config) absolute() (Config, error) {
	c = c.clone()
	for _, f := range settings.Fields(&c, c.Settings) {
		if path := f.Value; f.File && path.String() != "" {
			whole, err := filepath.Abs(path.String())
			if err != nil {
				return c, err
			}
			path.SetString(whole)
		}
	}
	return c, nil
}

// Text is the configuration as YAML, with files by their absolute paths.
func (c Config) Text() (string, error) {
	c, err := c.absolute()
	if err != nil {
		return "", err
	}
	head := struct{ Preset, Model string }{c.Preset, c.Model}
	data := struct{ Data Data }{c.Data}
	var text string
	for _, section := range []any{head, c.Shared, c.Settings, data} {
		part, err := yaml.Marshal(section)
		if err != nil {
			return "", err
		}
		text += string(part)
	}
	return text, nil
}
