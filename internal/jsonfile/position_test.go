package jsonfile

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPositionCountsLinesAndCharacters(t *testing.T) {
	for text, at := range map[string][2]int{
		`{`:                    {1, 1},
		"{\n \"é\": }":         {2, 7},
		"{\n\n\"list\": 1}":    {3, 9},
		"{\n\"list\": [\"x\"]": {2, 13},
	} {
		var v struct {
			List []int `json:"list"`
		}
		err := json.Unmarshal([]byte(text), &v)
		require.Error(t, err, text)
		line, column := Position([]byte(text), err)
		require.Equal(t, at, [2]int{line, column}, text)
	}
}
