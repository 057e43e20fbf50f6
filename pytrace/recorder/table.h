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

// Returns the entry of a key, NULL if there is none. a is never 0.
static inline Entry *table_find(const Table *t, uint64_t a, uint64_t b) {
	if (t->size == 0)
		return NULL;
	for (uint64_t i = table_hash(a, b);; i++) {
		Entry *e = &t->entries[i & (t->size - 1)];
		if (e->a == a && e->b == b)
			return e;
		if (e->a == 0)
			return NULL;
	}
}

// Gets the value of a key, and answers whether there is one.
static inline bool table_get(const Table *t, uint64_t a, uint64_t b, uint64_t *value) {
	Entry *e = table_find(t, a, b);
	if (e != NULL)
		*value = e->value;
	return e != NULL;
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

static inline bool table_grow(Table *t) {
	uint64_t size = t->size ? t->size * 2 : 256;
	Entry *entries = PyMem_RawRealloc(NULL, size * sizeof(Entry));
	if (entries == NULL)
		return false;
	for (uint64_t i = 0; i < size; i++)
		entries[i] = (Entry){0, 0, 0};
	Table old = *t;
	*t = (Table){entries, size, old.used};
	for (uint64_t i = 0; i < old.size; i++)
		if (old.entries[i].a != 0)
			table_place(t, old.entries[i].a, old.entries[i].b, old.entries[i].value);
	PyMem_RawFree(old.entries);
	return true;
}

// Sets the value of a key. It does nothing if there is no room: what is not in a table
// is found in another way, or not recorded.
static inline void table_set(Table *t, uint64_t a, uint64_t b, uint64_t value) {
	Entry *e = table_find(t, a, b);
	if (e != NULL) {
		e->value = value;
	} else if (t->used * 2 < t->size || table_grow(t)) {
		table_place(t, a, b, value);
		t->used++;
	}
}

// Sets the value of a key in a table that may forget: when it holds very much it does.
static inline void table_remember(Table *t, uint64_t a, uint64_t b, uint64_t value) {
	if (t->used >= 1 << 18)
		table_clear(t);
	table_set(t, a, b, value);
}

// Takes a key out, and answers whether it was there.
static inline bool table_take(Table *t, uint64_t a, uint64_t b, uint64_t *value) {
	Entry *e = table_find(t, a, b);
	if (e == NULL)
		return false;
	*value = e->value;
	// What lies behind moves up, if its place is not between the gap and where it is.
	uint64_t mask = t->size - 1, gap = (uint64_t)(e - t->entries);
	for (uint64_t i = gap + 1; t->entries[i & mask].a != 0; i++) {
		uint64_t home = table_hash(t->entries[i & mask].a, t->entries[i & mask].b);
		if (((i - home) & mask) >= ((i - gap) & mask)) {
			t->entries[gap & mask] = t->entries[i & mask];
			gap = i;
		}
	}
	t->entries[gap & mask].a = 0;
	t->used--;
	return true;
}

#endif
