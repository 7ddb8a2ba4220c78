/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the programs of meter.bpf.c read and write, apart from their logic. One instance of a program
 * belongs to one interface and one side of it; all instances of a meter share the maps.
 *
 *   settings, direct   constants of one instance, set between open and load: the verifier sees values
 *   view               the lookup tables of daemon/path/ as they are, in pages of 4 KiB
 *   banks              one entry: the bank that is counted in. Updating it waits (the kernel's promise for
 *                      maps in maps) until no program runs that may have read the old entry, which is at
 *                      rest then
 *
 * A bank is an array of 32-byte elements that user space has mapped: for each possible CPU, `stride`
 * elements: one struct bank_tap a tap, then one struct bank_slot a slot.
 *
 * Shared with daemon/path/tap_xdp*.c, which includes it for the structs alone.
 */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include <stdint.h>

#include "bank.h"
#include "match.h"

#define METER_PAGE	 4096u
#define METER_MAX_PROBES 32 /* of the hash table of peerings: user space spreads it until this holds */

union meter_cell {
	struct bank_tap tap;
	struct bank_slot slot;
};
_Static_assert(sizeof(union meter_cell) == 32, "the two halves of a bank are arrays of one element size");

/* Numbers of pages are counted from the view's first one. */
struct meter_settings {
	uint32_t tap;	    /* its number in the layout */
	uint32_t direction; /* enum view_direction */
	uint32_t consume;   /* drop what was counted */
	uint32_t sent;	    /* the program sees what the port sends */
	uint32_t frags;	    /* the kernel knows frames in several buffers (5.18) */
	uint32_t min_wire;  /* bytes to which the port pads what it sends; 0: it does not */

	uint32_t stride;    /* elements of one CPU */
	uint32_t slots;	    /* where slot 0 is among them */
	uint32_t n_taps, cells_per_side, n_cos; /* struct layout */

	uint32_t by24_4, base_4, block_4; /* struct lpm4, first pages */
	uint32_t root_6, table_6, node_6, deeper_6; /* struct lpm6 */

	uint32_t match_page, match_mask, n_shapes; /* struct match of the tap */
	uint8_t shape[MATCH_SHAPES];
	uint8_t cos[64];
};

#ifdef __bpf__
const volatile struct meter_settings settings;
const volatile uint32_t direct[MATCH_VIDS];

struct meter_page {
	uint8_t bytes[METER_PAGE];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct meter_page);
} view SEC(".maps");

/* Headers that do not lie in one piece are copied together here: memory of the running CPU, and not the
 * stack, which the verifier wants read at aligned places. */
struct meter_head {
	uint8_t bytes[128];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct meter_head);
} heads SEC(".maps");

struct meter_bank {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(uint32_t));
	__uint(value_size, sizeof(union meter_cell));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__array(values, struct meter_bank);
} banks SEC(".maps");
#endif

#endif
