package args

// Usage is printed by `localcluster help`.
const Usage = `localcluster: a real Kubernetes on one Linux machine

  localcluster up [--nodes K] [--label NODE:k=v]... [--taint NODE:k=v:Effect]...
                  [--kubelet-log-max-size [NODE:]SIZE]...
                                    begin a container's next log file at SIZE (10Mi)
  localcluster down                 remove the cluster and everything it made
  localcluster status               what runs and what does not
  localcluster kubeconfig           print the path of the kubeconfig
  localcluster load IMAGE.tar...    put images on every node
  localcluster kubectl -- ARGS...   kubectl, on this cluster

  localcluster node stop NODE       let it die at once; its disk and its Node object stay
  localcluster node start NODE      bring it back as after a reboot, wait until it is Ready
  localcluster node cut NODE        take it off the network; what runs on it goes on
  localcluster node join NODE       put it back on the network, wait until it is Ready
  localcluster apiserver stop [--kill]   end the API server, with SIGTERM (SIGKILL after
                                    5 s) or with SIGKILL at once
  localcluster apiserver start      start it again, wait until it is ready
  localcluster kubelet restart NODE kill a node's kubelet and start it, wait until it is healthy

  --name N   which cluster (a-z, 0-9, -; at most 20), on every command; default "dev"

The nodes are called node-1, node-2, ... A second up repairs what is broken, starts what was stopped,
joins what was cut, adds nodes, and puts labels and taints right. What is so already is said and no
error. Needs root.
Exit codes: 0 done; 1 it failed, or status found something not running that nobody stopped; 2 wrong
usage.
`
