package train

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"deepcausalmmm/internal/settings"
	"deepcausalmmm/train/model"
)

// Document writes the tables of docs/configuration.md: every key with its default, its values and what it does.
func Document(w io.Writer) error {
	var doc strings.Builder
	doc.WriteString("## Every model\n\n")
	defaults := make([]map[string]string, len(models))
	for i, m := range models {
		c := Default(m.Preset())
		defaults[i] = map[string]string{}
		for _, f := range settings.Fields(c) {
			defaults[i][f.Key] = literal(f)
		}
	}
	keyTable(&doc, settings.Fields(&Config{}), func(f settings.Field) string {
		text := defaults[0][f.Key]
		for i, m := range models[1:] {
			if other := defaults[i+1][f.Key]; other != text && f.Key != "preset" {
				text += fmt.Sprintf(" (`%s`: %s)", m.Preset(), other)
			}
		}
		return text
	})
	for _, m := range models {
		fmt.Fprintf(&doc, "\n## Model `%s`, preset `%s`\n\n", m.Name(), m.Preset())
		_, own := m.Defaults()
		keyTable(&doc, settings.Fields(own), literal)
	}
	_, err := io.WriteString(w, doc.String())
	return err
}

func keyTable(doc *strings.Builder, fields []settings.Field, value func(settings.Field) string) {
	doc.WriteString("| key | default | values | meaning |\n| --- | --- | --- | --- |\n")
	for _, f := range fields {
		shown := value(f)
		if f.Section() {
			shown = ""
		}
		fmt.Fprintf(doc, "| `%s` | %s | %s | %s |\n", f.Key, shown, values(f), strings.ReplaceAll(f.Doc, "|", `\|`))
	}
}

// literal is a field's value as YAML has it; empty if it has none.
func literal(f settings.Field) string {
	if f.Value.IsZero() && f.Default == "" {
		return ""
	}
	return strings.ReplaceAll(fmt.Sprint(f.Value.Interface()), " ", ", ")
}

// values says what a field takes.
func values(f settings.Field) string {
	switch {
	case f.Section():
		return "section"
	case f.Choices != nil:
		return strings.Join(f.Choices, ", ")
	case f.Key == "preset":
		return names(model.Model.Preset)
	case f.Key == "model":
		return names(model.Model.Name)
	}
	text := typeName(f.Kind())
	if f.Kind() == reflect.Slice && f.Range != (settings.Interval{}) {
		text = "a list of numbers"
	}
	if f.Range != (settings.Interval{}) {
		text += " in " + f.Range.String()
	}
	return text
}
