package train

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/yamltext"
)

// ConfigError says what is wrong with a configuration, and where.
type ConfigError struct {
	Source       string // the file, or the command line's --set
	Line, Column int    // 0 where there is none, as for --set
	Key          string // dotted path, empty if the text is no YAML at all
	Problem      string
}

func (e *ConfigError) Error() string {
	at := e.Source
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", e.Source, e.Line, e.Column)
	}
	if e.Key == "" {
		return fmt.Sprintf("%s: %s", at, e.Problem)
	}
	return fmt.Sprintf("%s: %s: %s", at, e.Key, e.Problem)
}

// Overrides are what the command line says over the configuration file.
type Overrides struct {
	Preset string   // the defaults to start from, in the place of the file's
	Set    []string // key=value, with dots into sections: optimizer.eps=1e-7
}

// Load reads a YAML configuration. Its keys go over the defaults of its preset, and overrides go over both. Unknown
// keys, wrong types and values out of range are a *ConfigError with line and key. Files that it names
// relative to its own folder become relative to the working folder.
func Load(path string, o Overrides) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("%s: cannot read the configuration: %w", path, files.Cause(err))
	}
	file, err := parse(path, text)
	if err != nil {
		return Config{}, err
	}
	sources := []*source{file}
	for _, set := range o.Set {
		s, err := parseSet(set)
		if err != nil {
			return Config{}, err
		}
		sources = append(sources, s)
	}
	c, err := start(sources, o.Preset)
	if err != nil {
		return Config{}, err
	}
	preset := c.Preset
	for _, s := range sources {
		if err := s.decode(&c); err != nil {
			return Config{}, err
		}
	}
	c.Preset = preset
	key, problem := c.mistake()
	if key == "" {
		key, problem = c.Data.missing()
	}
	if key != "" {
		return Config{}, last(sources, key).errorAt(key, problem)
	}
	for key, f := range map[string]*string{"data.file": &c.Data.File, "dag_knowledge": &c.DAGKnowledge} {
		if *f != "" && !filepath.IsAbs(*f) && last(sources, key) == file {
			*f = filepath.Join(filepath.Dir(path), *f)
		}
	}
	return c, nil
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

// start returns the defaults of the preset that the flag names, or else a source.
func start(sources []*source, flag string) (Config, error) {
	where, preset := &source{name: "--preset"}, flag
	if flag == "" {
		named := Config{Preset: DefaultPreset}
		for _, s := range sources {
			if err := s.decode(&named); err != nil {
				return Config{}, err
			}
		}
		where, preset = last(sources, "preset"), named.Preset
	}
	defaults, ok := presets[preset]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(presets)), ", ")
		return Config{}, where.errorAt("preset", fmt.Sprintf("no preset %q (there is: %s)", preset, known))
	}
	return defaults(), nil
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
	return s, s.index(root, "")
}

// index notes where each key stands, and refuses those that the configuration does not know.
func (s *source) index(n ast.Node, prefix string) error {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		at := n.GetToken().Position
		return &ConfigError{s.name, at.Line, at.Column, prefix, "must be a section of `key: value` lines"}
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
			if err := s.index(v.Value, key); err != nil {
				return err
			}
		case kind == reflect.Slice && v.Value.Type() != ast.SequenceType &&
			v.Value.Type() != ast.AliasType && v.Value.Type() != ast.AnchorType:
			return s.errorAt(key, "must be a list: [a, b]")
		case (kind == reflect.Int || kind == reflect.Uint64) && v.Value.Type() != ast.IntegerType:
			// The YAML library would cut a fraction off without a word.
			return s.errorAt(key, fmt.Sprintf("%q is not %s", v.Value.String(), typeName(kind)))
		}
	}
	return nil
}

func (s *source) has(key string) bool { return s.keys[key] != nil }

func (s *source) decode(c *Config) error {
	if s.root == nil {
		return nil
	}
	if err := yaml.NodeToValue(s.root, c, yaml.Strict()); err != nil {
		return s.yamlError(err)
	}
	return nil
}

// errorAt is a problem with a key of this source.
func (s *source) errorAt(key, problem string) error {
	e := &ConfigError{Source: s.name, Key: key, Problem: problem}
	if v := s.keys[key]; v != nil && s.name != setSource {
		at := v.Key.GetToken().Position
		e.Line, e.Column = at.Line, at.Column
	}
	return e
}

// yamlError brings the YAML library's error into one line.
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

// parseSet reads key=value, with dots into sections, as if it stood in a file.
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
