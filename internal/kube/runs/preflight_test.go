package runs_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"

	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/runs"
)

// TestRightsOfRoles: what Roles of the namespace grant is not asked for one by one; what they do not grant, is.
func TestRightsOfRoles(t *testing.T) {
	all := rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}}
	pods := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"create", "get"}}
	one := pods
	one.ResourceNames = []string{"one"}
	otherGroup := rbacv1.PolicyRule{APIGroups: []string{"metrics"}, Resources: []string{"pods"}, Verbs: []string{"create", "get"}}
	driver := rbacv1.Subject{Kind: "ServiceAccount", Name: "driver", Namespace: "ml"}
	for _, tc := range []struct {
		name    string
		role    rbacv1.PolicyRule
		subject rbacv1.Subject
		kind    string
		asked   int
	}{
		{"granted", pods, driver, "Role", 0},
		{"everything granted", all, driver, "Role", 0},
		{"granted to another account", pods, rbacv1.Subject{Kind: "ServiceAccount", Name: "driver", Namespace: "other"}, "Role", 2},
		{"granted to a user of that name", pods, rbacv1.Subject{Kind: "User", Name: "driver", Namespace: "ml"}, "Role", 2},
		{"granted on one object", one, driver, "Role", 2},
		{"another group's resource", otherGroup, driver, "Role", 2},
		{"a ClusterRole of the same name", pods, driver, "ClusterRole", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := fake.NewClientset(
				&rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "r", Namespace: "ml"}, Rules: []rbacv1.PolicyRule{tc.role}},
				&rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "b", Namespace: "ml"}, Subjects: []rbacv1.Subject{tc.subject},
					RoleRef: rbacv1.RoleRef{Kind: tc.kind, Name: "r"}},
			)
			client.PrependReactor("create", "localsubjectaccessreviews", func(a k8stesting.Action) (bool, runtime.Object, error) {
				return true, a.(k8stesting.CreateAction).GetObject(), nil // denied, as it stands
			})
			got, err := runs.New(client).MissingRights(t.Context(), "ml", "driver", []rbacv1.PolicyRule{pods})
			if err != nil || len(got) != tc.asked {
				t.Errorf("missing %q, %v; want %d", got, err, tc.asked)
			}
		})
	}
}

// TestMissingRights asks about each verb of each rule, for the service account, and names what is missing in their order.
func TestMissingRights(t *testing.T) {
	client := fake.NewClientset()
	client.PrependReactor("list", "roles", func(k8stesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "roles"}, "",
			errors.New(`User "jane" cannot list resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "ml"`))
	})
	var mu sync.Mutex
	asked := 0
	client.PrependReactor("create", "localsubjectaccessreviews", func(a k8stesting.Action) (bool, runtime.Object, error) {
		review := a.(k8stesting.CreateAction).GetObject().(*authorizationv1.LocalSubjectAccessReview)
		mu.Lock()
		asked++
		mu.Unlock()
		right := review.Spec.ResourceAttributes
		if review.Spec.User != "system:serviceaccount:ml:driver" || right.Namespace != "ml" || a.GetNamespace() != "ml" {
			t.Errorf("asked for %s in %s", review.Spec.User, right.Namespace)
		}
		review.Status.Allowed = right.Verb != "delete" && right.Subresource == ""
		return true, review, nil
	})
	got, err := runs.New(client).MissingRights(t.Context(), "ml", "driver", []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"create", "delete"}},
		{APIGroups: []string{""}, Resources: []string{"pods/log"}, Verbs: []string{"get"}},
		{APIGroups: []string{"batch"}, Resources: []string{"jobs"}, Verbs: []string{"get"}},
	})
	if err != nil || strings.Join(got, ", ") != "delete pods, get pods/log" || asked != 4 {
		t.Errorf("got %v, %v after %d questions", got, err, asked)
	}
}

