/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One value of the configuration from the text that was written. Each parser takes the text, its size
 * (no NUL inside) and where the result goes; that is untouched unless it returns 0. Pure functions.
 *
 * -EINVAL: not such a value. -EEXIST: a list has it already. -ENOSPC: a list is full.
 */
#ifndef CONTROL_FIELD_H
#define CONTROL_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int field_parse_fn(const char *text, size_t size, void *at);

field_parse_fn field_name;	  /* char[NAME_SIZE] */
field_parse_fn field_text;	  /* char *: allocated, replaces what was there */
field_parse_fn field_path;	  /* the same, not empty */
field_parse_fn field_interval;	  /* unsigned, seconds */
field_parse_fn field_capacity;	  /* uint64_t, bit/s */
field_parse_fn field_password_file; /* as field_path; or credential:NAME */
field_parse_fn field_count;	  /* uint64_t */
field_parse_fn field_age;	  /* int64_t, seconds */
field_parse_fn field_place;	  /* struct config_place, its name allocated */
field_parse_fn field_date;	  /* int64_t, Unix seconds of midnight UTC */
field_parse_fn field_share;	  /* uint32_t, hundredths of a per cent */
field_parse_fn field_sides;	  /* enum config_sides */
field_parse_fn field_asn;	  /* uint32_t */
field_parse_fn field_vlan;	  /* struct config_peering: vlan, outer, inner */
field_parse_fn field_mac;	  /* struct config_peering: has_mac, mac */
field_parse_fn field_direction;	  /* enum tap_direction */
field_parse_fn field_source;	  /* struct config_tap: kind, device */
field_parse_fn field_dscp;	  /* uint64_t: sets the bit */
field_parse_fn field_listen;	  /* as field_text: an IP address and a port */
field_parse_fn field_server;	  /* struct config: appends to servers */
field_parse_fn field_cpu;	  /* struct config: appends to worker_cpus */
field_parse_fn field_idle;	  /* bool: true for sleep */
field_parse_fn field_buffers;	  /* unsigned, packet buffers */
field_parse_fn field_argument;	  /* struct config: appends to dpdk_args */

/* What the parsers share. */
bool field_is_digit(char c);
char *field_copy(const char *text, size_t size); /* allocated, terminated */
/* The index of the word that equals the text, or -1. */
int field_one_of(const char *const *words, size_t n, const char *text, size_t size);
/* The size of `word` if the text begins with it, else 0. */
size_t field_begins(const char *text, size_t size, const char *word);
/* A whole number within bounds, without sign or leading zeros. */
bool field_number(
	const char *text, size_t size, uint64_t least, uint64_t most, uint64_t *out);

/* The DSCP that `text` says, 0..63, or -1. */
int field_dscp_number(const char *text, size_t size);

#endif
