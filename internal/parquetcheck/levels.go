package parquetcheck

import (
	"errors"

	"github.com/parquet-go/parquet-go/format"
)

// levels are the largest definition and repetition level of a column: how many of the fields that lead to it may be
// missing, and how many may repeat.
type levels struct{ definition, repetition int }

// levelsOf lists the levels of the schema's columns, which stand in it as a tree in preorder.
func levelsOf(schema []format.SchemaElement) (columns []levels, err error) {
	var walk func(l levels, depth int) error
	at := 0
	walk = func(l levels, depth int) error {
		if at == len(schema) || depth > deepest {
			return errors.New("the schema is no tree")
		}
		element := schema[at]
		if at++; at > 1 && element.RepetitionType.Valid { // the root has none
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
