package evaluate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRenewReplacesTheSectionOnly(t *testing.T) {
	start, end := WorldsSection.start(), WorldsSection.end()
	file := filepath.Join(t.TempDir(), "truth.md")
	write(t, file, "# Truth\n\n"+start+"old\n"+end+"\nmore\n")
	for range 2 { // twice is as once
		page, err := OpenPage(file, WorldsSection)
		require.NoError(t, err)
		rows := made("mine", 0.1)
		require.NoError(t, page.Renew(Markdown(rows)))
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, "# Truth\n\n"+start+"\n"+Markdown(rows)+end+"\nmore\n", string(text))
	}
	write(t, file, "# Truth\n\n"+end+start)
	_, err := OpenPage(file, WorldsSection)
	require.ErrorContains(t, err, "no section to renew")
	_, err = OpenPage(file+"x", WorldsSection)
	require.ErrorContains(t, err, "cannot read")
}
