package parquetcheck

import (
	"errors"

	"github.com/parquet-go/parquet-go/format"
)

// levels are the largest definition and repetition level of a column: how many of the fields on its path are optional, and
// how many are repeated.
type levels struct{ definition, repetition int }

// levelsOf returns the levels of the columns of a schema, which is a tree in preorder.
func levelsOf(schema []format.SchemaElement) (columns []levels, err error) {
	var walk func(l levels, depth int) error
	at := 0
	walk = func(l levels, depth int) error {
		if at == len(schema) || depth > maxDepth {
			return errors.New("the schema is not a tree")
		}
		element := schema[at]
		if at++; at > 1 && element.RepetitionType.Valid { // the root has no repetition type
			switch element.RepetitionType.V {
			case format.Optional:
				l.definition++
			case format.Repeated:
				l.definition++
				l.repetition++
			}
		}
		children := int32(0)
		if element.NumChildren.Valid {
			children = element.NumChildren.V
		}
		if children == 0 && at > 1 {
			columns = append(columns, l)
		}
		for range children {
			if err := walk(l, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return columns, walk(levels{}, 0)
}
