/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever happens to Redis or to the daemon: the journal grows meanwhile, the reason is told, and
 * afterwards Redis equals the journal without anybody's help.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "redis_read.h"
#include "sink_fixture.h"

static int setup(void **state)
{
	static struct sink_fixture f;

	sink_fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	sink_fixture_close(*state);
	return 0;
}

/* Some intervals in Redis, the sink running. */
static struct sink_fixture *running(void **state, unsigned n)
{
	struct sink_fixture *f = *state;

	sink_fixture_append(f, n);
	sink_fixture_run(f);
	sink_fixture_level(f);
	return f;
}

/* The journal grew while nobody listened; now all of it is there. */
static void catches_up(struct sink_fixture *f)
{
	sink_fixture_level(f);
	sink_fixture_same(f);
	sink_fixture_append(f, 3);
	sink_fixture_level(f);
	sink_fixture_same(f);
}

static void redis_is_not_there_at_first(void **state)
{
	struct sink_fixture *f = *state;

	redis_fixture_stop(&f->redis);
	sink_fixture_append(f, 50);
	sink_fixture_run(f);
	sink_fixture_until(f, SINK_WAITING);
	sink_fixture_append(f, 50);
	assert_int_equal(sink_redis_drain(f->sink, f->base, 50), -ETIMEDOUT);
	redis_fixture_start(&f->redis, NULL);
	catches_up(f);
}

static void redis_dies_and_comes_back_empty(void **state)
{
	struct sink_fixture *f = running(state, 100);

	redis_fixture_stop(&f->redis);
	sink_fixture_append(f, 10);
	sink_fixture_until(f, SINK_WAITING);
	redis_fixture_start(&f->redis, NULL);
	catches_up(f);
}

static void redis_dies_while_it_is_being_filled(void **state)
{
	struct sink_fixture *f = *state;

	f->make.n_cells = 600;
	sink_fixture_append(f, 300);
	for (unsigned turns = 3; turns < 60; turns += 8) {
		sink_fixture_run(f);
		for (unsigned i = 0; i < turns; i++)
			event_base_loop(f->base, EVLOOP_ONCE);
		redis_fixture_stop(&f->redis);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		redis_fixture_start(&f->redis, NULL);
		sink_fixture_level(f);
		sink_fixture_halt(f);
		redis_fixture_do(&f->redis, "FLUSHALL", NULL);
	}
	sink_fixture_run(f);
	catches_up(f);
}

/* A replica that was behind its master and took over is a Redis that went back in time. */
static void acknowledged_writes_are_lost(void **state)
{
	struct sink_fixture *f = running(state, 33);
	char path[128];

	redis_fixture_do(&f->redis, "SAVE", NULL);
	sink_fixture_append(f, 64);
	sink_fixture_level(f);
	redis_fixture_stop(&f->redis);
	redis_fixture_start(&f->redis, NULL);
	assert_int_equal(redis_fixture_int(&f->redis, "HGET", "transit:{aktau-1}:cursor", "seq", NULL), 33);
	sink_fixture_append(f, 1);
	catches_up(f);
	snprintf(path, sizeof(path), "%s/dump.rdb", f->redis.dir);
	assert_int_equal(unlink(path), 0);
}

static void redis_is_wiped_while_connected(void **state)
{
	struct sink_fixture *f = running(state, 70);

	redis_fixture_do(&f->redis, "FLUSHALL", NULL);
	sink_fixture_append(f, 1);
	catches_up(f);
}

static void redis_is_wiped_between_steps_in_flight(void **state)
{
	struct sink_fixture *f = *state;

	f->make.n_cells = 600;
	sink_fixture_append(f, 200);
	sink_fixture_run(f);
	while (redis_fixture_int(&f->redis, "EXISTS", "transit:{aktau-1}:cursor", NULL) == 0)
		event_base_loop(f->base, EVLOOP_ONCE);
	redis_fixture_do(&f->redis, "FLUSHALL", NULL);
	catches_up(f);
}

static void scripts_are_forgotten(void **state)
{
	struct sink_fixture *f = running(state, 20);

	redis_fixture_do(&f->redis, "SCRIPT", "FLUSH", NULL);
	sink_fixture_append(f, 40);
	catches_up(f);
}

static void the_connection_is_killed(void **state)
{
	struct sink_fixture *f = running(state, 20);

	for (int i = 0; i < 5; i++) {
		redis_fixture_do(&f->redis, "CLIENT", "KILL", "TYPE", "normal", NULL);
		sink_fixture_append(f, 7);
		sink_fixture_level(f);
	}
	catches_up(f);
}