// TestRightsThatCannotBeRead tells of all reads that failed, and of none that the user may not do: those are replaced by
// questions.
func TestRightsThatCannotBeRead(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "roles"}, "",
		errors.New(`User "jane" cannot list resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "ml"`))
	full, broken := errors.New("etcd is full"), errors.New("a webhook is broken")
	for name, tt := range map[string]struct {
		bindings, roles, verb1, verb2 error
		want                          []string
	}{
		"neither list":            {full, broken, nil, nil, []string{"read the role bindings of service account driver: Internal error occurred: etcd is full", "read the roles of service account driver: Internal error occurred: a webhook is broken"}},
		"one list, one forbidden": {forbidden, broken, nil, nil, []string{"read the roles of service account driver: Internal error occurred: a webhook is broken"}},
		"both forbidden":          {forbidden, forbidden, nil, nil, nil},
		"two questions":           {forbidden, forbidden, full, broken, []string{"ask for the rights of service account driver: Internal error occurred: etcd is full", "ask for the rights of service account driver: Internal error occurred: a webhook is broken"}},
	} {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset()
			fail := func(verb, resource string, why func(k8stesting.Action) error) {
				client.PrependReactor(verb, resource, func(a k8stesting.Action) (bool, runtime.Object, error) {
					err := why(a)
					if err != nil && !errors.Is(err, forbidden) {
						err = apierrors.NewInternalError(err)
					}
					if create, is := a.(k8stesting.CreateAction); is {
						return true, create.GetObject(), err
					}
					return err != nil, nil, err
				})
			}
			fail("list", "rolebindings", func(k8stesting.Action) error { return tt.bindings })
			fail("list", "roles", func(k8stesting.Action) error { return tt.roles })
			fail("create", "localsubjectaccessreviews", func(a k8stesting.Action) error {
				if a.(k8stesting.CreateAction).GetObject().(*authorizationv1.LocalSubjectAccessReview).Spec.ResourceAttributes.Verb == "get" {
					return tt.verb1
				}
				return tt.verb2
			})
			_, err := runs.New(client).MissingRights(t.Context(), "ml", "driver", []rbacv1.PolicyRule{
				{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list"}},
			})
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestQuestionsThatMayNotBeAsked say which right is missing.
func TestQuestionsThatMayNotBeAsked(t *testing.T) {
	client := fake.NewClientset()
	client.PrependReactor("*", "*", func(a k8stesting.Action) (bool, runtime.Object, error) {
		resource := a.GetResource().Resource
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "",
			errors.New(`User "jane" cannot `+a.GetVerb()+` resource "`+resource+`" in API group "" in the namespace "ml"`))
	})
	runs := runs.New(client)
	_, namespaceErr := runs.NamespaceExists(t.Context(), "ml")
	_, accountErr := runs.ServiceAccountExists(t.Context(), "ml", "driver")
	_, rightsErr := runs.MissingRights(t.Context(), "ml", "driver", []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get"}}})
	for resource, err := range map[string]error{"namespaces": namespaceErr, "serviceaccounts": accountErr, "localsubjectaccessreviews": rightsErr} {
		var e *kube.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v", resource, err)
			continue
		}
		if _, got, _, ok := e.MissingRight(); !ok || got != resource {
			t.Errorf("got %s, %v, want %s", got, ok, resource)
		}
	}
}

func TestExists(t *testing.T) {
	runs := runs.New(fake.NewClientset(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ml"}},
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "driver", Namespace: "ml"}},
	))
	for name, want := range map[string]bool{"ml": true, "nope": false} {
		if got, err := runs.NamespaceExists(t.Context(), name); got != want || err != nil {
			t.Errorf("namespace %s: %v, %v", name, got, err)
		}
	}
	for name, want := range map[string]bool{"driver": true, "nope": false} {
		if got, err := runs.ServiceAccountExists(t.Context(), "ml", name); got != want || err != nil {
			t.Errorf("service account %s: %v, %v", name, got, err)
		}
	}
}

func TestMayCreatePods(t *testing.T) {
	for _, allowed := range []bool{true, false} {
		client := fake.NewClientset()
		client.PrependReactor("create", "selfsubjectaccessreviews", func(a k8stesting.Action) (bool, runtime.Object, error) {
			review := a.(k8stesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview)
			if r := review.Spec.ResourceAttributes; r.Verb != "create" || r.Resource != "pods" || r.Namespace != "ml" {
				t.Errorf("asked for %+v", r)
			}
			review.Status.Allowed = allowed
			return true, review, nil
		})
		if got, err := runs.New(client).MayCreatePods(t.Context(), "ml"); got != allowed || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	}
}

// TestTryPod creates nothing.
func TestTryPod(t *testing.T) {
	client := fake.NewClientset()
	if _, _, err := runs.New(client).TryPod(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ml"}}); err != nil {
		t.Fatal(err)
	}
	a := client.Actions()[0].(k8stesting.CreateActionImpl)
	if got := a.GetCreateOptions().DryRun; len(got) != 1 || got[0] != metav1.DryRunAll || a.GetNamespace() != "ml" {
		t.Errorf("dry run %v in %s", got, a.GetNamespace())
	}
}

func TestEvents(t *testing.T) {
	client := fake.NewClientset()
	if _, err := runs.New(client).Events(t.Context(), "ml", "uid"); err != nil {
		t.Fatal(err)
	}
	if _, err := runs.New(client).PodEvents(t.Context(), "ml", "r-a-1-abcde"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"involvedObject.uid=uid", "involvedObject.kind=Pod,involvedObject.name=r-a-1-abcde"} {
		if got := client.Actions()[i].(k8stesting.ListAction).GetListRestrictions().Fields.String(); got != want {
			t.Errorf("listed %s, want %s", got, want)
		}
	}
}
