package table

import (
	"bytes"
	"deepcausalmmm/internal/bounded"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/stretchr/testify/require"
)

// Every Parquet type becomes the text that a CSV file would contain.
func TestParquetValuesAsText(t *testing.T) {
	monday := time.Date(2021, 1, 4, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		node  parquet.Node
		value parquet.Value
		want  string
	}{
		"date":             {parquet.Date(), parquet.Int32Value(int32(monday.Unix() / 86400)), "2021-01-04"},
		"date before 1970": {parquet.Date(), parquet.Int32Value(-1), "1969-12-31"},
		"milliseconds": {
			parquet.Timestamp(parquet.Millisecond), parquet.Int64Value(monday.UnixMilli()), "2021-01-04",
		},
		"microseconds": {
			parquet.Timestamp(parquet.Microsecond), parquet.Int64Value(monday.UnixMicro()), "2021-01-04",
		},
		"nanoseconds": {
			parquet.Timestamp(parquet.Nanosecond), parquet.Int64Value(monday.UnixNano()), "2021-01-04",
		},
		"time of day": {
			parquet.Timestamp(parquet.Millisecond), parquet.Int64Value(1), "1970-01-01T00:00:00.001Z",
		},
		"float32":             {parquet.Leaf(parquet.FloatType), parquet.FloatValue(0.1), "0.1"},
		"float64":             {parquet.Leaf(parquet.DoubleType), parquet.DoubleValue(0.1), "0.1"},
		"int32":               {parquet.Int(32), parquet.Int32Value(-7), "-7"},
		"int64":               {parquet.Int(64), parquet.Int64Value(math.MinInt64), "-9223372036854775808"},
		"unsigned 32":         {parquet.Uint(32), parquet.Int32Value(-1), "4294967295"},
		"unsigned 64":         {parquet.Uint(64), parquet.Int64Value(-1), "18446744073709551615"},
		"true":                {parquet.Leaf(parquet.BooleanType), parquet.BooleanValue(true), "1"},
		"false":               {parquet.Leaf(parquet.BooleanType), parquet.BooleanValue(false), "0"},
		"text":                {parquet.String(), parquet.ByteArrayValue([]byte("é")), "é"},
		"null":                {parquet.Optional(parquet.String()), parquet.NullValue(), ""},
		"decimal of int32":    {parquet.Decimal(2, 9, parquet.Int32Type), parquet.Int32Value(-12345), "-123.45"},
		"decimal of int64":    {parquet.Decimal(3, 18, parquet.Int64Type), parquet.Int64Value(1), "0.001"},
		"decimal of 16 bytes": {decimal16(2), parquet.FixedLenByteArrayValue(twosComplement(-12345)), "-123.45"},
		"positive decimal":    {decimal16(0), parquet.FixedLenByteArrayValue(twosComplement(300)), "300"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, text(c.node.Type())(c.value)) })
	}
}

func decimal16(scale int) parquet.Node {
	return parquet.Decimal(scale, 38, parquet.FixedLenByteArrayType(16))
}

// twosComplement returns n in 16 bytes, big-endian.
func twosComplement(n int64) []byte {
	x := big.NewInt(n)
	if n < 0 {
		x.Add(x, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return x.FillBytes(make([]byte, 16))
}

// smallRow has a column of each kind as other programs write them.
type smallRow struct {
	R string  `parquet:"r,dict"`
	W int64   `parquet:"w,delta"`
	Y float64 `parquet:"y"`
	X *int32  `parquet:"x,optional"`
}

// withoutChecksums clears the checksum of each page, the fourth number of its header, so that a reader ignores it. The byte
// pattern also occurs elsewhere, where clearing does no more harm than the test itself.
func withoutChecksums(file []byte) []byte {
	const number = 0x15 // the type of a 32-bit field, the next by its id
	file = bytes.Clone(file)
	for start := range file {
		at := start
		for field := 0; field < 4 && at < len(file) && file[at] == number; field++ {
			at++
			first := at
			for at < len(file) && file[at]&0x80 != 0 {
				at++
			}
			if at++; field == 3 && at-first == 5 && at <= len(file) {
				copy(file[first:], []byte{0x80, 0x80, 0x80, 0x80, 0})
			}
		}
	}
	return file
}

// A length, count or run replaced by one of gigabytes does not exhaust memory.
func TestParquetWithFalseLengthsTakesBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads about ten thousand files")
	}
	var rows []smallRow
	one := int32(1)
	for i := range 40 {
		rows = append(rows, smallRow{"a", int64(i), 1, &one})
	}
	for version := 1; version <= 2; version++ {
		for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy}[version-1:] {
			honest := encodeParquet(t, rows, parquet.Compression(codec), parquet.DataPageVersion(version))
			for try := range 2 * len(honest) {
				lie, at := bytes.Clone(honest), try/2
				copy(lie[at:], []byte{0xff - byte(try%2), 0xff, 0xff, 0xff, 0x07}) // 2³¹ − 1, or as a signed varint 2³⁰ − 1
				lie = withoutChecksums(lie)
				var err error
				bounded.Memory(t, len(lie), func() { _, err = readBytes(lie) })
				require.False(t, t.Failed(), "%v, version %d, byte %d: %v", codec, version, at, err)
			}
		}
	}
}
