/* SPDX-License-Identifier: BSD-3-Clause */
/* transitctl detach: takes off what a meter that does not run any more has left in the kernel. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "control_commands.h"
#include "log.h"
#include "options.h"
#include "xdp_pins.h"

/* The number of programs that were pinned, which are gone then, or -errno (logged). */
static int detach(const char *meter)
{
	char path[XDP_PINS_SIZE];
	int n = xdp_pins_folder(path, meter), hold;

	if (n)
		return n;
	if (access(path, F_OK))
		return 0;
	hold = xdp_pins_hold(path);
	if (hold == -EWOULDBLOCK) {
		log_error("meter %s runs, and detaches by itself when it is stopped; nothing was changed", meter);
		return hold;
	}
	n = hold < 0 ? hold : xdp_pins_remove(path);
	if (hold >= 0)
		close(hold);
	if (n < 0)
		log_error("bpf: unpinning meter %s: %s", meter, strerror(-n));
	return n;
}

enum exit_status detach_run(const struct ask *ask)
{
	const char *meter = ask->config->meter;
	int n;

	if (ask->options->format == FORMAT_CSV) {
		log_error("detach takes no --format csv; allowed: text, json");
		return EXIT_BAD_INPUT;
	}
	n = detach(meter);
	if (n < 0)
		return EXIT_NOT_DONE;
	if (ask->options->format == FORMAT_JSON)
		fprintf(ask->out, "{\"meter\":\"%s\",\"detached\":%d}\n", meter, n);
	else
		fprintf(ask->out, "meter %s: %d programs detached\n", meter, n);
	return command_written(format_flush(ask->out));
}
