// Package engine provides the two programs that a deployment to the sandbox needs: the Pulumi CLI and
// the AWS provider plugin. Each is taken from the machine when it is there, else downloaded or built,
// and lands below the sandbox's own directories: nothing of the user's is touched.
package engine
