package parquetcheck

import (
	"encoding/binary"
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

// unpackedSize returns a bound on the unpacked size of compressed content, without unpacking it.
func unpackedSize(codec format.CompressionCodec, content []byte) (int64, error) {
	switch codec {
	case format.Snappy:
		n, length := binary.Uvarint(content)
		if length <= 0 || n > 1<<32 {
			return 0, errTooLong
		}
		return int64(n), nil
	case format.Zstd:
		return zstdSize(content)
	case format.Gzip, format.Lz4Raw:
		return 0, nil // at most 1,032-fold and 255-fold
	}
	return 0, fmt.Errorf("its compression %v is not read here (write with snappy, zstd, gzip, lz4 or none)", codec)
}

// zstdSize adds up the blocks of a Zstandard frame (RFC 8878, section 3.1.1), of which a page has one: the size in the frame
// header may be missing or wrong.
func zstdSize(content []byte) (size int64, err error) {
	const magic, largestBlock = 0xFD2FB528, 128 << 10
	take := func(n int) uint64 {
		if n > len(content) {
			err = errTooLong
			content = nil
			return 0
		}
		var b [8]byte
		copy(b[:], content[:n])
		content = content[n:]
		return binary.LittleEndian.Uint64(b[:])
	}
	if take(4) != magic {
		return 0, fmt.Errorf("it is not a Zstandard frame")
	}
	descriptor := take(1)
	single := descriptor>>5&1 == 1
	if !single {
		take(1) // the window
	}
	take([]int{0, 1, 2, 4}[descriptor&3]) // the dictionary's id
	claimed := [][]int{{0, 2, 4, 8}, {1, 2, 4, 8}}[descriptor>>5&1][descriptor>>6]
	if n := take(claimed); claimed > 0 {
		if size = int64(n); size < 0 {
			return 0, errTooLong
		}
		if claimed == 2 {
			size += 256
		}
	}
	blocks := int64(0)
	for last := false; !last && err == nil; {
		header := take(3)
		last = header&1 == 1
		n := int64(header >> 3)
		switch header >> 1 & 3 {
		case 0: // uncompressed
			take(int(n))
			blocks += n
		case 1: // one byte, n times
			take(1)
			blocks += n
		default:
			take(int(n))
			blocks += largestBlock
		}
	}
	if checksum := descriptor>>2&1 == 1; checksum {
		take(4)
	}
	if err == nil && len(content) > 0 {
		err = fmt.Errorf("%d bytes follow its Zstandard frame", len(content))
	}
	if claimed > 0 {
		return size, err // the decoder checks the frame against it
	}
	// Without a size in the header only a bound is known, since the last block may not be full.
	return max(0, blocks-slack), err
}

// slack is how far the bound of a valid frame may exceed its size.
const slack = 1 << 20
