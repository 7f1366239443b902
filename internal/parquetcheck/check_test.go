package parquetcheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/stretchr/testify/require"
)

type row struct {
	Name  string   `parquet:"name,dict"`
	Week  int64    `parquet:"week,delta"`
	Sales *float64 `parquet:"sales,optional"`
	Tags  []string `parquet:"tags,list"`
	On    bool     `parquet:"on"`
}

// written returns a valid file and its footer.
func written(t *testing.T, n int, options ...parquet.WriterOption) ([]byte, *format.FileMetaData) {
	var file bytes.Buffer
	w := parquet.NewGenericWriter[row](&file, options...)
	for i := range n {
		r := row{Name: []string{"a", "b", "c"}[i%3], Week: int64(i * i), Tags: make([]string, i%4), On: i%5 > 0}
		if i%7 > 0 {
			x := float64(i)
			r.Sales = &x
		}
		_, err := w.Write([]row{r})
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	return file.Bytes(), f.Metadata()
}

func TestValidFilesPass(t *testing.T) {
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Zstd, &parquet.Lz4Raw} {
		for version := 1; version <= 2; version++ {
			for _, n := range []int{1, 10, 3000} {
				file, metadata := written(t, n, parquet.Compression(codec), parquet.DataPageVersion(version), parquet.PageBufferSize(4096))
				from, size := bytes.NewReader(file), int64(len(file))
				require.NoError(t, Footer(from, size))
				require.NoError(t, Pages(from, size, size, metadata), "%v, version %d, %d rows", codec, version, n)
			}
		}
	}
	file, metadata := written(t, 9, parquet.Compression(&parquet.Brotli))
	require.ErrorContains(t, Pages(bytes.NewReader(file), int64(len(file)), int64(len(file)), metadata), "write with snappy, zstd, gzip, lz4 or none")
}

func TestFalseFooters(t *testing.T) {
	file := func(footer ...byte) []byte {
		f := append([]byte("PAR1"), footer...)
		return append(binary.LittleEndian.AppendUint32(f, uint32(len(footer))), "PAR1"...)
	}
	many := []byte{0xff, 0xff, 0xff, 0xff, 0x07}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"short":         {[]byte("PAR1PAR1"), "not a Parquet file"},
		"magic":         {bytes.Replace(file(0), []byte("PAR1"), []byte("PARE"), 2), "does not end as"},
		"length":        {[]byte("PAR1\x00\xff\x00\x00\x00PAR1"), "does not end as"},
		"list":          {file(append(append([]byte{0x19, 0xfc}, many...), 0)...), errTooLong.Error()},
		"list of bools": {file(append(append([]byte{0x19, 0xf1}, many...), 0)...), errTooLong.Error()},
		"text":          {file(append(append([]byte{0x18}, many...), 0)...), errTooLong.Error()},
		"map":           {file(append(append([]byte{0x1b}, many...), 0x55, 0)...), errTooLong.Error()},
		"short list":    {file(0x19, 0xec, 0), errTooLong.Error()},
		"nesting":       {file(bytes.Repeat([]byte{0x1c}, 1000)...), "too deeply"},
		"lists":         {file(bytes.Repeat([]byte{0x19}, 1000)...), ""},
		"type":          {file(0x1f), "type 15"},
		"end":           {file(0x15), "EOF"},
	} {
		require.ErrorContains(t, Footer(bytes.NewReader(c.file), int64(len(c.file))), c.want, name)
	}
	require.NoError(t, Footer(bytes.NewReader(file(0)), 13))
}

func TestFalseMetadata(t *testing.T) {
	for want, lie := range map[string]func(m *format.FileMetaData){
		"it claims 1099511627776 rows":   func(m *format.FileMetaData) { m.RowGroups[0].NumRows = 1 << 40 },
		"it claims -1 rows":              func(m *format.FileMetaData) { m.RowGroups[0].NumRows = -1 },
		"it claims 1099511627776 values": func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.NumValues = 1 << 40 },
		"it would end at byte":           func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.TotalCompressedSize = 1 << 40 },
		"would end at byte -":            func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.TotalCompressedSize = math.MaxInt64 },
		"more columns than the schema":   func(m *format.FileMetaData) { m.Schema = m.Schema[:1]; m.Schema[0].NumChildren.V = 0 },
		"the schema is not a tree":       func(m *format.FileMetaData) { m.Schema[0].NumChildren.V = math.MaxInt32 },
		"page at byte 3: header":         func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.DataPageOffset = 3 },
	} {
		file, metadata := written(t, 20)
		lie(metadata)
		require.ErrorContains(t, Pages(bytes.NewReader(file), int64(len(file)), int64(len(file)), metadata), want)
	}
}

func TestFileThatUnpacksToFarMoreThanItsSize(t *testing.T) {
	index := []byte{0x15, 2, 0x15, 200, 1, 0x15, 2, 0x3c, 0, 0, 'x'} // type 1, 100 bytes of 1, and the header of an index page
	n := int64(len(index))
	c := &check{from: bytes.NewReader(index), size: n, unpacked: 100, rows: 10}
	next, err := c.page(format.Uncompressed, levels{}, 0, n)
	require.NoError(t, err)
	require.Equal(t, n, next)
	c.unpacked = 99
	_, err = c.page(format.Uncompressed, levels{}, 0, n)
	require.ErrorContains(t, err, "far more than its size")
}

