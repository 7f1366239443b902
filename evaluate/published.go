package evaluate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"deepcausalmmm/internal/files"
)

// Published are errors that others have published for a world, in percent.
type Published struct {
	Median float64 `json:"median_error"`
	Worst  float64 `json:"worst_error"`
}

const publishedFile = "published.json"

// readPublished reads the published errors of a folder's worlds, if it has any.
func readPublished(folder string) (map[string]Published, error) {
	path := filepath.Join(folder, publishedFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read: %w", path, files.Cause(err))
	}
	var all struct {
		Worlds map[string]Published `json:"worlds"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, jsonError(path, text, err)
	}
	return all.Worlds, nil
}
