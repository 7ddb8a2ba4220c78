/* SPDX-License-Identifier: BSD-3-Clause */
#include "state.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "log.h"
#include "text.h"

/* The journal need not exist yet; its folder does, or the journal cannot be opened either. */
static void add_real_path(struct text *t, const char *path)
{
	char *for_folder = mem_dup(path), *for_name = mem_dup(path);
	char *real = realpath(dirname(for_folder), NULL);

	text_printf(t, "%s/%s", real ? real : "", basename(for_name));
	free(real);
	free(for_folder);
	free(for_name);
}

char *state_folder(const struct config *c)
{
	struct text real = { 0 }, folder = { 0 };
	char hex[DIGEST_HEX_SIZE];
	struct digest d;

	if (c->state)
		return mem_dup(c->state);
	add_real_path(&real, c->journal);
	d = digest_of(&(struct digest_piece){ real.data, real.size }, 1);
	text_printf(&folder, "/dev/shm/transitd-%s-%.12s", c->meter, digest_hex(hex, &d));
	text_free(&real);
	return folder.data;
}

int state_make(const char *folder)
{
	struct stat st;

	if (mkdir(folder, 0750) && errno != EEXIST) {
		log_error("state folder %s: %s", folder, strerror(errno));
		return -errno;
	}
	if (lstat(folder, &st) || !S_ISDIR(st.st_mode)) {
		log_error("state folder %s: not a folder", folder);
		return -ENOTDIR;
	}
	return 0;
}

void state_remove(const char *folder)
{
	if (rmdir(folder) && errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
		log_warn("state folder %s: %s", folder, strerror(errno));
}
