package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
)

// ServerVersion asks the API server for its version.
func (r *Runs) ServerVersion(ctx context.Context) (major, minor int, err error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	body, err := r.client.CoreV1().RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
	if err != nil {
		return 0, 0, Failed(err, "ask for the server's version")
	}
	var info version.Info
	if err := json.Unmarshal(body, &info); err != nil {
		return 0, 0, fmt.Errorf("the server's version is not JSON: %w", err)
	}
	if major, err = number(info.Major); err == nil {
		minor, err = number(info.Minor)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("the server's version is %q.%q: %w", info.Major, info.Minor, err)
	}
	return major, minor, nil
}

// number reads the digits that a version begins with: some providers say 31+.
func number(s string) (int, error) {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	return strconv.Atoi(s[:end])
}

// NamespaceExists asks for a namespace.
func (r *Runs) NamespaceExists(ctx context.Context, namespace string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	_, err := r.client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
	return exists(Failed(err, "get namespace %s", namespace))
}

// ServiceAccountExists asks for a service account.
func (r *Runs) ServiceAccountExists(ctx context.Context, namespace, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	_, err := r.client.CoreV1().ServiceAccounts(namespace).Get(ctx, name, metav1.GetOptions{})
	return exists(Failed(err, "get service account %s", name))
}

func exists(err error) (bool, error) {
	if KindOf(err) == KindNotFound {
		return false, nil
	}
	return err == nil, err
}

// MissingRights asks the API server about every right of the rules, side by side, and gives those that the service account
// does not have, like `create pods`, in the order of the rules.
func (r *Runs) MissingRights(ctx context.Context, namespace, account string, rules []rbacv1.PolicyRule) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	wanted := rights(namespace, rules)
	allowed, errs := make([]bool, len(wanted)), make([]error, len(wanted))
	var wg sync.WaitGroup
	for i := range wanted {
		wg.Go(func() { allowed[i], errs[i] = r.may(ctx, namespace, account, &wanted[i]) })
	}
	wg.Wait()
	var missing []string
	for i, w := range wanted {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if !allowed[i] {
			resource := w.Resource
			if w.Subresource != "" {
				resource += "/" + w.Subresource
			}
			missing = append(missing, w.Verb+" "+resource)
		}
	}
	return missing, nil
}

func rights(namespace string, rules []rbacv1.PolicyRule) []authorizationv1.ResourceAttributes {
	var all []authorizationv1.ResourceAttributes
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				name, sub, _ := strings.Cut(resource, "/")
				for _, verb := range rule.Verbs {
					all = append(all, authorizationv1.ResourceAttributes{
						Namespace: namespace, Verb: verb, Group: group, Resource: name, Subresource: sub,
					})
				}
			}
		}
	}
	return all
}

// may asks by a review that a Role of the namespace can allow.
func (r *Runs) may(ctx context.Context, namespace, account string, right *authorizationv1.ResourceAttributes) (bool, error) {
	review, err := r.client.AuthorizationV1().LocalSubjectAccessReviews(namespace).Create(ctx, &authorizationv1.LocalSubjectAccessReview{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace},
		Spec: authorizationv1.SubjectAccessReviewSpec{
			User:               "system:serviceaccount:" + namespace + ":" + account,
			Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
			ResourceAttributes: right,
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, Failed(err, "ask for the rights of service account %s", account)
	}
	return review.Status.Allowed, nil
}

// MayCreatePods asks whether the user may create Pods.
func (r *Runs) MayCreatePods(ctx context.Context, namespace string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	review, err := r.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: "create", Resource: "pods"},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, Failed(err, "ask for your own rights")
	}
	return review.Status.Allowed, nil
}

// TryPod asks the API server, with all its admissions, whether it would take a Pod.
func (r *Runs) TryPod(ctx context.Context, pod *corev1.Pod) error {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	_, err := r.client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return Failed(err, "try pod %s", pod.Name)
}
