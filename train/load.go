package train

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/internal/yamltext"
	"deepcausalmmm/train/model"
)

// Overrides are what the command line says over the configuration file.
type Overrides struct {
	Preset string   // overrides the file's preset
	Set    []string // key=value, with dots into sections: optimizer.eps=1e-7
}

// Load reads a YAML configuration: the defaults of its preset, overridden by its keys, overridden by the command line. Unknown
// keys, wrong types and values out of range are a *ConfigError with line and key. Relative paths in the file, which start at
// its folder, are rewritten to start at the working folder.
func Load(path string, o Overrides) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("%s: cannot read the configuration: %w", path, files.Cause(err))
	}
	return load(path, text, o)
}

// Configure is Load of a configuration that names only a preset and a table.
func Configure(preset string, data Data, set ...string) (Config, error) {
	text, err := yaml.Marshal(struct {
		Preset string `yaml:"preset"`
		Data   Data   `yaml:"data"`
	}{preset, data})
	if err != nil {
		return Config{}, err
	}
	return load("configuration", text, Overrides{Set: set})
}

// load is Load of a text that has been read.
func load(path string, text []byte, o Overrides) (Config, error) {
	sources, err := parseAll(path, text, o)
	if err != nil {
		return Config{}, err
	}
	file := sources[0]
	c, err := start(sources, o.Preset)
	if err != nil {
		return Config{}, err
	}
	preset, name := c.Preset, c.Model
	for _, s := range sources {
		if err := s.decode(&c, c.Settings); err != nil {
			return Config{}, err
		}
	}
	c.Preset, c.Model = preset, name
	key, problem := c.check()
	if key == "" {
		key, problem = c.Data.missing()
	}
	if key != "" {
		return Config{}, last(sources, key).errorAt(key, problem)
	}
	if c.ignored, err = ignored(sources, c); err != nil {
		return Config{}, err
	}
	for _, f := range settings.Fields(&c, c.Settings) {
		if f.File && f.Value.String() != "" && !filepath.IsAbs(f.Value.String()) && last(sources, f.Key) == file {
			f.Value.SetString(filepath.Join(filepath.Dir(path), f.Value.String()))
		}
	}
	return c, nil
}

