package evaluate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRenewReplacesTheSectionOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "truth.md")
	write(t, file, "# Truth\n\n"+sectionStart+"old\n"+sectionEnd+"\nmore\n")
	for range 2 { // twice is as once
		page, err := OpenPage(file)
		require.NoError(t, err)
		rows := made("mine", 0.1)
		require.NoError(t, page.Renew(rows))
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, "# Truth\n\n"+sectionStart+"\n"+Markdown(rows)+sectionEnd+"\nmore\n", string(text))
	}
	write(t, file, "# Truth\n\n"+sectionEnd+sectionStart)
	_, err := OpenPage(file)
	require.ErrorContains(t, err, "no section to renew")
	_, err = OpenPage(file + "x")
	require.ErrorContains(t, err, "cannot read")
}
