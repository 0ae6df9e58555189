package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// newImage puts the files into one layer on top of nothing and describes how to run them.
func newImage(opts *options, files tree) (v1.Image, error) {
	layer, err := newLayer(files)
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.ConfigFile(base, opts.configFile())
	if err != nil {
		return nil, fmt.Errorf("set the image's config: %w", err)
	}
	img, err = mutate.Append(img, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: v1.Time{Time: opts.created}, CreatedBy: "mkimage"},
	})
	if err != nil {
		return nil, fmt.Errorf("append the layer to the image: %w", err)
	}
	return img, nil
}

func newLayer(files tree) (v1.Layer, error) {
	var content bytes.Buffer
	if err := files.writeTar(&content); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil }
	layer, err := tarball.LayerFromOpener(open,
		tarball.WithMediaType(types.OCILayer),
		tarball.WithCompressionLevel(gzip.BestCompression),
		tarball.WithCompressedCaching)
	if err != nil {
		return nil, fmt.Errorf("compress the layer: %w", err)
	}
	return layer, nil
}

// configFile always carries a platform: containerd leaves out an image without one on import.
func (o *options) configFile() *v1.ConfigFile {
	config := &v1.ConfigFile{
		OS:           o.platform.OS,
		Architecture: o.platform.Architecture,
		Variant:      o.platform.Variant,
		Created:      v1.Time{Time: o.created},
		RootFS:       v1.RootFS{Type: "layers"},
		Config: v1.Config{
			User:       o.user,
			Entrypoint: o.entrypoint,
			Cmd:        o.cmd,
			Env:        o.env,
			WorkingDir: o.workdir,
			Labels:     o.labels,
		},
	}
	if o.busybox != "" {
		completeBusybox(&config.Config)
	}
	return config
}

// completeBusybox makes the image usable as a shell unless the caller said otherwise.
func completeBusybox(config *v1.Config) {
	hasPath := false
	for _, pair := range config.Env {
		hasPath = hasPath || strings.HasPrefix(pair, "PATH=")
	}
	if !hasPath {
		config.Env = append([]string{busyboxPath}, config.Env...)
	}
	if len(config.Entrypoint) == 0 && len(config.Cmd) == 0 {
		config.Cmd = []string{"sh"}
	}
}

// repositoryName is the image's name without its tag, as containerd and the kubelet write it: the registry library
// calls Docker Hub index.docker.io, under which neither of them would find the image.
func repositoryName(tag name.Tag) string {
	registry := tag.RegistryStr()
	if registry == name.DefaultRegistry {
		registry = "docker.io"
	}
	return registry + "/" + tag.RepositoryStr()
}

// fullName is the name under which a node looks the image up.
func fullName(tag name.Tag) string {
	return repositoryName(tag) + ":" + tag.TagStr()
}
