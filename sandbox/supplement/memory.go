package supplement

import "sync"

// memory keeps what moto drops, by a resource's name. It is safe for concurrent
// use.
type memory[T any] struct {
	mu   sync.Mutex
	kept map[string]T
}

func newMemory[T any]() *memory[T] { return &memory[T]{kept: map[string]T{}} }

func (m *memory[T]) put(key string, v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[key] = v
}

func (m *memory[T]) get(key string) (T, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.kept[key]
	return v, ok
}

func (m *memory[T]) drop(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, key)
}
