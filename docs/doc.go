// Package docs holds the project's documents. Its tests see to it that links lead somewhere, that the languages of a
// document say the same, and that Korean terms are those of the glossary.
package docs
