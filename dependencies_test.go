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

// The README lists every module that is compiled into a command or a test, with its purpose, and no other.
func TestTheReadmeNamesEveryDependency(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-test", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./...").Output()
	require.NoError(t, err)
	compiled := strings.Fields(string(out))
	slices.Sort(compiled)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(readme), "\n## Dependencies\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var named []string
	for _, row := range regexp.MustCompile(`(?m)^\| ([a-z0-9]+\..*?) \| .+ \|$`).FindAllStringSubmatch(section, -1) {
		named = append(named, strings.Split(row[1], ", ")...)
	}
	slices.Sort(named)
	require.Equal(t, slices.Compact(compiled), named)
}
