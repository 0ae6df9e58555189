package main

import (
	"github.com/google/go-containerregistry/pkg/name"
)

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
