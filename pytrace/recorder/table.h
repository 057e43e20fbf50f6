// SPDX-License-Identifier: Apache-2.0
//
// A hash table from two words to one. Its lookups are inlined into the callbacks.

#ifndef CURTAIN_TABLE_H
#define CURTAIN_TABLE_H

#include <stdbool.h>

#include "python.h"

typedef struct {
	uint64_t a, b; // a is 0 where the slot is free
	uint64_t value;
} Entry;

typedef struct {
	Entry *entries;
	uint64_t size, used; // size is 0 or a power of two
} Table;

static inline uint64_t table_hash(uint64_t a, uint64_t b) {
	uint64_t h = (a ^ b * 0x9E3779B97F4A7C15u) * 0xD6E8FEB86659FD93u;
	return h ^ h >> 32;
}

// Gets the value of a key, and answers whether there is one. a is never 0.
static inline bool table_get(const Table *t, uint64_t a, uint64_t b, uint64_t *value) {
	if (t->size == 0)
		return false;
	for (uint64_t i = table_hash(a, b);; i++) {
		Entry *e = &t->entries[i & (t->size - 1)];
		if (e->a == a && e->b == b) {
			*value = e->value;
			return true;
		}
		if (e->a == 0)
			return false;
	}
}

static inline void table_clear(Table *t) {
	PyMem_RawFree(t->entries);
	*t = (Table){0};
}

static inline void table_place(Table *t, uint64_t a, uint64_t b, uint64_t value) {
	uint64_t i = table_hash(a, b);
	while (t->entries[i & (t->size - 1)].a != 0)
		i++;
	t->entries[i & (t->size - 1)] = (Entry){a, b, value};
}

// Sets a key that is not there. It is only a memory of what can be found again: when
// there is no room it does nothing, and when there are very many it forgets the others.
static inline void table_add(Table *t, uint64_t a, uint64_t b, uint64_t value) {
	enum { MOST = 1 << 18 };
	if (t->used >= MOST)
		table_clear(t);
	if (t->used * 2 >= t->size) {
		uint64_t size = t->size ? t->size * 2 : 256;
		Entry *entries = PyMem_RawRealloc(NULL, size * sizeof(Entry));
		if (entries == NULL)
			return;
		for (uint64_t i = 0; i < size; i++)
			entries[i] = (Entry){0, 0, 0};
		Table old = *t;
		*t = (Table){entries, size, old.used};
		for (uint64_t i = 0; i < old.size; i++)
			if (old.entries[i].a != 0)
				table_place(t, old.entries[i].a, old.entries[i].b, old.entries[i].value);
		PyMem_RawFree(old.entries);
	}
	table_place(t, a, b, value);
	t->used++;
}

#endif
