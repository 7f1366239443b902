package table

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
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
