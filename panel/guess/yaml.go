package guess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// YAML writes the data section of a configuration for a table: each column in its role with the reason, and those left out
// as comments. What a person should look at is marked by a question mark.
func (g Guess) YAML(file, sheet string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "data:\n  file: %s\n", scalar(file))
	if sheet != "" {
		fmt.Fprintf(&b, "  sheet: %s\n", scalar(sheet))
	}
	for _, key := range []Role{Region, Time, Target, Population, Revenue} {
		if c := g.column(key); c != nil {
			fmt.Fprintf(&b, "  %s: %s%s\n", key, scalar(c.Name), c.comment())
		}
	}
	if variable, value := g.First(Variable), g.First(Value); variable != "" {
		fmt.Fprintf(&b, "  long: {variable: %s, value: %s}\n", scalar(variable), scalar(value))
	}
	if g.Repeats {
		b.WriteString("  # duplicates: sum # or mean: several rows have the same region and date\n")
	}
	g.list(&b, "media", Exposure, Both)
	if organic := g.Of(Organic); len(organic) > 0 {
		b.WriteString("  channels:\n")
		for _, c := range g.Columns {
			if c.Role == Organic {
				fmt.Fprintf(&b, "    - {exposure: %s, kind: organic}%s\n", scalar(c.Name), c.comment())
			}
		}
	}
	g.list(&b, "spend", Spend, Both)
	g.list(&b, "mediators", Mediator)
	g.list(&b, "treatments", Treatment)
	g.list(&b, "controls", Control)
	left := false
	for _, c := range g.Columns {
		if c.Role == LeftOut && c.Name != "" {
			if !left {
				b.WriteString("  # Left out:\n")
				left = true
			}
			fmt.Fprintf(&b, "  #   %s%s\n", scalar(c.Name), c.comment())
		}
	}
	return b.String()
}

// list writes the columns of some roles under a key.
func (g Guess) list(b *strings.Builder, key string, roles ...Role) {
	first := true
	for _, c := range g.Columns {
		if !slices.Contains(roles, c.Role) {
			continue
		}
		if first {
			fmt.Fprintf(b, "  %s:\n", key)
			first = false
		}
		fmt.Fprintf(b, "    - %s%s\n", scalar(c.Name), c.comment())
	}
}

func (g Guess) column(role Role) *Column {
	for i := range g.Columns {
		if g.Columns[i].Role == role {
			return &g.Columns[i]
		}
	}
	return nil
}

func (c Column) comment() string {
	if c.Unsure {
		return " # ? " + c.Why
	}
	return " # " + c.Why
}

// scalar writes a text so that YAML reads it as that text.
func scalar(text string) string {
	out, err := yaml.MarshalWithOptions(text, yaml.Flow(true))
	if err != nil || strings.ContainsAny(text, "\n\r") {
		return fmt.Sprintf("%q", text)
	}
	return strings.TrimSuffix(string(out), "\n")
}
