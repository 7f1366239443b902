package table

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
)

// packers pack a file.
var packers = map[string]func(t require.TestingT, content []byte) []byte{
	"gzip": func(t require.TestingT, content []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, err := w.Write(content)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return out.Bytes()
	},
	"zstd": func(t require.TestingT, content []byte) []byte {
		w, err := zstd.NewWriter(nil)
		require.NoError(t, err)
		return w.EncodeAll(content, nil)
	},
	"zip": func(t require.TestingT, content []byte) []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		file, err := w.Create("folder/table.csv")
		require.NoError(t, err)
		_, err = file.Write(content)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return out.Bytes()
	},
}

type pair struct {
	R string  `parquet:"r"`
	X float64 `parquet:"x"`
}

func parquetOf[T any](t require.TestingT, rows ...T) []byte { return encodeParquet(t, rows) }

func encodeParquet[T any](t require.TestingT, rows []T, options ...parquet.WriterOption) []byte {
	var file bytes.Buffer
	w := parquet.NewGenericWriter[T](&file, options...)
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return file.Bytes()
}

// A packed table is the table, whatever its kind.
func TestPackedTables(t *testing.T) {
	for kind, content := range map[string][]byte{
		"CSV": []byte("r;x\na;1,5\nb;2,5\n"), "UTF-16": encode(t, "r\tx\na\t1,5\nb\t2,5\n", "little"), "workbook": imitation(t),
		"Parquet": parquetOf(t, pair{"a", 1.5}, pair{"b", 2.5}),
	} {
		want, err := readAll(write(t, "t", content), Options{}, true)
		require.NoError(t, err, kind)
		require.NotEmpty(t, want.cells)
		for name, pack := range packers {
			if name == "zip" && kind == "workbook" {
				continue
			}
			got, err := readAll(write(t, "t", pack(t, content)), Options{}, true)
			require.NoError(t, err, "%s in %s", kind, name)
			require.Equal(t, want.texts(), got.texts(), "%s in %s", kind, name)
		}
	}
}

func TestPackedTablesThatAreRefused(t *testing.T) {
	csv := []byte("a,b\n1,2\n")
	many := []byte("a,b\n" + strings.Repeat("0,0\n", 1<<20))
	for name, pack := range packers {
		packed := pack(t, csv)
		if name != "zip" {
			_, err := readAll(write(t, "t", pack(t, packed)), Options{}, true)
			require.ErrorContains(t, err, "packed twice", name)
		}
		_, err := readAll(write(t, "t", packed[:len(packed)-9]), Options{}, true)
		require.ErrorContains(t, err, "pack it again", name)
		_, err = readAll(write(t, "t", pack(t, many)), Options{}, true)
		require.ErrorContains(t, err, "far more than its size", name)
	}
	var two bytes.Buffer
	w := zip.NewWriter(&two)
	for _, name := range []string{"a.csv", "b.csv", "__MACOSX/a.csv"} {
		_, err := w.Create(name)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	_, err := readAll(write(t, "t.zip", two.Bytes()), Options{}, true)
	require.ErrorContains(t, err, "the archive holds 2 files")
}

// FuzzPacked packs any bytes, and reads any bytes that begin like a packed file.
func FuzzPacked(f *testing.F) {
	for name, pack := range packers {
		f.Add([]byte("a;b\n1,5;2\n"), name, true)
		f.Add(pack(f, []byte("a,b\n1,2\n")), name, false)
		f.Add(parquetOf(f, pair{"a", 1}), name, true)
	}
	f.Fuzz(func(t *testing.T, content []byte, name string, pack bool) {
		if pack && packers[name] != nil {
			content = packers[name](t, content)
		}
		checkAnyBytes(t, content)
	})
}
