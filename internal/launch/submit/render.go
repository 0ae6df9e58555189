package submit

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/suggest"
)

// unknownSuffix stands for the random characters of a run's name.
const unknownSuffix = "xxxxx"

// Render writes what Submit would create and what the driver would create of it: the Job and each step's first Pod, as
// YAML documents. step limits it to one step's Pod. No cluster is asked, and nothing is written when anything is wrong.
func Render(w io.Writer, s Submission, namespace, step string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The run's UID is known only to the cluster that creates it: %s stands for it.\n", podspec.UnknownUID)
	if s.Name == "" {
		s.Name = runName(s.Pipeline.Metadata.Name, unknownSuffix)
		fmt.Fprintf(&b, "# Its name will end in five random characters in place of %s; --name sets it.\n", unknownSuffix)
	}
	job, err := MakeJob(s, namespace)
	if err != nil {
		return err
	}
	if step == "" {
		if err := document(&b, job); err != nil {
			return err
		}
	}
	if err := renderSteps(&b, s, podspec.Identity{Run: s.Name, RunUID: podspec.UnknownUID, Namespace: namespace}, step); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

func renderSteps(w io.Writer, s Submission, id podspec.Identity, only string) error {
	if only != "" && !slices.Contains(s.Pipeline.StepNames(), only) {
		return noSuchStep(s.Pipeline, only)
	}
	var failed []error
	for _, name := range s.Pipeline.StepNames() {
		if only != "" && name != only {
			continue
		}
		pod, err := podspec.StepPod(s.Pipeline, name, podspec.Attempt{Number: 1}, id)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if err := document(w, pod); err != nil {
			return err
		}
	}
	if err := errs.Join(failed...); err != nil {
		return client.InvalidPipeline(err)
	}
	return nil
}

func noSuchStep(p *v1alpha1.Pipeline, step string) *client.Error {
	return client.UserErrorf("pipeline %q has no step %q%s", p.Metadata.Name, step, suggest.DidYouMean(step, p.StepNames()))
}

// Install writes what an administrator applies to a namespace before the first run.
func Install(w io.Writer, namespace string) error {
	for _, object := range []any{
		podspec.DriverServiceAccount(namespace), podspec.DriverRole(namespace), podspec.DriverRoleBinding(namespace),
		podspec.UserRole(namespace),
	} {
		if err := document(w, object); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, `# Who may submit runs is for you to say: fill in the names and remove the comment signs.
# apiVersion: rbac.authorization.k8s.io/v1
# kind: RoleBinding
# metadata:
#   name: %[2]s
#   namespace: %[1]s
# roleRef:
#   apiGroup: rbac.authorization.k8s.io
#   kind: Role
#   name: %[2]s
# subjects:
# - apiGroup: rbac.authorization.k8s.io
#   kind: User
#   name: jane@example.com
`, namespace, podspec.UserRoleName)
	return err
}

func document(w io.Writer, object any) error {
	text, err := podspec.YAML(object)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "---\n%s", text)
	return err
}
