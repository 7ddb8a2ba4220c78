/* SPDX-License-Identifier: BSD-3-Clause */
/* What the programs' mains return (contract section 5). */
#ifndef BASE_EXIT_H
#define BASE_EXIT_H

enum exit_status {
	EXIT_DONE = 0,
	EXIT_NOT_DONE = 1,  /* it could not be done; the reason is on standard error */
	EXIT_BAD_INPUT = 2, /* the command line, configuration or input is wrong */
};

#endif
