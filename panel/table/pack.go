package table

import (
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Bounds on what a file may unpack to. Tables of zeros shrink fiftyfold.
const (
	bytesPerByte = 200
	fewBytes     = 1 << 20
	largeWindow  = 1 << 25 // that a Zstandard frame may ask to keep in memory
)

var errBomb = errors.New("it unpacks to far more than its size")

// budget is the number of bytes that a source may unpack to.
func (s *source) budget() int64 { return fewBytes + bytesPerByte*s.stored }

// unpack returns the content of a file packed by gzip or Zstandard.
func (s *source) unpack(zstandard bool) *source {
	return s.inner(func() (io.ReadCloser, error) {
		from, err := s.open()
		if err != nil {
			return nil, err
		}
		if zstandard {
			z, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(largeWindow))
			if err != nil {
				return nil, errors.Join(err, from.Close())
			}
			return &limited{z, s.budget(), func() error { z.Close(); return from.Close() }}, nil
		}
		z, err := gzip.NewReader(from)
		if err != nil {
			return nil, errors.Join(err, from.Close())
		}
		return &limited{z, s.budget(), func() error { return errors.Join(z.Close(), from.Close()) }}, nil
	})
}

// limited ends in errBomb after left bytes.
type limited struct {
	io.Reader
	left  int64
	close func() error
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errBomb
	}
	return n, err
}

func (l *limited) Close() error { return l.close() }
