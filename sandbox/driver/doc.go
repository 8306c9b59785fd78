// Package driver holds the commands of the sandbox: up, preview, refresh, down, status, send, logs, env
// and serve. It checks the machine, builds what is missing, runs the background server, and hands the
// program itself to the deploy command, which is built apart because it takes minutes to compile.
package driver
