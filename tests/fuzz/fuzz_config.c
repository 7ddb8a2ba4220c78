/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a configuration: refused with good messages, or a struct config that may be relied on. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "said.h"

static char folder[] = "/tmp/transitd-fuzz-XXXXXX";
static char path[sizeof(folder) + 8];

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

/* The file that the production entry opens: in memory, and seen by a link that is alone in a folder, so that
 * `prefixes` can name nothing else there. */
static const char *input_file(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char target[32];

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		FUZZ_CHECK(fd >= 0 && mkdtemp(folder));
		snprintf(path, sizeof(path), "%s/a.yaml", folder);
		snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
		FUZZ_CHECK(symlink(target, path) == 0);
		atexit(remove_folder);
	}
	FUZZ_CHECK(ftruncate(fd, 0) == 0);
	FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	return path;
}

static void check_name(const char *name)
{
	size_t size = strlen(name);

	FUZZ_CHECK(size > 0 && size < NAME_SIZE && name[0] != '-');
	FUZZ_CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == size);
}

static void check_peerings(const struct config *c)
{
	for (size_t i = 0; i < c->n_peerings; i++) {
		const struct config_peering *p = &c->peerings[i];

		check_name(p->name);
		FUZZ_CHECK(p->partner < c->n_partners && p->link < c->n_links);
		if (p->vlan == VLAN_OUTER || p->vlan == VLAN_OUTER_INNER)
			FUZZ_CHECK(p->outer >= 1 && p->outer <= 4094);
		if (p->vlan == VLAN_OUTER_INNER)
			FUZZ_CHECK(p->inner >= 1 && p->inner <= 4094);
	}
}

static void check_lists(const struct config *c)
{
	uint64_t dscps = 0;

	for (size_t i = 0; i < c->n_taps; i++) {
		check_name(c->taps[i].name);
		FUZZ_CHECK(c->taps[i].link < c->n_links && *c->taps[i].device && c->taps[i].line);
	}
	for (size_t i = 0; i < c->n_classes; i++) {
		check_name(c->classes[i].name);
		FUZZ_CHECK(c->classes[i].via >= -1 && c->classes[i].via < (int)c->n_peerings);
		FUZZ_CHECK(strcmp(c->classes[i].name, CLASS_UNROUTED) && strcmp(c->classes[i].name, CLASS_NON_IP));
	}
	for (size_t i = 0; i < c->n_cos; i++) {
		FUZZ_CHECK(c->cos[i].dscp && !(dscps & c->cos[i].dscp));
		dscps |= c->cos[i].dscp;
	}
	for (size_t i = 0; i < c->n_servers; i++)
		FUZZ_CHECK(c->servers[i].port ? *c->servers[i].host : c->servers[i].host[0] == '/');
}

static void check_config(const struct config *c)
{
	check_name(c->meter);
	FUZZ_CHECK(c->interval && 300 % c->interval == 0);
	FUZZ_CHECK(c->journal && c->journal[0] == '/');
	check_peerings(c);
	check_lists(c);
	FUZZ_CHECK(!strncmp(c->canonical, "transitd-configuration 1\nmeter ", 31));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config_override tap = { "tap=pcap:x" };
	const char *file = input_file(data, size);
	const struct config *c = NULL;
	struct said said;
	int err;

	said_open(&said);
	err = config_load(file, NULL, 0, &said.d, &c);
	FUZZ_CHECK(err == (said.d.count ? -EINVAL : 0) && !err == !!c);
	said_check(&said, "/"); /* the file, or the prefix file that it names */
	if (c)
		check_config(c);
	config_free(c);

	/* And with a source from the command line, whose messages have another beginning. */
	c = NULL;
	said_open(&said);
	if (!config_load(file, &tap, 1, &said.d, &c))
		check_config(c);
	said_check(&said, "");
	config_free(c);
	return 0;
}
