package podspec

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// StepPodName is the Pod's name: <run>-<step>-<attempt>-<hash5 of run UID and step>, cut to 63 in front of the attempt.
// It is a DNS label for every input.
func StepPodName(id Identity, step string, attempt int) string {
	name, _ := stepPodName(id, step, attempt)
	return name
}

// stepPodName says as well whether something of the run and the step was cut away.
func stepPodName(id Identity, step string, attempt int) (name string, cut bool) {
	suffix := strconv.Itoa(attempt) + "-" + hash5(id.RunUID, step, "")
	prefix, cut := v1alpha1.PodNamePrefix(id.Run, step, suffix)
	return strings.TrimPrefix(prefix+"-"+suffix, "-"), cut
}

// ownName is StepPodName, and an error when another step of the pipeline has that name too. That takes names cut to the
// same beginning and then the same hash, of some 29 million: of a thousand such steps, two meet in one run of sixty.
// Unchecked, one step's Pod would pass for the other's.
func ownName(p *v1alpha1.Pipeline, step string, attempt int, id Identity) (string, error) {
	name, cut := stepPodName(id, step, attempt)
	if !cut { // whole names differ: Decode refuses steps whose names are the same after cleaning
		return name, nil
	}
	for _, s := range p.EachStep() {
		if other := s.Name; other != step && StepPodName(id, other, attempt) == name {
			return "", fmt.Errorf("its Pod and that of step %s would both be named %s: give the run or the steps shorter names", other, name)
		}
	}
	return name, nil
}

// hashAlphabet has no vowels, so that a hash spells no word.
const hashAlphabet = "bcdfghjklmnpqrstvwxyz0123456789"

// hash5 is 5 characters that stand for a step of a run. index is empty for a step that is not fanned out. Each part goes
// in with its length in front, so that no two triples feed the hash the same bytes.
func hash5(runUID, step, index string) string {
	var in []byte
	for _, part := range []string{runUID, step, index} {
		in = binary.BigEndian.AppendUint64(in, uint64(len(part)))
		in = append(in, part...)
	}
	sum := sha256.Sum256(in)
	n := binary.BigEndian.Uint64(sum[:])
	var out [v1alpha1.PodNameHash]byte
	for i := range out {
		out[i] = hashAlphabet[n%uint64(len(hashAlphabet))]
		n /= uint64(len(hashAlphabet))
	}
	return string(out[:])
}
