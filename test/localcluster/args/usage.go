package args

// Usage is printed by `localcluster help`.
const Usage = `localcluster: a real Kubernetes on one Linux machine

  localcluster up [--nodes K] [--label NODE:k=v]... [--taint NODE:k=v:Effect]...
  localcluster down                 remove the cluster and everything it made
  localcluster status               what runs and what does not
  localcluster kubeconfig           print the path of the kubeconfig
  localcluster load IMAGE.tar...    put images on every node
  localcluster kubectl -- ARGS...   kubectl, on this cluster

  --name N   which cluster (a-z, 0-9, -; at most 20), on every command; default "dev"

The nodes are called node-1, node-2, ... A second up repairs what is broken, adds nodes, and puts
labels and taints right. Needs root.
Exit codes: 0 done; 1 it failed, or status found something not running; 2 wrong usage.
`
