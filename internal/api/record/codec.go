package record

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Keys inside the record's ConfigMaps: the head in Data, the steps (gzipped JSON) in BinaryData.
const (
	HeadKey  = "run.json"
	StepsKey = "steps.json.gz"
)

const (
	// MaxMessage is how many bytes of a message the record keeps, so that a piece keeps its size.
	MaxMessage = 384
	// maxTail is how many bytes of a log's last lines the record keeps at most, and maxPiece how many a piece may have
	// that has such lines.
	maxTail  = 2 << 10
	maxPiece = 32 << 10
	// maxPieceBytes is the most that a piece may unpack to. A piece of ours has some 100 KB; what has more was not
	// written by us.
	maxPieceBytes = 64 << 20
)

// EncodeHead returns the bytes under RecordHeadKey. Its messages are shortened to 384 bytes; what was given is not written to.
func EncodeHead(h Head) ([]byte, error) {
	h.Message = cutMessage(h.Message)
	if p := h.Provisional; p != nil {
		h.Provisional = &Verdict{p.Phase, p.Reason, cutMessage(p.Message)}
	}
	b, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode the record's head: %w", err)
	}
	return b, nil
}

// DecodeHead reads what EncodeHead wrote, and gives a sentence for bytes that are old, cut or foreign. The version is
// looked at first: the rest may mean anything under another.
func DecodeHead(b []byte) (Head, error) {
	var version struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(b, &version); err != nil {
		return Head{}, fmt.Errorf("%s of the record is not JSON: %w", HeadKey, err)
	}
	switch {
	case version.Version == nil:
		return Head{}, fmt.Errorf("%s of the record has no version: it is not a record of Stepherd", HeadKey)
	case *version.Version != Version:
		return Head{}, fmt.Errorf("the record has version %d, this build knows version %d: use the build that started the run",
			*version.Version, Version)
	}
	var h Head
	if err := json.Unmarshal(b, &h); err != nil {
		return Head{}, fmt.Errorf("%s of the record is damaged: %w", HeadKey, err)
	}
	if err := h.check(); err != nil {
		return Head{}, fmt.Errorf("%s of the record is damaged: %w", HeadKey, err)
	}
	return h, nil
}

// A gzip writer is 800 KB of tables and a record is written five times a second: they are kept.
var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// EncodePiece returns the bytes under StepsKey, without results, see Results. Messages are shortened to 384 bytes, last lines cut to 2 KiB, and further, the
// oldest first, when the piece would have more than 32 KiB; what was given is not written to.
func EncodePiece(steps []v1alpha1.StepStatus) ([]byte, error) {
	for limit := maxTail; ; limit /= 2 {
		b, err := encodePiece(cutSteps(steps, limit))
		if err != nil {
			return nil, fmt.Errorf("encode a piece of the record: %w", err)
		}
		if len(b) <= maxPiece || limit == 0 {
			return b, nil
		}
	}
}

func encodePiece(steps []v1alpha1.StepStatus) ([]byte, error) {
	var out bytes.Buffer
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(&out)
	if err := json.NewEncoder(w).Encode(steps); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// DecodePiece reads what EncodePiece wrote, and gives a sentence for bytes that are cut or foreign, or that unpack to
// more than 64 MiB.
func DecodePiece(b []byte) ([]v1alpha1.StepStatus, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s of the record is not gzip: %w", StepsKey, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxPieceBytes+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%s of the record is cut short: %w", StepsKey, err)
	case err != nil:
		return nil, fmt.Errorf("%s of the record is damaged: %w", StepsKey, err)
	case len(plain) > maxPieceBytes:
		return nil, fmt.Errorf("%s of the record unpacks to more than %d MiB: it is not a record of Stepherd", StepsKey, maxPieceBytes>>20)
	}
	var steps []v1alpha1.StepStatus
	if err := json.Unmarshal(plain, &steps); err != nil {
		return nil, fmt.Errorf("%s of the record is damaged: %w", StepsKey, err)
	}
	if err := checkSteps(steps); err != nil {
		return nil, fmt.Errorf("%s of the record is damaged: %w", StepsKey, err)
	}
	for i := range steps {
		steps[i].Results = nil // no build has ever written them here
	}
	return steps, nil
}
