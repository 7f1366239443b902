package table

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func folder(t testing.TB, files map[string][]byte) string {
	path := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(path, name), content, 0o600))
	}
	return path
}

// A folder of parts is one table, in the order of the files' names; lines are those of the part.
func TestPartsAreOneTable(t *testing.T) {
	path := folder(t, map[string][]byte{
		"part-2.parquet": parquetOf(t, pair{"c", 3}), "part-1.parquet": parquetOf(t, pair{"a", 1}, pair{"b", 2}), "part-0.parquet": parquetOf[pair](t),
		"_SUCCESS": nil, "._part-1.parquet.crc": []byte("x"), "_metadata": []byte("PAR1"),
	})
	got, err := readAll(path, Options{}, true)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "1"}, {"b", "2"}, {"c", "3"}}, got.texts())
	require.NoError(t, With(path, Options{}, func(table *Table) error {
		file, line := table.Place(3)
		require.Equal(t, filepath.Join(path, "part-2.parquet"), file)
		require.Equal(t, 1, line)
		file, line = table.Place(2)
		require.Equal(t, filepath.Join(path, "part-1.parquet"), file)
		require.Equal(t, 2, line)
		return nil
	}))
}

func TestFoldersThatAreNoTable(t *testing.T) {
	type other struct {
		R string `parquet:"r"`
		Y float64
	}
	type more struct {
		R string  `parquet:"r"`
		X float64 `parquet:"x"`
		Z float64
	}
	one := parquetOf(t, pair{"a", 1})
	for says, files := range map[string]map[string][]byte{
		`b: its column 2 is "Y", but that of `:             {"a": one, "b": parquetOf(t, other{})},
		`b: it has a column "Z", which `:                   {"a": one, "b": parquetOf(t, more{})},
		`b: it has no column "Z", which `:                  {"a": parquetOf(t, more{}), "b": one},
		"b.csv: the file is no Parquet":                    {"a": one, "b.csv": []byte("r,x\nb,2\n")},
		"is a directory without Parquet files":             {"_SUCCESS": nil},
		"b.parquet: unreadable Parquet: 3 bytes are not a": {"a": one, "b.parquet": []byte("abc")},
	} {
		_, err := readAll(folder(t, files), Options{}, true)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "\n")
	}
	path := folder(t, map[string][]byte{"a": one})
	require.NoError(t, os.Mkdir(filepath.Join(path, "region=north"), 0o700))
	_, err := readAll(path, Options{}, true)
	require.ErrorContains(t, err, "is a directory within a directory")
}

func FuzzParts(f *testing.F) {
	one := parquetOf(f, pair{"a", 1})
	f.Add(one, parquetOf(f, pair{"b", 2}, pair{"c", 3}))
	f.Add(one, []byte("PAR1"))
	path := f.TempDir()
	f.Fuzz(func(t *testing.T, first, second []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(path, "1.parquet"), first, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(path, "2.parquet"), second, 0o600))
		checkTable(t, len(first)+len(second), func() (contents, error) { return readAll(path, Options{}, true) })
	})
}
