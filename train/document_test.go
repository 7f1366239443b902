package train

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page is generated: UPDATE=1 go test ./train -run TestConfigurationPage writes it again.
func TestConfigurationPageIsGenerated(t *testing.T) {
	const file, mark = "../docs/configuration.md", "<!-- generated -->\n"
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	head, tables, found := strings.Cut(string(page), mark)
	require.True(t, found)
	var want strings.Builder
	require.NoError(t, Document(&want))
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, []byte(head+mark+want.String()), 0o644))
		return
	}
	require.Equal(t, want.String(), tables, "run UPDATE=1 go test ./train -run TestConfigurationPage")
}
