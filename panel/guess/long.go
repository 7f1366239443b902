package guess

import (
	"slices"

	"deepcausalmmm/panel/table"
)

// OfVariables proposes roles for the variables of a long table, of which g are the columns. Other columns are dimensions to add
// up over.
func (g Guess) OfVariables(path, sheet string, dates func([]string) bool) (Guess, error) {
	wide := &Table{}
	err := table.With(path, table.Options{Sheet: sheet}, func(long *table.Table) error {
		at := func(name string) int { return slices.Index(long.Columns, name) }
		var keys []int
		for _, name := range slices.Concat(g.Of(Region), g.Of(Time)) {
			keys = append(keys, at(name))
		}
		pivoted, _, err := long.Pivot(keys, at(g.First(Variable)), at(g.First(Value)))
		if err != nil {
			return err
		}
		return wide.read(pivoted)
	})
	if err != nil {
		return g, err
	}
	variables := Roles(wide, dates)
	for _, c := range g.Columns {
		if c.Role == Variable || c.Role == Value {
			variables.Columns = append(variables.Columns, c)
		}
	}
	return variables, nil
}
