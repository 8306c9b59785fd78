// Package proof proves the rules of imagebuilder on a machine without EC2: `make image-test` runs the rendered
// component documents in a Debian tree under systemd-nspawn, with a network of its own.
//
// Debian stands in for Amazon Linux because both have the parts that the rules are about: systemd, OpenSSH, PAM, sudo,
// rsyslog, auditd, AIDE, chrony. standin/ has the two commands that differ, dnf and rpm, as thin translations to apt
// and dpkg. violate/ brings the tree out of each rule's state before, and repair/ puts right what a rule only checks.
//
// What it shows: each check fails before, and says what violate/ did, and passes after, on the booted system; a rule
// changes nothing but the files at its head; a second run changes nothing; rules that are off leave their files alone;
// sshd accepts a key and nothing else; AIDE finds a changed file until it is accepted. What only an instance can show
// is named by [imagebuilder.ProofInstance] and in the report's method section.
package proof
