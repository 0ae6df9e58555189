package podspec

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

const (
	// maxPlainPlan is up to what size a plan is readable JSON, in bytes.
	maxPlainPlan = 64 << 10
	// maxPlan is the largest plan as it is encoded, in bytes. All annotations of an object may have 256 KiB together.
	maxPlan = 250 << 10
	// packedPrefix is how base64 of gzip begins: the magic number and the method deflate. No pipeline begins so: YAML
	// would read it as a key that no pipeline has.
	packedPrefix = "H4sI"
	// planName is what errors call the plan.
	planName = "plan"
)

// EncodePlan is the value of the plan annotation: indented JSON, gzipped and base64-encoded above 64 KiB
// (`base64 -d | gunzip` shows it). It errs above 250 KiB encoded.
func EncodePlan(p *v1alpha1.Pipeline) (string, error) {
	plain, err := planJSON(p, "  ")
	if err != nil {
		return "", fmt.Errorf("encode the plan of pipeline %s: %w", p.Metadata.Name, err)
	}
	if len(plain) <= maxPlainPlan {
		return string(plain), nil
	}
	compact, err := planJSON(p, "")
	if err != nil {
		return "", fmt.Errorf("encode the plan of pipeline %s: %w", p.Metadata.Name, err)
	}
	packed, err := pack(compact)
	if err != nil {
		return "", fmt.Errorf("compress the plan of pipeline %s: %w", p.Metadata.Name, err)
	}
	if len(packed) > maxPlan {
		return "", fmt.Errorf("pipeline %s is too large: its plan takes %d KiB compressed, and a run can carry %d KiB: split it into several pipelines",
			p.Metadata.Name, (len(packed)+1023)>>10, maxPlan>>10)
	}
	return packed, nil
}

// DecodePlan reads what EncodePlan wrote, and a hand-written YAML pipeline too (a CronJob's). Its errors are those of
// pipelinefile.Decode, or a sentence about what is wrong with the compressed form.
func DecodePlan(plan []byte) (*v1alpha1.Pipeline, error) {
	trimmed := bytes.TrimSpace(plan)
	if !bytes.HasPrefix(trimmed, []byte(packedPrefix)) {
		return pipelinefile.Decode(planName, plan)
	}
	unpacked, err := unpack(trimmed)
	if err != nil {
		return nil, err
	}
	return pipelinefile.Decode(planName, unpacked)
}

func planJSON(p *v1alpha1.Pipeline, indent string) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // `>` stays `>` for readers of the manifest
	encoder.SetIndent("", indent)
	if err := encoder.Encode(p); err != nil {
		return nil, err
	}
	return escapeUnprintable(out.Bytes()), nil
}

// escapeUnprintable spells as \uXXXX what JSON may hold as it is but YAML may not, or takes for a line break: the plan is
// decoded as YAML. Such characters stand in a JSON text only inside of strings.
// See https://yaml.org/spec/1.2.2/#51-character-set.
func escapeUnprintable(text []byte) []byte {
	if bytes.IndexFunc(text, notAsItIs) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if notAsItIs(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out
}

// notAsItIs reports whether YAML forbids a character, or takes it for a line break, though JSON allows it in a string.
func notAsItIs(r rune) bool {
	return yamltree.Unprintable(r) || r == 0x85 || r == 0x2028 || r == 0x2029
}

// pack is deterministic: the gzip header has no time and no name.
func pack(plain []byte) (string, error) {
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := writer.Write(plain); err != nil {
		return "", err
	}
	if err := writer.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// unpack reads no more than the largest pipeline file: a few KiB of gzip can stand for gigabytes.
func unpack(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(packed)))
	if err != nil {
		return nil, unpackError(err)
	}
	plain, err := io.ReadAll(io.LimitReader(reader, yamltree.MaxFileBytes+1))
	if err != nil {
		return nil, unpackError(err)
	}
	if len(plain) > yamltree.MaxFileBytes {
		return nil, fmt.Errorf("the plan is larger than %d MiB when decompressed: submit the pipeline again", yamltree.MaxFileBytes>>20)
	}
	return plain, nil
}

func unpackError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the plan is compressed and cut short: submit the pipeline again")
	}
	return fmt.Errorf("the plan is compressed and damaged (%s): submit the pipeline again", strings.TrimSpace(err.Error()))
}
