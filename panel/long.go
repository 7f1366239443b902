package panel

import (
	"slices"

	"deepcausalmmm/panel/table"
)

// Long names the columns of a long table, which has a row for each region, week and variable. Then the names and globs of all
// roles but region and week mean variables.
type Long struct {
	Variable string `yaml:"variable,omitempty" json:"variable,omitempty" doc:"column of the variables' names"`
	Value    string `yaml:"value,omitempty" json:"value,omitempty" doc:"column of their values"`
}

// wide returns the table with a column for each variable, or as it is.
func (c Columns) wide(t *table.Table) (*table.Table, error) {
	if c.Long == (Long{}) {
		return t, nil
	}
	if err := checkHeader(t.Path, t.Columns); err != nil {
		return nil, err
	}
	var at []int
	for _, r := range []struct{ key, name string }{
		{"region", c.Region}, {"week", c.Week}, {"long.variable", c.Long.Variable}, {"long.value", c.Long.Value},
	} {
		if r.key == "region" && r.name == "" {
			continue
		}
		if err := (request{key: r.key, patterns: []string{r.name}, exact: true}).check(t.Path, 0); err != nil {
			return nil, err
		}
		i := slices.Index(t.Columns, r.name)
		if i < 0 {
			return nil, &ColumnError{File: t.Path, Role: r.key, Name: r.name, Columns: t.Columns}
		}
		at = append(at, i)
	}
	keys := len(at) - 2
	out, repeat, err := t.Pivot(at[:keys], at[keys], at[keys+1])
	if err != nil || repeat == nil || c.merges() {
		return out, err
	}
	file, _ := t.Place(repeat.Lines[1])
	e := &DuplicateError{File: file, Week: repeat.Keys[keys-1], Variable: repeat.Variable}
	for i, line := range repeat.Lines {
		_, e.Lines[i] = t.Place(line)
	}
	if keys == 2 {
		e.Region = repeat.Keys[0]
	}
	return nil, e
}
