package runs

import (
	"context"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/kube"
)

// MissingRights gives those rights of the rules that the service account does not have, like `create pods`, in the order
// of the rules.
//
// What the namespace's own Roles grant is read off them, which is two requests. All else (and everything, where the user
// may not read Roles) is asked of the API server right by right: ClusterRoles, other authorizers.
func (r *Client) MissingRights(ctx context.Context, namespace, account string, rules []rbacv1.PolicyRule) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	granted, err := r.granted(ctx, namespace, account)
	if err := errs.Join(slices.DeleteFunc(errs.All(err), mayNotAsk)...); err != nil {
		return nil, err
	}
	wanted := rights(namespace, rules)
	wanted = slices.DeleteFunc(wanted, func(w authorizationv1.ResourceAttributes) bool {
		return slices.ContainsFunc(granted, func(g rbacv1.PolicyRule) bool { return covers(&g, &w) })
	})
	return r.denied(ctx, namespace, account, wanted)
}

// granted are the rules of the Roles that are bound to the service account in the namespace.
func (r *Client) granted(ctx context.Context, namespace, account string) ([]rbacv1.PolicyRule, error) {
	var bindings *rbacv1.RoleBindingList
	var roles *rbacv1.RoleList
	var g errs.Group
	g.Go(func() (err error) {
		bindings, err = r.client.RbacV1().RoleBindings(namespace).List(ctx, metav1.ListOptions{})
		return kube.Failed(err, "read the role bindings of service account %s", account)
	})
	g.Go(func() (err error) {
		roles, err = r.client.RbacV1().Roles(namespace).List(ctx, metav1.ListOptions{})
		return kube.Failed(err, "read the roles of service account %s", account)
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	bound := map[string]bool{}
	for _, b := range bindings.Items {
		if b.RoleRef.Kind == "Role" && slices.ContainsFunc(b.Subjects, func(s rbacv1.Subject) bool {
			return s.Kind == rbacv1.ServiceAccountKind && s.Name == account && s.Namespace == namespace
		}) {
			bound[b.RoleRef.Name] = true
		}
	}
	var rules []rbacv1.PolicyRule
	for _, role := range roles.Items {
		if bound[role.Name] {
			rules = append(rules, role.Rules...)
		}
	}
	return rules, nil
}

func mayNotAsk(err error) bool { return kube.KindOf(err) == kube.KindNoRight }

// covers reports whether a rule grants a right on every object.
func covers(rule *rbacv1.PolicyRule, right *authorizationv1.ResourceAttributes) bool {
	return len(rule.ResourceNames) == 0 &&
		(slices.Contains(rule.APIGroups, right.Group) || slices.Contains(rule.APIGroups, rbacv1.APIGroupAll)) &&
		(slices.Contains(rule.Resources, resourceOf(right)) || slices.Contains(rule.Resources, rbacv1.ResourceAll)) &&
		(slices.Contains(rule.Verbs, right.Verb) || slices.Contains(rule.Verbs, rbacv1.VerbAll))
}

// denied asks for each right, side by side, and returns those that the service account does not have.
func (r *Client) denied(ctx context.Context, namespace, account string, wanted []authorizationv1.ResourceAttributes) ([]string, error) {
	allowed := make([]bool, len(wanted))
	var g errs.Group
	for i := range wanted {
		g.Go(func() (err error) {
			allowed[i], err = r.may(ctx, namespace, account, &wanted[i])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var missing []string
	for i := range wanted {
		if !allowed[i] {
			missing = append(missing, wanted[i].Verb+" "+resourceOf(&wanted[i]))
		}
	}
	return missing, nil
}

func resourceOf(right *authorizationv1.ResourceAttributes) string {
	if right.Subresource == "" {
		return right.Resource
	}
	return right.Resource + "/" + right.Subresource
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
func (r *Client) may(ctx context.Context, namespace, account string, right *authorizationv1.ResourceAttributes) (bool, error) {
	review, err := r.client.AuthorizationV1().LocalSubjectAccessReviews(namespace).Create(ctx, &authorizationv1.LocalSubjectAccessReview{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace},
		Spec: authorizationv1.SubjectAccessReviewSpec{
			User:               "system:serviceaccount:" + namespace + ":" + account,
			Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
			ResourceAttributes: right,
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, kube.Failed(err, "ask for the rights of service account %s", account)
	}
	return review.Status.Allowed, nil
}
