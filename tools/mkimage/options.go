package main

import (
	"errors"
	"flag"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const usage = `usage: mkimage --tag REF --output OUT.tar [flags] SRC[:DEST]...

Makes a container image from files, without Docker. SRC is a file or a folder; it is placed at DEST
(an absolute path; default: /<name of SRC>). A DEST that ends in / is the folder that a file goes into.

  --tag REF             name of the image, such as localhost/stepherd/driver:dev (required)
  --output FILE         the archive to write (required)
  --user UID[:GID]      numeric user that the container runs as
  --entrypoint A,B      entry point; a comma separates the words
  --cmd A,B             default arguments; a comma separates the words
  --env K=V             environment variable (may be repeated)
  --label K=V           label of the image (may be repeated)
  --workdir DIR         working directory, an absolute path
  --platform OS/ARCH    platform of the sources (default linux/amd64)
  --created TIME        RFC 3339 (default: SOURCE_DATE_EPOCH, or 1970)
  --busybox FILE        install this static busybox, a link for each of its applets, and PATH
  --max-size SIZE       fail if the compressed image is larger, such as 20MB or 20MiB

Prints the reference by digest and the compressed size. Exit code 2: bad input; 1: anything else.
`

// options is the command line, checked.
type options struct {
	tag        name.Tag
	output     string
	user       string
	entrypoint []string
	cmd        []string
	env        []string
	labels     map[string]string
	workdir    string
	platform   v1.Platform
	created    time.Time
	busybox    string
	maxSize    int64
	sources    []source
}

// rawOptions is the command line as typed.
type rawOptions struct {
	tag, output, user, entrypoint, cmd, workdir, platform, created, busybox, maxSize string

	env, labels repeated
}

type repeated []string

func (r *repeated) String() string     { return strings.Join(*r, " ") }
func (r *repeated) Set(s string) error { *r = append(*r, s); return nil }

func parseOptions(args []string, getenv func(string) string) (*options, error) {
	var raw rawOptions
	positionals, err := parseFlags(&raw, args)
	if err != nil {
		return nil, err
	}
	opts := &options{output: raw.output, user: raw.user, workdir: raw.workdir, busybox: raw.busybox, env: raw.env}
	opts.entrypoint, opts.cmd = words(raw.entrypoint), words(raw.cmd)
	checks := []func() error{
		func() (err error) { opts.tag, err = parseTag(raw.tag); return },
		func() error { return opts.checkPlain() },
		func() (err error) { opts.labels, err = keyValues("--label", raw.labels); return },
		func() (err error) { _, err = keyValues("--env", raw.env); return },
		func() (err error) { opts.platform, err = parsePlatform(raw.platform); return },
		func() (err error) { opts.created, err = parseCreated(raw.created, getenv("SOURCE_DATE_EPOCH")); return },
		func() (err error) { opts.maxSize, err = parseSize(raw.maxSize); return },
		func() (err error) { opts.sources, err = parseSources(positionals); return },
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return nil, err
		}
	}
	if len(opts.sources) == 0 && opts.busybox == "" {
		return nil, badInput("no source given; name at least one SRC[:DEST], or --busybox")
	}
	return opts, nil
}

// parseFlags takes flags before, between and after the sources: the flag package alone stops at the first source and
// would take the flags after it for files.
func parseFlags(raw *rawOptions, args []string) (positionals []string, err error) {
	set := flag.NewFlagSet("mkimage", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	for flagName, target := range map[string]*string{
		"tag": &raw.tag, "output": &raw.output, "user": &raw.user, "entrypoint": &raw.entrypoint, "cmd": &raw.cmd,
		"workdir": &raw.workdir, "platform": &raw.platform, "created": &raw.created, "busybox": &raw.busybox,
		"max-size": &raw.maxSize,
	} {
		set.StringVar(target, flagName, "", "")
	}
	set.Var(&raw.env, "env", "")
	set.Var(&raw.labels, "label", "")
	for {
		err := set.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		if err != nil {
			return nil, badInput("%v; mkimage --help lists the flags", err)
		}
		if set.NArg() == 0 {
			return positionals, nil
		}
		positionals = append(positionals, set.Arg(0))
		args = set.Args()[1:]
	}
}

var numericUser = regexp.MustCompile(`^[0-9]+(:[0-9]+)?$`)

// checkPlain checks the flags that are used as they were typed. A user by name is refused because an image on top of
// nothing has no /etc/passwd, and because the kubelet's runAsNonRoot check wants a number.
func (o *options) checkPlain() error {
	switch {
	case o.output == "":
		return badInput("no output given; say where to write the archive with --output FILE")
	case o.user != "" && !numericUser.MatchString(o.user):
		return badInput("user %q is not numeric; write --user 65532 or --user 65532:65532", o.user)
	case o.workdir != "" && !path.IsAbs(o.workdir):
		return badInput("working directory %q is not absolute; write --workdir /%s", o.workdir, o.workdir)
	}
	return nil
}

func parseTag(ref string) (name.Tag, error) {
	if ref == "" {
		return name.Tag{}, badInput("no image name given; write --tag REF, such as --tag localhost/stepherd/driver:dev")
	}
	if strings.Contains(ref, "@") {
		return name.Tag{}, badInput("image name %q carries a digest, which only the finished image has; write a name and a tag", ref)
	}
	tag, err := name.NewTag(ref)
	if err != nil {
		return name.Tag{}, badInput("image name %q is not valid (%v); write it like localhost/stepherd/driver:dev", ref, err)
	}
	return tag, nil
}

func parsePlatform(s string) (v1.Platform, error) {
	if s == "" {
		s = "linux/amd64"
	}
	platform, err := v1.ParsePlatform(s)
	if err != nil || platform.OS == "" || platform.Architecture == "" {
		return v1.Platform{}, badInput("platform %q is not of the form OS/ARCH; write it like linux/amd64 or linux/arm64", s)
	}
	return *platform, nil
}

func parseCreated(created, epoch string) (time.Time, error) {
	if created != "" {
		t, err := time.Parse(time.RFC3339, created)
		if err != nil {
			return time.Time{}, badInput("creation time %q is not RFC 3339; write it like 2024-01-31T12:00:00Z", created)
		}
		return t.UTC(), nil
	}
	if epoch == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, badInput("SOURCE_DATE_EPOCH %q is not a number of seconds; unset it or set it to one", epoch)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

func keyValues(flagName string, pairs []string) (map[string]string, error) {
	values := map[string]string{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, badInput("%s %q is not of the form K=V; write the name, an equals sign and the value", flagName, pair)
		}
		values[key] = value
	}
	return values, nil
}

func words(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