static void redis_is_frozen_for_a_while(void **state)
{
	struct sink_fixture *f = *state;

	f->options.reply_ms = f->options.connect_ms = 100;
	running(state, 20);
	redis_fixture_freeze(&f->redis);
	sink_fixture_append(f, 64);
	sink_fixture_until_reason(f, "no reply in time");
	sink_fixture_append(f, 64);
	sink_fixture_until(f, SINK_CONNECTING);
	sink_fixture_until(f, SINK_WAITING);
	redis_fixture_thaw(&f->redis);
	f->options.reply_ms = 0; /* the reader waits as long as it takes */
	catches_up(f);
}

static void redis_is_full(void **state)
{
	struct sink_fixture *f = running(state, 20);
	struct sink_status status;

	redis_fixture_do(&f->redis, "CONFIG", "SET", "maxmemory", "1mb", NULL);
	sink_fixture_append(f, 50);
	sink_fixture_until_reason(f, "OOM");
	sink_redis_status(f->sink, &status);
	assert_true(status.cursor >= 20 && status.head == 70);
	assert_int_equal(redis_fixture_int(&f->redis, "HGET", "transit:{aktau-1}:cursor", "seq", NULL),
		(long long)status.cursor);
	redis_fixture_do(&f->redis, "CONFIG", "SET", "maxmemory", "0", NULL);
	catches_up(f);
}

static void redis_becomes_a_replica(void **state)
{
	struct sink_fixture *f = running(state, 20);

	redis_fixture_do(&f->redis, "REPLICAOF", "127.0.0.1", "1", NULL);
	sink_fixture_append(f, 5);
	sink_fixture_until_reason(f, "READONLY");
	redis_fixture_do(&f->redis, "REPLICAOF", "NO", "ONE", NULL);
	catches_up(f);
}

static void redis_is_still_loading(void **state)
{
	static const char *const slow[] = { "--key-load-delay", "20000",
		"--loading-process-events-interval-bytes", "1024", NULL };
	static const char fill[] = "for i = 1, 50 do redis.call('SET', 'k' .. i, string.rep('x', 2000)) end";
	struct sink_fixture *f = running(state, 100);
	char path[128];

	redis_fixture_do(&f->redis, "EVAL", fill, "0", NULL);
	redis_fixture_do(&f->redis, "SAVE", NULL);
	redis_fixture_stop(&f->redis);
	sink_fixture_append(f, 10);
	redis_fixture_start(&f->redis, slow);
	sink_fixture_until_reason(f, "LOADING");
	catches_up(f);
	snprintf(path, sizeof(path), "%s/dump.rdb", f->redis.dir);
	assert_int_equal(unlink(path), 0);
}

