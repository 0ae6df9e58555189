// Package pki is the certificate authority of an instance and the writer of its kubeconfigs.
//
// It does not renew: a cluster of this kind is gone long before its certificates are.
//
// Invariant: a file that exists is kept, so a second `up` leaves running components their keys.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

const lifetime = 10 * 365 * 24 * time.Hour

// Authority signs the certificates of an instance and keeps them in a folder.
type Authority struct {
	dir  string
	cert *x509.Certificate
	key  crypto.Signer
}

// Subject is whom a certificate is for.
type Subject struct {
	Name  string // user name in Kubernetes
	Group string
	Hosts []string // names and addresses to serve under; none = a client
}

// Ensure loads the authority from the folder, or makes it.
func Ensure(dir string) (*Authority, error) {
	a := &Authority{dir: dir}
	if cert, key, err := a.load("ca"); err == nil {
		a.cert, a.key = cert, key
		return a, nil
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "localcluster"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	cert, key, err := a.issue("ca", template)
	if err != nil {
		return nil, err
	}
	a.cert, a.key = cert, key
	return a, nil
}

// CertFile is the path of a certificate, KeyFile that of its key.
func (a *Authority) CertFile(name string) string { return filepath.Join(a.dir, name+".crt") }

// KeyFile is the path of the key of a certificate.
func (a *Authority) KeyFile(name string) string { return filepath.Join(a.dir, name+".key") }

// Certificate makes sure that the certificate of that name exists.
func (a *Authority) Certificate(name string, s Subject) error {
	if _, _, err := a.load(name); err == nil {
		return nil
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: s.Name},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if s.Group != "" {
		template.Subject.Organization = []string{s.Group}
	}
	for _, host := range s.Hosts {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	_, _, err := a.issue(name, template)
	return err
}

// issue signs with the authority, or with the new key itself while there is no authority yet.
func (a *Authority) issue(name string, template *x509.Certificate) (*x509.Certificate, crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make key %s: %w", name, err)
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, nil, fmt.Errorf("number certificate %s: %w", name, err)
	}
	now := time.Now()
	template.NotBefore, template.NotAfter = now.Add(-time.Hour), now.Add(lifetime)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, nil, fmt.Errorf("sign certificate %s: %w", name, err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("encode key %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate %s back: %w", name, err)
	}
	// The key first: a certificate on disk means that the pair is complete.
	if err := writePEM(a.KeyFile(name), "PRIVATE KEY", keyDER); err != nil {
		return nil, nil, err
	}
	return cert, key, writePEM(a.CertFile(name), "CERTIFICATE", der)
}

func writePEM(path, kind string, der []byte) error {
	return plan.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func (a *Authority) load(name string) (*x509.Certificate, crypto.Signer, error) {
	der, err := readPEM(a.CertFile(name))
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate %s: %w", name, err)
	}
	if der, err = readPEM(a.KeyFile(name)); err != nil {
		return nil, nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, nil, fmt.Errorf("read key %s: %w", name, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, nil, fmt.Errorf("read key %s: it cannot sign", name)
	}
	return cert, signer, nil
}

func readPEM(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New(path + " is not a PEM file")
	}
	return block.Bytes, nil
}
