package deepcausalmmm

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDependenciesAreDocumented: docs/dependencies.md lists each module that is compiled into a command or a test, and no other.
func TestDependenciesAreDocumented(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-test", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./...").Output()
	require.NoError(t, err)
	compiled := strings.Fields(string(out))
	slices.Sort(compiled)
	page, err := os.ReadFile("docs/dependencies.md")
	require.NoError(t, err)
	var named []string
	for _, row := range regexp.MustCompile(`(?m)^\| ([a-z0-9]+\..*?) \| .+ \|$`).FindAllStringSubmatch(string(page), -1) {
		named = append(named, strings.Split(row[1], ", ")...)
	}
	slices.Sort(named)
	require.Equal(t, slices.Compact(compiled), named)
}
