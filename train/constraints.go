package train

import (
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/settings"
	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/internal/yamltext"
)

// Constraints are what a plan must keep to. docs/plan.md lists the keys.
type Constraints struct {
	Relative      []float64 `yaml:"relative" range:"[0, 1e6]" doc:"least and largest multiple of the reference's spend of every channel without its own"`
	ExposureLimit float64   `yaml:"exposure_limit" default:"1.5" range:"(0, 1e6]" doc:"largest exposure of a region and week, in multiples of the largest seen there"`

	Channels map[string]ChannelBounds `yaml:"-"`
	Prices   map[string]float64       `yaml:"-"`
	Limits   []LimitRule              `yaml:"-"`

	file   string
	places map[string]*token.Position
}

// ChannelBounds are the constraints of one channel. Amounts are money over the whole horizon, what others move included.
type ChannelBounds struct {
	Min       *float64  `yaml:"min" range:"[0, 1e30]" doc:"least spend; takes the place of the lower multiple"`
	Max       *float64  `yaml:"max" range:"[0, 1e30]" doc:"largest spend; takes the place of the upper multiple"`
	Fixed     *float64  `yaml:"fixed" range:"[0, 1e30]" doc:"exact spend"`
	Relative  []float64 `yaml:"relative" range:"[0, 1e6]" doc:"least and largest multiple of the reference's spend"`
	Held      bool      `yaml:"held" doc:"exposure exactly as in the reference, whatever other channels do (a contract)"`
	MinFlight *float64  `yaml:"min_flight" range:"[0, 1e30]" doc:"least spend over all regions in a week in which the channel is on"`
}

// LimitRule bounds the spend of some channels, regions and weeks together.
type LimitRule struct {
	Channels   []string `yaml:"channels" doc:"names; all if left out"`
	Regions    []string `yaml:"regions" doc:"names; all if left out"`
	Weeks      []string `yaml:"weeks" doc:"of the horizon; all if left out"`
	EachRegion bool     `yaml:"each_region" doc:"the bounds hold in each region, not for their sum"`
	EachWeek   bool     `yaml:"each_week" doc:"the bounds hold in each week, not for their sum"`
	Min        *float64 `yaml:"min" range:"[0, 1e30]" doc:"least spend"`
	Max        *float64 `yaml:"max" range:"[0, 1e30]" doc:"largest spend"`
	Multiple   bool     `yaml:"multiple" doc:"min and max are multiples of the reference's spend"`
}

// The sections of constraints beside their keys.
const channelsKey, pricesKey, limitsKey = "channels", "prices", "limits"

// ReadConstraints reads constraints from a YAML file. Errors are a *ConfigError with line and column. An empty path has none.
func ReadConstraints(path string) (*Constraints, error) {
	c := &Constraints{Channels: map[string]ChannelBounds{}, Prices: map[string]float64{}, file: path, places: map[string]*token.Position{}}
	settings.SetDefaults(c)
	if path == "" {
		return c, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the constraints: %w", path, files.Cause(err))
	}
	root, err := yamltext.Parse(text)
	if err != nil {
		return nil, c.yamlError(err, "")
	}
	if root == nil {
		return c, nil
	}
	return c, c.read(root)
}

func (c *Constraints) read(root ast.Node) error {
	all, err := c.pairs(root, "")
	if err != nil {
		return err
	}
	var own []*ast.MappingValueNode
	for _, v := range all {
		switch key := v.Key.GetToken().Value; key {
		case channelsKey, pricesKey:
			err = c.named(v, key)
		case limitsKey:
			err = c.rules(v)
		default:
			own = append(own, v)
		}
		if err != nil {
			return err
		}
	}
	if err := c.fill(own, "", c, channelsKey, pricesKey, limitsKey); err != nil {
		return err
	}
	return c.checkRelative("relative", c.Relative)
}

// pairs are the entries of a section, without those that have no value.
func (c *Constraints) pairs(n ast.Node, key string) ([]*ast.MappingValueNode, error) {
	var all []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		all = n.Values
	case *ast.MappingValueNode:
		all = []*ast.MappingValueNode{n}
	default:
		return nil, c.at(n.GetToken().Position, key, "must be a section of `key: value` lines")
	}
	for _, v := range all {
		if v.Value.Type() == ast.NullType {
			return nil, c.at(v.Key.GetToken().Position, below(key, v.Key.GetToken().Value), "has no value (write one, or take the line out)")
		}
	}
	return all, nil
}

// named reads the bounds or the prices of channels.
func (c *Constraints) named(section *ast.MappingValueNode, key string) error {
	entries, err := c.pairs(section.Value, key)
	if err != nil {
		return err
	}
	for _, v := range entries {
		name := v.Key.GetToken().Value
		place := below(key, name)
		c.places[place] = v.Key.GetToken().Position
		if key == pricesKey {
			var price float64
			if err := yaml.NodeToValue(v.Value, &price); err != nil {
				return c.yamlError(err, place)
			}
			if !(price > 0) || math.IsInf(price, 0) {
				return c.errorAt(place, fmt.Sprintf("%g is no price of a unit of exposure: write a number above 0", price))
			}
			c.Prices[name] = price
			continue
		}
		inside, err := c.pairs(v.Value, place)
		if err != nil {
			return err
		}
		var b ChannelBounds
		if err := c.fill(inside, place, &b); err != nil {
			return err
		}
		if err := c.checkBounds(place, b); err != nil {
			return err
		}
		c.Channels[name] = b
	}
	return nil
}

