/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "redis_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS	   64
#define START_TRIES 1000 /* of 10 ms */

void redis_fixture_open(struct redis_fixture *f)
{
	*f = (struct redis_fixture){ .dir = "/tmp/transitd-redis-XXXXXX" };
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->socket, sizeof(f->socket), "%s/s", f->dir);
}

void redis_fixture_close(struct redis_fixture *f)
{
	char path[128];

	redis_fixture_stop(f);
	unlink(f->socket);
	snprintf(path, sizeof(path), "%s/log", f->dir);
	unlink(path);
	assert_int_equal(rmdir(f->dir), 0);
}

uint16_t redis_fixture_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	close(fd);
	return ntohs(in.sin_port);
}

static void run(struct redis_fixture *f, const char *const *arguments)
{
	char port[8], path[128];
	const char *argv[WORDS] = { "redis-server", "--port", port, "--bind", "127.0.0.1",
		"--unixsocket", f->socket, "--dir", f->dir, "--save", "", "--appendonly", "no" };
	int n = 13, log;

	snprintf(port, sizeof(port), "%u", (unsigned)f->port);
	snprintf(path, sizeof(path), "%s/log", f->dir);
	for (; arguments && *arguments && n < WORDS - 1; arguments++)
		argv[n++] = *arguments;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (getenv("REDIS_SERVER")) /* another server of that kind: Valkey */
		argv[0] = getenv("REDIS_SERVER");
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static void pause_10ms(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
}

static bool answers(struct redis_fixture *f)
{
	redisContext *c = redisConnectUnix(f->socket);
	redisReply *r = c && !c->err ? redisCommand(c, "PING") : NULL;
	bool yes = r != NULL;

	if (r)
		freeReplyObject(r);
	if (c)
		redisFree(c);
	return yes;
}

void redis_fixture_start(struct redis_fixture *f, const char *const *arguments)
{
	assert_int_equal(f->pid, 0);
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (!f->pid)
		run(f, arguments);
	for (int i = 0; i < START_TRIES; i++) {
		if (answers(f))
			return;
		assert_int_equal(waitpid(f->pid, NULL, WNOHANG), 0); /* it ended: see its log */
		pause_10ms();
	}
	fail_msg("redis-server does not answer");
}

void redis_fixture_stop(struct redis_fixture *f)
{
	if (!f->pid)
		return;
	kill(f->pid, SIGKILL);
	assert_int_equal(waitpid(f->pid, NULL, 0), f->pid);
	f->pid = 0;
}

void redis_fixture_freeze(struct redis_fixture *f)
{
	assert_int_equal(kill(f->pid, SIGSTOP), 0);
}

void redis_fixture_thaw(struct redis_fixture *f)
{
	assert_int_equal(kill(f->pid, SIGCONT), 0);
}

static redisReply *ask(struct redis_fixture *f, va_list ap)
{
	redisContext *c = redisConnectUnix(f->socket);
	const char *word[WORDS];
	redisReply *r;
	int n = 0;

	while ((word[n] = va_arg(ap, const char *)))
		n++;
	assert_non_null(c);
	assert_int_equal(c->err, 0);
	r = redisCommandArgv(c, n, word, NULL);
	assert_non_null(r);
	redisFree(c);
	return r;
}

struct redisReply *redis_fixture_ask(struct redis_fixture *f, ...)
{
	redisReply *r;
	va_list ap;

	va_start(ap, f);
	r = ask(f, ap);
	va_end(ap);
	return r;
}

void redis_fixture_do(struct redis_fixture *f, ...)
{
	redisReply *r;
	va_list ap;

	va_start(ap, f);
	r = ask(f, ap);
	va_end(ap);
	if (r->type == REDIS_REPLY_ERROR)
		fail_msg("%s", r->str);
	freeReplyObject(r);
}

long long redis_fixture_int(struct redis_fixture *f, ...)
{
	redisReply *r;
	long long n;
	va_list ap;

	va_start(ap, f);
	r = ask(f, ap);
	va_end(ap);
	if (r->type == REDIS_REPLY_ERROR)
		fail_msg("%s", r->str);
	n = r->type == REDIS_REPLY_INTEGER ? r->integer : r->str ? atoll(r->str) : -1;
	freeReplyObject(r);
	return n;
}
