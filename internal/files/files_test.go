package files

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func names(t *testing.T, dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Write(dir, As("a", text("one")), As("b", text("two"))))
	require.Equal(t, []string{"a", "b"}, names(t, dir))

	full := errors.New("disk full")
	err := Write(dir, As("a", text("three")), As("c", func(io.Writer) error { return full }))
	require.ErrorIs(t, err, full)
	require.ErrorContains(t, err, filepath.Join(dir, "c")+": cannot write")
	require.Equal(t, []string{"a", "b"}, names(t, dir), "no temporary file is left")
	kept, err := os.ReadFile(filepath.Join(dir, "a"))
	require.NoError(t, err)
	require.Equal(t, "one", string(kept), "the old file is kept")

	require.NoError(t, Write(filepath.Join(dir, "gone", "deep"), As("a", text("four"))), "a folder is created")
	err = Write(filepath.Join(dir, "a"), As("b", text("")))
	require.EqualError(t, err, filepath.Join(dir, "a")+": cannot make the output folder: not a directory")
}

func TestTemporaryFilesOfAKilledProcessAreOverwritten(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".a.part"), []byte("a longer text that was cut"), 0o600))
	require.NoError(t, Write(dir, As("a", text("one"))))
	require.Equal(t, []string{"a"}, names(t, dir))
	whole, err := os.ReadFile(filepath.Join(dir, "a"))
	require.NoError(t, err)
	require.Equal(t, "one", string(whole))
}

func TestRemoveAlsoRemovesTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", ".a.part", ".b.part", "c"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	require.NoError(t, Remove(dir, "a", "b", "never there"))
	require.Equal(t, []string{"c"}, names(t, dir))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "full", "folder"), 0o700))
	require.EqualError(t, Remove(dir, "full"), filepath.Join(dir, "full")+": cannot remove: directory not empty")
}

// A folder with the name of a file is kept and named in the error, and no temporary file is left.
func TestFolderWithTheNameOfAFileIsKept(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "b", "full"), 0o700))
	err := Write(dir, As("b", text("two")))
	require.ErrorContains(t, err, filepath.Join(dir, "b")+": cannot write: file exists")
	require.Equal(t, []string{"b"}, names(t, dir))
}

func TestPrepareAndProtect(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x", "y")
	require.NoError(t, Prepare(dir))
	require.Empty(t, names(t, dir))
	require.NoError(t, Write(dir, As("in.csv", text("data"))))
	require.NoError(t, Protect(dir, []string{"out.csv"}, filepath.Join(dir, "in.csv"), ""))
	require.ErrorContains(t, Protect(dir, []string{"in.csv"}, filepath.Join(dir, "in.csv")), "would be replaced")
	require.ErrorContains(t, Prepare(filepath.Join(dir, "in.csv")), "cannot make the output folder: ")
}