// rules reads the limits.
func (c *Constraints) rules(section *ast.MappingValueNode) error {
	list, ok := section.Value.(*ast.SequenceNode)
	if !ok {
		return c.at(section.Key.GetToken().Position, limitsKey, "must be a list, one limit a line after a dash")
	}
	for i, item := range list.Values {
		place := settings.Item(limitsKey, i)
		c.places[place] = item.GetToken().Position
		inside, err := c.pairs(item, place)
		if err != nil {
			return err
		}
		var rule LimitRule
		if err := c.fill(inside, place, &rule); err != nil {
			return err
		}
		switch {
		case rule.Min == nil && rule.Max == nil:
			return c.errorAt(place, "bounds nothing: write min, max or both")
		case rule.Min != nil && rule.Max != nil && *rule.Min > *rule.Max:
			return c.errorAt(below(place, "min"), fmt.Sprintf("%g is above max, %g", *rule.Min, *rule.Max))
		}
		c.Limits = append(c.Limits, rule)
	}
	return nil
}

// fill sets the fields of a struct from the entries of a section, which may have other sections too.
func (c *Constraints) fill(entries []*ast.MappingValueNode, prefix string, into any, sections ...string) error {
	fields := settings.Fields(into)
	keys := slices.Clone(sections)
	for _, f := range fields {
		keys = append(keys, f.Key)
	}
	for _, v := range entries {
		key := v.Key.GetToken().Value
		place := below(prefix, key)
		c.places[place] = v.Key.GetToken().Position
		i := slices.IndexFunc(fields, func(f settings.Field) bool { return f.Key == key })
		if i < 0 {
			return c.errorAt(place, noSuchKey(key, keys))
		}
		if fields[i].Kind() == reflect.Slice && !mayBeList(v.Value) {
			return c.errorAt(place, "must be a list: [a, b]")
		}
		value := fields[i].Value
		if value.Kind() == reflect.Pointer { // the YAML library leaves a nil pointer to a number as it is
			value.Set(reflect.New(value.Type().Elem()))
			value = value.Elem()
		}
		if err := yaml.NodeToValue(v.Value, value.Addr().Interface()); err != nil {
			return c.yamlError(err, place)
		}
	}
	if key, problem := settings.Check(into); key != "" {
		return c.errorAt(below(prefix, key), problem)
	}
	return nil
}

func noSuchKey(key string, keys []string) string {
	if meant := suggest.Nearest(key, keys); meant != "" {
		return fmt.Sprintf("no such key; did you mean %s?", meant)
	}
	return fmt.Sprintf("no such key (there is: %s)", strings.Join(keys, ", "))
}

// checkBounds refuses bounds of a channel that contradict each other.
func (c *Constraints) checkBounds(place string, b ChannelBounds) error {
	money := b.Min != nil || b.Max != nil
	switch {
	case b.Held && (money || b.Fixed != nil || b.Relative != nil || b.MinFlight != nil):
		return c.errorAt(below(place, "held"), "keeps the reference's exposure, and leaves nothing to bound (take the other keys out, or write fixed)")
	case b.Fixed != nil && (money || b.Relative != nil):
		return c.errorAt(below(place, "fixed"), "is the exact spend, and leaves nothing to bound (take min, max and relative out)")
	case b.Min != nil && b.Max != nil && *b.Min > *b.Max:
		return c.errorAt(below(place, "min"), fmt.Sprintf("%g is above max, %g", *b.Min, *b.Max))
	}
	return c.checkRelative(below(place, "relative"), b.Relative)
}

func (c *Constraints) checkRelative(place string, r []float64) error {
	switch {
	case r == nil:
		return nil
	case len(r) != 2:
		return c.errorAt(place, fmt.Sprintf("has %d numbers: write the least and the largest multiple, such as [0.5, 1.5]", len(r)))
	case r[0] > r[1]:
		return c.errorAt(place, fmt.Sprintf("%g is above %g: write the least multiple first", r[0], r[1]))
	}
	return nil
}

func below(prefix, key string) string { return strings.TrimPrefix(prefix+"."+key, ".") }

// errorAt is a problem with a key that was read.
func (c *Constraints) errorAt(key, problem string) error { return c.at(c.place(key), key, problem) }

// place is where a key is, or else the section that it is in.
func (c *Constraints) place(key string) *token.Position {
	for {
		if at := c.places[key]; at != nil {
			return at
		}
		i := strings.LastIndexByte(key, '.')
		if i < 0 {
			return nil
		}
		key = key[:i]
	}
}

func (c *Constraints) at(at *token.Position, key, problem string) error {
	e := &ConfigError{Source: c.file, Key: key, Problem: problem}
	if at != nil {
		e.Line, e.Column = at.Line, at.Column
	}
	return e
}

// yamlError is an error of the YAML library in one line, at a key unless it knows better.
func (c *Constraints) yamlError(err error, key string) error {
	var wrongType *yaml.TypeError
	if errors.As(err, &wrongType) {
		return c.at(wrongType.Token.Position, key, fmt.Sprintf("%q is not %s", wrongType.Token.Value, typeName(wrongType.DstType.Kind())))
	}
	var at *yamltext.Error
	if !errors.As(err, &at) {
		at = yamltext.Explain(err, "")
	}
	return &ConfigError{Source: c.file, Line: at.Line, Column: at.Column, Key: key, Problem: at.Problem}
}
