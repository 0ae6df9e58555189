package validate

import (
	"regexp"
	"strings"

	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// The grammar of image references as container runtimes have it:
// https://github.com/distribution/reference/blob/v0.6.0/reference.go
var (
	imageDomain    = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?$`)
	imageComponent = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$`)
	imageTag       = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	imageDigest    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$`)
)

// maxImage is the longest repository that runtimes take, in bytes.
const maxImage = 255

func (v *validator) image(at *yamltree.Path, image string) {
	if wrong := ImageProblem(image); wrong != "" {
		v.report(at, "%s is not a valid image: %s", wording.Quote(image), wrong)
	}
}

// ImageProblem returns what is wrong with a reference; empty if nothing is.
func ImageProblem(image string) string {
	repository, tag, digest := SplitImage(image)
	switch {
	case strings.ContainsAny(image, " \t\r\n"):
		return "it has a space in it"
	case strings.Contains(image, "://"):
		return "leave " + wording.Quote(image[:strings.Index(image, "://")+3]) + " out"
	case repository == "":
		return "it has no name"
	case len(repository) > maxImage:
		return "its name is longer than 255 characters"
	case tag != nil && !imageTag.MatchString(*tag):
		return "the tag " + wording.Quote(*tag) + " must be at most 128 of A-Z, a-z, 0-9, _, - and ., not beginning with - or ."
	case digest != nil && (!imageDigest.MatchString(*digest) || strings.HasPrefix(*digest, "sha256:") && len(*digest) != len("sha256:")+64):
		return "the digest " + wording.Quote(*digest) + " must be sha256: and 64 hexadecimal digits"
	}
	return repositoryProblem(repository)
}

// repositoryProblem: the part in front of the first slash is a registry if it looks like a host.
func repositoryProblem(repository string) string {
	parts := strings.Split(repository, "/")
	if first := parts[0]; len(parts) > 1 && (strings.ContainsAny(first, ".:") || first == "localhost" || first != strings.ToLower(first)) {
		if !imageDomain.MatchString(first) {
			return "the registry " + wording.Quote(first) + " is not a host name"
		}
		parts = parts[1:]
	}
	for _, part := range parts {
		if imageComponent.MatchString(part) {
			continue
		}
		if imageComponent.MatchString(strings.ToLower(part)) {
			return wording.Quote(part) + " must be lower case"
		}
		return wording.Quote(part) + " must be a-z and 0-9, with single ., _ or - between them"
	}
	return ""
}

// SplitImage takes name[:tag][@digest] apart; nil for what is not there.
func SplitImage(image string) (repository string, tag, digest *string) {
	repository, d, hasDigest := strings.Cut(image, "@")
	if hasDigest {
		digest = &d
	}
	if colon := strings.LastIndexByte(repository, ':'); colon > strings.LastIndexByte(repository, '/') {
		t := repository[colon+1:]
		repository, tag = repository[:colon], &t
	}
	return repository, tag, digest
}
