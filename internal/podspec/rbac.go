package podspec

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Names of the Roles of `launcher rbac`.
const (
	DriverRoleName = "stepherd-driver"
	UserRoleName   = "stepherd-user"
)

// annotationDescription is Kubernetes' own key for a sentence about an object.
const annotationDescription = "kubernetes.io/description"

// DriverRole is all that the driver Pod of a run may do. An empty namespace is left out, for manifests that go into
// whatever namespace is current; so with all objects of this file.
func DriverRole(namespace string) *rbacv1.Role {
	return role(namespace, DriverRoleName, "What the driver Pod of a run may do.",
		rule("", "pods", "create", "get", "list", "watch", "delete"),
		rule("", "pods/log", "get"),
		rule("", "configmaps", "create", "get", "list", "update"),
		rule("batch", "jobs", "get", "list", "watch"),
		rule("", "events", "create", "patch", "list"),
	)
}

// UserRole is what somebody needs who submits runs and looks after them. The last rule is optional: without it, submit
// leaves out the server-side dry-run of the step Pods, and `cancel --force` deletes none.
func UserRole(namespace string) *rbacv1.Role {
	return role(namespace, UserRoleName,
		"What a user of the launcher may do. The last rule is optional: create is for the dry-run of step Pods before a submit, delete for cancel --force.",
		rule("batch", "jobs", "create", "get", "list", "watch", "patch", "delete"),
		rule("", "pods", "get", "list", "watch"),
		rule("", "pods/log", "get"),
		rule("", "configmaps", "get", "list"),
		rule("", "events", "list"),
		rule("", "pods", "create", "delete"),
	)
}

// DriverServiceAccount is the account of the driver Pod. Only Pods that ask for it get its token, as the driver's does.
func DriverServiceAccount(namespace string) *corev1.ServiceAccount {
	no := false
	return &corev1.ServiceAccount{
		TypeMeta:                     metav1.TypeMeta{APIVersion: corev1.SchemeGroupVersion.String(), Kind: "ServiceAccount"},
		ObjectMeta:                   installed(namespace, DefaultServiceAccount),
		AutomountServiceAccountToken: &no,
	}
}

// DriverRoleBinding gives DriverRole to DriverServiceAccount. A binding of UserRole is the administrator's to write: its
// subjects are people.
func DriverRoleBinding(namespace string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "RoleBinding"},
		ObjectMeta: installed(namespace, DriverRoleName),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: DriverRoleName},
		// Without a namespace the account is that of the binding's.
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: DefaultServiceAccount, Namespace: namespace}},
	}
}

func role(namespace, name, description string, rules ...rbacv1.PolicyRule) *rbacv1.Role {
	meta := installed(namespace, name)
	meta.Annotations = map[string]string{annotationDescription: description}
	return &rbacv1.Role{
		TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "Role"},
		ObjectMeta: meta,
		Rules:      rules,
	}
}

func rule(group, resource string, verbs ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, Verbs: verbs}
}

func installed(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:      name,
		Namespace: namespace,
		Labels:    map[string]string{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy},
	}
}
