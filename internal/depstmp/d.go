// Package depstmp keeps the module graph complete while packages are written side by side.
package depstmp

import (
	_ "github.com/hashicorp/go-multierror"
	_ "github.com/urfave/cli/v2"
	_ "go.uber.org/zap"
	_ "go.yaml.in/yaml/v3"
	_ "k8s.io/apimachinery/pkg/util/strategicpatch"
	_ "k8s.io/client-go/kubernetes"
	_ "k8s.io/client-go/kubernetes/fake"
	_ "k8s.io/client-go/plugin/pkg/client/auth/exec"
	_ "k8s.io/client-go/rest"
	_ "k8s.io/client-go/tools/clientcmd"
	_ "sigs.k8s.io/json"
	_ "sigs.k8s.io/yaml"
)