static int open_socket(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(un.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void redis_is_busy_with_anothers_script(void **state)
{
	static const char endless[] = "*3\r\n$4\r\nEVAL\r\n$17\r\nwhile true do end\r\n$1\r\n0\r\n";
	struct sink_fixture *f = running(state, 20);
	int fd;

	redis_fixture_do(&f->redis, "CONFIG", "SET", "busy-reply-threshold", "10", NULL);
	fd = open_socket(f->redis.socket);
	assert_int_equal(write(fd, endless, sizeof(endless) - 1), sizeof(endless) - 1);
	sink_fixture_append(f, 20);
	sink_fixture_until_reason(f, "BUSY");
	redis_fixture_do(&f->redis, "SCRIPT", "KILL", NULL);
	close(fd);
	catches_up(f);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void the_password_is_wrong_and_then_right(void **state)
{
	struct sink_fixture *f = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/password", f->folder);
	f->options.user = "meter";
	f->options.password_file = path;
	redis_fixture_do(&f->redis, "ACL", "SETUSER", "meter", "on", ">open sesame", "~*", "+@all", NULL);
	sink_fixture_append(f, 20);
	sink_fixture_run(f);
	sink_fixture_until_reason(f, "password file");
	write_file(path, "wrong\n");
	sink_fixture_until_reason(f, "WRONGPASS");
	write_file(path, "open sesame\n");
	catches_up(f);
}

static void the_user_may_not_write(void **state)
{
	struct sink_fixture *f = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/password", f->folder);
	f->options.user = "meter";
	f->options.password_file = path;
	write_file(path, "open sesame");
	redis_fixture_do(&f->redis, "ACL", "SETUSER", "meter", "on", ">open sesame", "~*", "+@all",
		"-xadd", NULL);
	sink_fixture_append(f, 20);
	sink_fixture_run(f);
	sink_fixture_until_reason(f, "run th"); /* "can't run this command"; newer ones: "to run the 'xadd' command" */
	redis_fixture_do(&f->redis, "ACL", "SETUSER", "meter", "+xadd", NULL);
	catches_up(f);
}

static void a_key_has_anothers_type(void **state)
{
	struct sink_fixture *f = *state;

	redis_fixture_do(&f->redis, "SET", "transit:{aktau-1}:usage:1767225600", "mine", NULL);
	sink_fixture_append(f, 20);
	sink_fixture_run(f);
	sink_fixture_until_reason(f, "WRONGTYPE");
	redis_fixture_do(&f->redis, "DEL", "transit:{aktau-1}:usage:1767225600", NULL);
	catches_up(f);
}

static void the_first_of_two_servers_is_down(void **state)
{
	struct sink_fixture *f = *state;
	struct sink_server two[2] = { { "/nowhere/at/all", 0 }, f->server };

	f->options.servers = two;
	f->options.n_servers = 2;
	running(state, 20);
	catches_up(f);
}

static void what_listens_is_not_redis(void **state)
{
	static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	struct sink_fixture *f = *state;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sink_server other = { un.sun_path, 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/other", f->folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 1), 0);
	f->options.servers = &other;
	sink_fixture_run(f);
	sink_fixture_until(f, SINK_CONNECTING);
	client = accept(fd, NULL, NULL);
	assert_int_equal(write(client, answer, sizeof(answer) - 1), sizeof(answer) - 1);
	sink_fixture_until_reason(f, "does not speak the Redis protocol");
	close(client);
	close(fd);
}

/* --- kill -9 of the daemon --- */

/* In a process of its own: the sink for so many turns of the loop, then death; 0 if it was level before. */
static void child(struct sink_fixture *f, unsigned turns)
{
	struct cellbook *book = cellbook_new();
	struct event_base *base = event_base_new();
	struct sink_status status = { 0 };
	struct journal *journal;
	struct sink *sink;

	if (journal_open(f->path, JOURNAL_READ, "aktau-1", 10, book, &journal))
		_exit(9);
	sink = sink_redis_new(base, &f->options, journal);
	while (status.state != SINK_LEVEL) {
		if (!turns--)
			kill(getpid(), SIGKILL);
		event_base_loop(base, EVLOOP_ONCE);
		sink_redis_status(sink, &status);
	}
	_exit(0);
}

static bool killed_after(struct sink_fixture *f, unsigned turns)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		child(f, turns);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void complain(void *context, const char *what)
{
	(void)context;
	print_error("redis: %s\n", what);
}

static int same_chain(void *context, const struct interval *iv)
{
	struct digest *chain = context;

	*chain = iv->chain;
	return 0;
}

/* What is there is a whole beginning of the journal. */
static void is_a_beginning(struct sink_fixture *f)
{
	struct journal_range one = { 0 };
	struct redis_reader *r;
	struct journal_head head;
	struct digest chain = { { 0 } };

	if (redis_fixture_int(&f->redis, "EXISTS", "transit:{aktau-1}:cursor", NULL) == 0)
		return;
	assert_int_equal(redis_read_open(&f->options, f->book, &r), 0);
	assert_int_equal(redis_read_verify(r, complain, NULL), 0);
	redis_read_head(r, &head);
	one.first_seq = one.last_seq = head.seq;
	assert_int_equal(journal_walk(f->journal, &one, same_chain, &chain), 0);
	assert_memory_equal(&chain, &head.chain, sizeof(chain));
	redis_read_close(r);
}

static void the_daemon_is_killed_at_any_moment(void **state)
{
	struct sink_fixture *f = *state;
	unsigned turns = 0;
	bool killed;

	f->make.n_cells = 200;
	sink_fixture_append(f, 150);
	do {
		redis_fixture_do(&f->redis, "FLUSHALL", NULL);
		killed = killed_after(f, turns++);
		is_a_beginning(f);
		while (killed_after(f, 1000 + turns))
			;
		sink_fixture_same(f);
	} while (killed);
	assert_true(turns > 8); /* it was killed in many places */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(redis_is_not_there_at_first),
		TEST(redis_dies_and_comes_back_empty),
		TEST(redis_dies_while_it_is_being_filled),
		TEST(acknowledged_writes_are_lost),
		TEST(redis_is_wiped_while_connected),
		TEST(redis_is_wiped_between_steps_in_flight),
		TEST(scripts_are_forgotten),
		TEST(the_connection_is_killed),
		TEST(redis_is_frozen_for_a_while),
		TEST(redis_is_full),
		TEST(redis_becomes_a_replica),
		TEST(redis_is_still_loading),
		TEST(redis_is_busy_with_anothers_script),
		TEST(the_password_is_wrong_and_then_right),
		TEST(the_user_may_not_write),
		TEST(a_key_has_anothers_type),
		TEST(the_first_of_two_servers_is_down),
		TEST(what_listens_is_not_redis),
		TEST(the_daemon_is_killed_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