func TestRuns(t *testing.T) {
	varint := func(x uint64) []byte { return binary.AppendUvarint(nil, x) }
	for _, c := range []struct {
		content []byte
		width   int
		count   int32
		want    error
	}{
		{append(varint(10<<1), 1), 1, 10, nil},
		{append(varint(10<<1), 1), 1, 3, nil}, // as if padded to eight values
		{append(varint(18<<1), 1), 1, 10, errTooMany},
		{append(varint(1<<40), 1), 1, 10, errTooMany},
		{append(varint(2<<1|1), 0xff, 0xff), 1, 10, nil},
		{append(varint(3<<1|1), 0xff, 0xff, 0xff), 1, 10, errTooMany},
		{append(varint(1<<40|1), 1), 1, 10, errTooMany},
		{append(append(varint(5<<1), 1), append(varint(1<<40), 1)...), 1, 10, errTooMany},
		{append(append(varint(5<<1), 1), append(varint(5<<1), 1)...), 1, 10, nil},
		{[]byte{0xff}, 1, 10, errTooLong},
		{nil, 1, 10, nil},
	} {
		require.Equal(t, c.want, runs(c.content, c.width, c.count), "%+v", c)
	}
	require.ErrorContains(t, runs(nil, 33, 1), "33 bits")
	_, err := prefixedRuns([]byte{9, 0, 0, 0, 1}, 1, 4)
	require.Equal(t, errTooLong, err)
}

func TestDeltas(t *testing.T) {
	header := func(x ...uint64) (b []byte) {
		for _, v := range x {
			b = binary.AppendUvarint(b, v)
		}
		return b
	}
	require.NoError(t, deltas(header(128, 4, 10), 10))
	require.Equal(t, errTooMany, deltas(header(128, 4, 11), 10))
	require.Equal(t, errTooMany, deltas(header(128, 4, 1<<31-1), 10))
	require.ErrorContains(t, deltas(header(1<<30, 4, 1), 10), "too large")
	require.ErrorContains(t, deltas(header(128, 1<<30, 1), 10), "too large")
	require.Equal(t, errTooLong, deltas(header(128, 4), 10))
}

// unpackedSize bounds the size of valid content, and detects false sizes.
func TestUnpackedSizeIsABound(t *testing.T) {
	zeros := make([]byte, 3<<20)
	for _, codec := range []compress.Codec{&parquet.Snappy, &parquet.Zstd} {
		packed, err := codec.Encode(nil, zeros)
		require.NoError(t, err)
		size, err := unpackedSize(codec.CompressionCodec(), packed)
		require.NoError(t, err)
		require.EqualValues(t, len(zeros), size)
		_, err = unpack(codec.CompressionCodec(), packed, int32(len(zeros)))
		require.NoError(t, err)
		_, err = unpack(codec.CompressionCodec(), packed, int32(len(zeros)-1))
		require.ErrorContains(t, err, "more than the 3145727 bytes that it claims")
	}
	frame := func(descriptor byte, rest ...byte) []byte {
		return append([]byte{0x28, 0xb5, 0x2f, 0xfd, descriptor}, rest...)
	}
	bomb := []byte{0x50} // a window, and 500 blocks of one byte repeated 2²¹ − 1 times
	for i := range 500 {
		last := byte(0)
		if i == 499 {
			last = 1
		}
		bomb = append(bomb, 0xfa|last, 0xff, 0xff, 'x')
	}
	size, err := zstdSize(frame(0, bomb...))
	require.NoError(t, err)
	require.EqualValues(t, 500*(1<<21-1)-slack, size)
	for _, bad := range [][]byte{
		nil, {1, 2, 3, 4, 5}, frame(0), frame(0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0),
		frame(0x20, 0, 1, 0, 0, 7), frame(0x20, 0, 0, 0xff, 0xff),
	} {
		_, err := zstdSize(bad)
		require.Error(t, err)
	}
	_, err = unpackedSize(format.Snappy, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	require.True(t, errors.Is(err, errTooLong))
}

func TestFalsePageHeaders(t *testing.T) {
	c := &check{size: 9, rows: 10}
	v1, v2, dictionary := format.DataPageHeader{NumValues: 11}, format.DataPageHeaderV2{RepetitionLevelsByteLength: 10}, format.DictionaryPageHeader{NumValues: -1}
	for want, h := range map[string]format.PageHeader{
		"claims 11 values": {DataPageHeader: thrift.New(v1)},
		"claims -1 values": {DictionaryPageHeader: thrift.New(dictionary)},
		errTooLong.Error(): {DataPageHeaderV2: thrift.New(v2)},
	} {
		require.ErrorContains(t, c.body(&h, format.Uncompressed, levels{}, make([]byte, 9)), want)
	}
}