// parseAll parses the file's text, then what the command line sets.
func parseAll(path string, text []byte, o Overrides) ([]*source, error) {
	file, err := parse(path, text)
	if err != nil {
		return nil, err
	}
	sources := []*source{file}
	for _, set := range o.Set {
		s, err := parseSet(set)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// retired are keys of earlier versions that had no effect on any result. They are still read.
type retired struct {
	StructureWeight float64 `yaml:"structure_weight" range:"[0, 1e6]"`
}

// ignored lists the keys that a source sets though the configuration's model does not have them. Their values must be allowed
// all the same.
func ignored(sources []*source, c Config) ([]string, error) {
	others := []any{&retired{}}
	for _, m := range models {
		_, theirs := m.Defaults()
		others = append(others, theirs)
	}
	own := keysOf(&c, c.Settings)
	keys := map[string]bool{}
	for _, s := range sources {
		if err := s.decode(others...); err != nil {
			return nil, err
		}
		for key := range s.keys {
			if section, _, _ := strings.Cut(key, "."); own[section] == 0 {
				keys[section] = true
			}
		}
	}
	for _, theirs := range others {
		if key, problem := settings.Check(theirs); key != "" {
			return nil, last(sources, key).errorAt(key, problem)
		}
	}
	return slices.Sorted(maps.Keys(keys)), nil
}

// last is the last source that sets a key, or else the first of all.
func last(sources []*source, key string) *source {
	for _, s := range slices.Backward(sources) {
		if s.has(key) {
			return s
		}
	}
	return sources[0]
}

// start returns the defaults of the preset that the flag names, or else a source, with the settings of the model that a source
// names.
func start(sources []*source, flag string) (Config, error) {
	where, preset := &source{name: "--preset"}, flag
	if flag == "" {
		var err error
		if where, preset, err = text(sources, "preset", DefaultPreset); err != nil {
			return Config{}, err
		}
	}
	c := Default(preset)
	if c == nil {
		return Config{}, where.errorAt("preset", fmt.Sprintf("no preset %q (there is: %s)", preset, names(model.Model.Preset)))
	}
	where, name, err := text(sources, "model", c.Model)
	if err != nil {
		return Config{}, err
	}
	m := modelOf(name)
	if m == nil {
		return Config{}, where.errorAt("model", fmt.Sprintf("%q is not one of %s", name, names(model.Model.Name)))
	}
	if name != c.Model {
		c.Model = name
		_, c.Settings = m.Defaults()
	}
	return *c, nil
}

// text is the value of a key in the last source that sets it.
func text(sources []*source, key, otherwise string) (where *source, value string, err error) {
	where, value = last(sources, key), otherwise
	if v := where.keys[key]; v != nil {
		if err := yaml.NodeToValue(v.Value, &value); err != nil {
			return where, "", where.yamlError(err)
		}
	}
	return where, value, nil
}

// keysOf are the keys of structs, dotted, with the kind of their values; those that hold keys have the kind Struct.
func keysOf(structs ...any) map[string]reflect.Kind {
	keys := map[string]reflect.Kind{}
	for _, f := range settings.Fields(structs...) {
		keys[f.Key] = f.Kind()
	}
	return keys
}

// known are the keys of all models, retired ones included.
func known() map[string]reflect.Kind {
	keys := keysOf(&Config{}, &retired{})
	for _, m := range models {
		_, own := m.Defaults()
		maps.Copy(keys, keysOf(own))
	}
	return keys
}

// Knows reports whether a configuration has a key, dotted.
func Knows(key string) bool { return known()[key] != 0 }

func unknownKey(key string) string {
	if meant := suggest.Nearest(key, slices.Sorted(maps.Keys(known()))); meant != "" {
		return fmt.Sprintf("no such key; did you mean %s?", meant)
	}
	return "no such key"
}

func typeName(k reflect.Kind) string {
	switch k {
	case reflect.Int, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "a section of keys"
}

// missing is the first key without which there is no table to read.
func (d *Data) missing() (key, problem string) {
	switch {
	case d.Week == "":
		return "data.week", "is missing: name the column of the weeks (a table without time cannot be fitted: effects are learned from " +
			"how sales follow media over the weeks)"
	case d.Target == "":
		return "data.target", "is missing: name the column"
	case len(d.Media)+len(d.Channels) == 0:
		return "data.media", "is missing: name the columns, here or under data.channels"
	}
	return "", ""
}

// source is one text that sets keys: the file or one --set.
type source struct {
	name string
	root ast.Node // nil for an empty file
	keys map[string]*ast.MappingValueNode
}

func parse(name string, text []byte) (*source, error) {
	s := &source{name: name, keys: map[string]*ast.MappingValueNode{}}
	root, err := yamltext.Parse(text)
	if err != nil {
		return nil, s.yamlError(err)
	}
	if s.root = root; root == nil {
		return s, nil
	}
	return s, s.index(root, "", known())
}

// index records the position of each key, and refuses unknown ones.
func (s *source) index(n ast.Node, prefix string, known map[string]reflect.Kind) error {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		at := n.GetToken().Position
		return &ConfigError{Source: s.name, Line: at.Line, Column: at.Column, Key: prefix, Problem: "must be a section of `key: value` lines"}
	}
	for _, v := range values {
		key := strings.TrimPrefix(prefix+"."+v.Key.GetToken().Value, ".")
		s.keys[key] = v
		kind, ok := known[key]
		switch {
		case !ok:
			return s.errorAt(key, unknownKey(key))
		case v.Value.Type() == ast.NullType:
			return s.errorAt(key, "has no value (write one, or take the line out)")
		case kind == reflect.Struct:
			if err := s.index(v.Value, key, known); err != nil {
				return err
			}
		case kind == reflect.Slice && !mayBeList(v.Value):
			return s.errorAt(key, "must be a list: [a, b]")
		case (kind == reflect.Int || kind == reflect.Uint64) && v.Value.Type() != ast.IntegerType:
			// The YAML library would drop a fraction silently.
			return s.errorAt(key, fmt.Sprintf("%q is not %s", v.Value.String(), typeName(kind)))
		}
	}
	return nil
}

// mayBeList reports whether a value is a list, or an alias, which may be one. The YAML library panics at an anchor of a tag in the
// place of a list.
func mayBeList(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SequenceNode, *ast.AliasNode:
		return true
	case *ast.AnchorNode:
		return mayBeList(n.Value)
	}
	return false
}

// has reports whether the source sets a key, or the list that it is an item's of.
func (s *source) has(key string) bool {
	list, _, _ := strings.Cut(key, "[")
	return s.keys[list] != nil
}

// decode sets the keys of structs that the source names; index has refused keys that no model knows.
func (s *source) decode(structs ...any) error {
	for _, into := range structs {
		if s.root == nil {
			continue
		}
		if err := yaml.NodeToValue(s.root, into); err != nil {
			return s.yamlError(err)
		}
		for _, f := range settings.Fields(into) { // index does not look into lists
			if v := s.keys[f.Key]; v != nil && f.Kind() == reflect.Slice && f.Value.Type().Elem().Kind() == reflect.Struct {
				if err := yaml.NodeToValue(v.Value, f.Value.Addr().Interface(), yaml.Strict()); err != nil {
					return s.yamlError(err)
				}
			}
		}
	}
	return nil
}

// errorAt is a problem with a key of this source.
func (s *source) errorAt(key, problem string) error {
	e := &ConfigError{Source: s.name, Key: key, Problem: problem}
	if at := s.position(key); at != nil && s.name != setSource {
		e.Line, e.Column = at.Line, at.Column
	}
	return e
}

// position is where the source sets a key, nil if it does not. The key of an item, settings.Item, is where the item has it, or else
// where the item is.
func (s *source) position(key string) *token.Position {
	if v := s.keys[key]; v != nil {
		return v.Key.GetToken().Position
	}
	list, rest, _ := strings.Cut(key, "[")
	number, inside, _ := strings.Cut(rest, "].")
	v := s.keys[list]
	if v == nil {
		return nil
	}
	i, err := strconv.Atoi(number)
	items, ok := v.Value.(*ast.SequenceNode)
	if err != nil || !ok || i < 1 || i > len(items.Values) {
		return v.Key.GetToken().Position
	}
	item := items.Values[i-1]
	if pairs, ok := item.(ast.MapNode); ok {
		for at := pairs.MapRange(); at.Next(); {
			if at.Key().GetToken().Value == inside {
				return at.Key().GetToken().Position
			}
		}
	}
	return item.GetToken().Position
}

// Locate gives a *ConfigError of New the position of its key in what Load read the configuration from. Other errors are as they
// were.
func Locate(err error, path string, o Overrides) error {
	var found *ConfigError
	if !errors.As(err, &found) || found.Source != configurationSource {
		return err
	}
	text, failed := os.ReadFile(path)
	if failed != nil {
		return err
	}
	sources, failed := parseAll(path, text, o)
	if failed != nil {
		return err
	}
	return last(sources, found.Key).errorAt(found.Key, found.Problem)
}

// configurationSource is the source of an error of New, which does not know where the configuration was read.
const configurationSource = "configuration"

// yamlError turns the YAML library's error into one line.
func (s *source) yamlError(err error) error {
	var at *yamltext.Error
	if !errors.As(err, &at) {
		at = yamltext.Explain(err, "")
	}
	e := &ConfigError{Source: s.name, Problem: at.Problem}
	if strings.Contains(e.Problem, "could not find alias") {
		e.Problem += ` (put a glob in quotes: "*_impressions")`
	}
	var wrongType *yaml.TypeError
	if errors.As(err, &wrongType) {
		e.Problem = fmt.Sprintf("%q is not %s", wrongType.Token.Value, typeName(wrongType.DstType.Kind()))
	}
	if s.name != setSource {
		e.Line, e.Column = at.Line, at.Column
	}
	if at.Line > 0 {
		e.Key = s.keyAt(at.Line)
	}
	return e
}

// keyAt names the innermost key whose entry starts on or last before a line.
func (s *source) keyAt(line int) string {
	best, bestLine := "", 0
	for key, v := range s.keys {
		at := v.Key.GetToken().Position.Line
		if at <= line && (at > bestLine || at == bestLine && len(key) > len(best)) {
			best, bestLine = key, at
		}
	}
	return best
}

const setSource = "--set"

// parseSet reads key=value, with dots into sections, as a file with that one key.
func parseSet(set string) (*source, error) {
	key, value, ok := strings.Cut(set, "=")
	if !ok || strings.TrimSpace(key) == "" {
		return nil, &ConfigError{Source: setSource, Key: set, Problem: "write key=value"}
	}
	text := strings.TrimSpace(value)
	parts := strings.Split(strings.TrimSpace(key), ".")
	for i, part := range slices.Backward(parts) {
		text = strings.Repeat("  ", i) + part + ": " + text
		if i > 0 {
			text = "\n" + text
		}
	}
	return parse(setSource, []byte(text))
}
