package evaluate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/simulate"
)

// quick are settings under which a training takes a moment.
var quick = []string{"choose_shape=false"}

// simulated writes a small world to a folder.
func simulated(t *testing.T, folder, name string, seed uint64) {
	c, err := simulate.DefaultConfig().Sized(2, 1)
	require.NoError(t, err)
	c.Regions, c.Weeks, c.Seed = 3, 60, seed
	world, err := simulate.Run(c)
	require.NoError(t, err)
	require.NoError(t, world.Save(filepath.Join(folder, name+".csv"), nil))
}

// retold replaces keys of a world's truth file; a value of nil removes one.
func retold(t *testing.T, folder, name string, keys map[string]any) {
	path := filepath.Join(folder, name+truthSuffix)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var truth map[string]any
	require.NoError(t, json.Unmarshal(text, &truth))
	for key, v := range keys {
		truth[key] = v
		if v == nil {
			delete(truth, key)
		}
	}
	text, err = json.Marshal(truth)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

func write(t *testing.T, path, text string) {
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}
