/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows. Adding a key is adding a row here and its paragraph in docs/configuration.md. */
#include "keys.h"

#include <limits.h>

#include "reading.h"
#include "text.h"

#define TABLE(what_, rows) { .what = (what_), .key = (rows), .n = sizeof(rows) / sizeof(*(rows)) }

/* A list in struct config grows by one zeroed element. */
#define GROW(c, list) grown((void **)&(c)->list, &(c)->n_##list, sizeof(*(c)->list))

static void *grown(void **list, size_t *n, size_t size)
{
	char *element;

	*list = mem_grow(*list, *n + 1, size);
	element = (char *)*list + *n * size;
	for (size_t i = 0; i < size; i++)
		element[i] = 0;
	++*n;
	return element;
}

static void *add_link(struct config *c)
{
	struct config_link *link = GROW(c, links);

	link->description = mem_dup("");
	return link;
}

/* Taps stand inside their link, which is the newest one. */
static void *add_tap(struct config *c)
{
	struct config_tap *tap = GROW(c, taps);

	tap->link = (unsigned)c->n_links - 1;
	return tap;
}

static void *add_partner(struct config *c)
{
	struct config_partner *partner = GROW(c, partners);

	partner->description = mem_dup("");
	return partner;
}

static void *add_peering(struct config *c)
{
	return GROW(c, peerings);
}

static void *add_class(struct config *c)
{
	struct config_class *class = GROW(c, classes);

	class->via = -1;
	return class;
}

static void *add_cos(struct config *c)
{
	return GROW(c, cos);
}

static void *add_failover(struct config *c)
{
	struct config_failover *f = GROW(c, failovers);

	f->link = f->to = UINT_MAX; /* of no link, should they be mistaken */
	f->class = -1;
	return f;
}

static void *add_planned(struct config *c)
{
	struct config_planned *p = GROW(c, planned);

	p->reason = mem_dup("");
	return p;
}

/* Values. */
static const struct key_type name = {
	.what = "a name",
	.allowed = "1 to 32 of a-z, 0-9 and '-', the first not '-'",
	.parse = field_name,
};
static const struct key_type text = {
	.what = "a text",
	.allowed = "up to 1024 bytes",
	.parse = field_text,
};
static const struct key_type path = {
	.what = "a path",
	.allowed = "a file's path, absolute or from this file's folder",
	.parse = field_path,
};
static const struct key_type password_file = {
	.what = "a password file",
	.allowed = "a file's path, absolute or from this file's folder, or credential:NAME (systemd)",
	.parse = field_password_file,
};
static const struct key_type count = {
	.what = "a count",
	.allowed = "1 to 1000000000",
	.parse = field_count,
};
static const struct key_type age = {
	.what = "an age",
	.allowed = "whole hours or days such as 36h or 400d, up to 36500d",
	.parse = field_age,
};
static const struct key_type interval = {
	.what = "an interval",
	.allowed = "1s, 2s, 5s, 10s, 15s, 20s, 30s, 60s, 100s, 150s, 300s",
	.parse = field_interval,
};
static const struct key_type capacity = {
	.what = "a capacity",
	.allowed = "whole bit/s above 0, with a suffix k, M, G or T, such as 100G or 2.5G",
	.parse = field_capacity,
};
static const struct key_type place = {
	.what = "a place",
	.allowed = "a name of up to 64 bytes, or NAME @ X,Y with its position on the map, each 0 to 100",
	.parse = field_place,
};
static const struct key_type date = {
	.what = "a date",
	.allowed = "a day such as 2027-04-01",
	.parse = field_date,
};
static const struct key_type share = {
	.what = "a share",
	.allowed = "0.01% to 100%, with up to two decimals, such as 60%",
	.parse = field_share,
};
static const struct key_type sides = {
	.what = "a direction",
	.allowed = "ingress, egress, both",
	.parse = field_sides,
};
static const struct key_type asn = {
	.what = "an AS number",
	.allowed = "1 to 4294967295",
	.parse = field_asn,
};
static const struct key_type vlan = {
	.what = "a VLAN",
	.allowed = "an outer VID such as 100, outer and inner such as 100.20, or untagged; VIDs are 1 to 4094",
	.parse = field_vlan,
};
static const struct key_type mac = {
	.what = "a MAC",
	.allowed = "six pairs of hexadecimal digits such as \"02:00:5e:10:00:01\"",
	.parse = field_mac,
};
static const struct key_type direction = {
	.what = "a direction",
	.allowed = "ingress, egress, by-mac",
	.parse = field_direction,
};
static const struct key_type source = {
	.what = "a source",
	.allowed = SOURCE_ALLOWED,
	.parse = field_source,
};
static const struct key_type idle = {
	.what = "an idle mode",
	.allowed = "sleep, poll",
	.parse = field_idle,
};
static const struct key_type listen = {
	.what = "an address to listen on",
	.allowed = "ADDRESS:PORT or [IPV6]:PORT; beyond loopback with a token_file",
	.parse = field_listen,
};
static const struct key_type servers = {
	.shape = KEY_TEXTS,
	.what = "a server",
	.allowed = "HOST:PORT, [IPV6]:PORT, unix:/PATH or /PATH, each once, 1 to 64 of them",
	.parse = field_server,
	.least = 1,
};
static const struct key_type dscps = {
	.shape = KEY_TEXTS,
	.what = "a DSCP",
	.allowed = "0 to 63, each once, at least one",
	.parse = field_dscp,
	.least = 1,
	.check = check_dscp,
};
static const struct key_type cpus = {
	.shape = KEY_TEXTS,
	.what = "a CPU",
	.allowed = "0 to 1023, each once, up to 64 of them",
	.parse = field_cpu,
};
static const struct key_type buffers = {
	.what = "a number of buffers",
	.allowed = "2048 to 1048576",
	.parse = field_buffers,
};
static const struct key_type arguments = {
	.shape = KEY_TEXTS,
	.what = "an EAL argument",
	.allowed = "texts of 1 to 1024 bytes, up to 64 of them",
	.parse = field_argument,
};

/* References. */
static const struct key_type a_partner = { .shape = KEY_NAMED, .what = "partner", .list = LIST_PARTNER };
static const struct key_type a_link = { .shape = KEY_NAMED, .what = "link", .list = LIST_LINK };
static const struct key_type a_peering = { .shape = KEY_NAMED, .what = "peering", .list = LIST_PEERING };
static const struct key_type a_class = { .shape = KEY_NAMED, .what = "class", .list = LIST_CLASS };

/* Lists. */
static const struct key tap_keys[] = {
	{ "name", &name, offsetof(struct config_tap, name), true, NULL,
		"Unique among the taps of all links; --tap and transitctl intervals use it." },
	{ "source", &source, 0, true, NULL, "Where the frames come from." },
	{ "direction", &direction, offsetof(struct config_tap, direction), true, NULL,
		"What a frame's direction is: that of the tap, or by the partner's MAC." },
};
static const struct key_table tap_table = TABLE("a tap", tap_keys);
static const struct key_type taps = {
	.shape = KEY_MAPS, .what = "tap", .table = &tap_table, .list = LIST_TAP, .most = 1024, .add = add_tap,
	.check = check_tap
};

static const struct key link_keys[] = {
	{ "name", &name, offsetof(struct config_link, name), true, NULL, "Unique among links." },
	{ "description", &text, offsetof(struct config_link, description), false, "empty", "For people." },
	{ "capacity", &capacity, offsetof(struct config_link, capacity), false, "not stated",
		"What the link carries one way, for utilisation and bounds." },
	{ "from", &place, offsetof(struct config_link, from), false, "our network",
		"Our end on the map of the routes; X from the left, Y from the top." },
	{ "to", &place, offsetof(struct config_link, to), false, "the link's name",
		"The partners' end." },
	{ "taps", &taps, 0, false, "none", "The places where this meter sees the link's frames." },
};
static const struct key_table link_table = TABLE("a link", link_keys);
static const struct key_type links = {
	.shape = KEY_MAPS, .what = "link", .table = &link_table, .list = LIST_LINK, .most = 1024, .add = add_link
};

static const struct key partner_keys[] = {
	{ "name", &name, offsetof(struct config_partner, name), true, NULL, "Unique among partners." },
	{ "description", &text, offsetof(struct config_partner, description), false, "empty",
		"For people." },
	{ "asn", &asn, offsetof(struct config_partner, asn), false, "not stated",
		"The partner's AS number, for people and reports." },
};
static const struct key_table partner_table = TABLE("a partner", partner_keys);
static const struct key_type partners = {
	.shape = KEY_MAPS, .what = "partner", .table = &partner_table, .list = LIST_PARTNER, .most = 4096,
	.add = add_partner
};

static const struct key peering_keys[] = {
	{ "name", &name, offsetof(struct config_peering, name), true, NULL, "Unique among peerings." },
	{ "partner", &a_partner, offsetof(struct config_peering, partner), true, NULL, "Who settles." },
	{ "link", &a_link, offsetof(struct config_peering, link), true, NULL, "Where it is attached." },
	{ "vlan", &vlan, 0, false, "any tags", "Which tags its frames have." },
	{ "mac", &mac, 0, false, "any MAC",
		"The partner router's MAC; needed where a by-mac tap shall find the peering." },
};
static const struct key_table peering_table = TABLE("a peering", peering_keys);
static const struct key_type peerings = {
	.shape = KEY_MAPS, .what = "peering", .table = &peering_table, .list = LIST_PEERING, .most = 4096,
	.add = add_peering, .check = check_peering
};

static const char *const class_reserved[] = { CLASS_UNROUTED, CLASS_NON_IP, NULL };
static const struct key class_keys[] = {
	{ "name", &name, offsetof(struct config_class, name), true, NULL,
		"Unique among classes; not unrouted or non-ip." },
	{ "via", &a_peering, offsetof(struct config_class, via), false, "none",
		"The peering that carries this class on." },
};
static const struct key_table class_table = TABLE("a class", class_keys);
static const struct key_type classes = {
	.shape = KEY_MAPS, .what = "class", .table = &class_table, .list = LIST_CLASS, .most = 4096, .add = add_class,
	.reserved = class_reserved
};

static const char *const cos_reserved[] = { COS_DEFAULT, NULL };
static const struct key cos_keys[] = {
	{ "name", &name, offsetof(struct config_cos, name), true, NULL, "Unique among cos; not default." },
	{ "dscp", &dscps, offsetof(struct config_cos, dscp), true, NULL,
		"The DSCPs that belong to it; each belongs to one cos." },
};
static const struct key_table cos_table = TABLE("a cos", cos_keys);
static const struct key_type cos_list = {
	.shape = KEY_MAPS, .what = "cos", .table = &cos_table, .list = LIST_COS, .most = 64, .add = add_cos,
	.reserved = cos_reserved
};

static const struct key failover_keys[] = {
	{ "link", &a_link, offsetof(struct config_failover, link), true, NULL, "The link that is lost." },
	{ "to", &a_link, offsetof(struct config_failover, to), true, NULL, "The link that takes over." },
	{ "share", &share, offsetof(struct config_failover, share), true, NULL,
		"How much of the load, in each direction; those of a link add up to 100% at most." },
	{ "class", &a_class, offsetof(struct config_failover, class), false,
		"the classes without shares of their own", "Of which class." },
};
static const struct key_table failover_table = TABLE("a failover", failover_keys);
static const struct key_type failovers = {
	.shape = KEY_MAPS, .what = "failover", .table = &failover_table, .list = LIST_FAILOVER, .most = 4096,
	.add = add_failover, .check = check_failover
};

static const struct key planned_keys[] = {
	{ "link", &a_link, offsetof(struct config_planned, link), true, NULL, "The link that changes." },
	{ "date", &date, offsetof(struct config_planned, date), true, NULL, "The first day of the change, UTC." },
	{ "add", &capacity, offsetof(struct config_planned, rate[CHANGE_ADD]), false, "nothing",
		"Load that comes." },
	{ "remove", &capacity, offsetof(struct config_planned, rate[CHANGE_REMOVE]), false, "nothing",
		"Load that goes." },
	{ "capacity", &capacity, offsetof(struct config_planned, rate[CHANGE_CAPACITY]), false, "as it is",
		"What the link carries one way from then on." },
	{ "direction", &sides, offsetof(struct config_planned, sides), false, "both",
		"Of which direction the load is." },
	{ "reason", &text, offsetof(struct config_planned, reason), false, "empty", "For people." },
};
static const struct key_table planned_table = TABLE("a planned change", planned_keys);
static const struct key_type planned = {
	.shape = KEY_MAPS, .what = "planned change", .table = &planned_table, .list = LIST_PLANNED, .most = 4096,
	.add = add_planned, .check = check_planned
};

/* Maps with settings of the file itself. */
static const struct key tls_keys[] = {
	{ "ca", &path, offsetof(struct config, redis.ca), false, "the host's own store",
		"PEM file of the authorities that may vouch for the server." },
	{ "certificate", &path, offsetof(struct config, redis.certificate), false, "none",
		"PEM file of this meter's certificate and those between it and its authority." },
	{ "key", &path, offsetof(struct config, redis.key), false, "none", "PEM file of its key." },
	{ "name", &text, offsetof(struct config, redis.name), false, "the host in servers",
		"Whom the server's certificate must name." },
};
static const struct key_table tls_table = TABLE("tls", tls_keys);
static const struct key_type tls = {
	.shape = KEY_MAP, .what = "tls", .table = &tls_table, .check = check_tls
};

static const struct key redis_keys[] = {
	{ "servers", &servers, 0, true, NULL, "Where Redis listens; several: seeds of a Redis Cluster." },
	{ "user", &text, offsetof(struct config, redis.user), false, "Redis' user default",
		"The ACL user, with password_file." },
	{ "password_file", &password_file, offsetof(struct config, redis.password_file), false,
		"no password", "Its first line is the password; read at each connect." },
	{ "tls", &tls, 0, false, "plain", "TLS; {} for TLS without settings." },
	{ "stream_max", &count, offsetof(struct config, redis.stream_max), false, "100000",
		"How many intervals the stream keeps." },
	{ "stream_age", &age, offsetof(struct config, redis.stream_age), false, "400d",
		"How far back the stream goes, from its newest interval." },
	{ "usage_age", &age, offsetof(struct config, redis.usage_age), false, "400d",
		"How far back five-minute usage goes." },
};
static const struct key_table redis_table = TABLE("redis", redis_keys);
static const struct key_type redis = {
	.shape = KEY_MAP, .what = "redis", .table = &redis_table, .check = check_redis
};

static const struct key dpdk_keys[] = {
	{ "args", &arguments, 0, false, "none", "Further arguments of DPDK's EAL, one text each." },
	{ "buffers", &buffers, offsetof(struct config, dpdk_buffers), false, "as the ring needs",
		"Packet buffers of each queue, at least; some devices hold many (`infinite_rx`: the whole file)." },
};
static const struct key_table dpdk_table = TABLE("dpdk", dpdk_keys);
static const struct key_type dpdk = { .shape = KEY_MAP, .what = "dpdk", .table = &dpdk_table };

static const struct key metrics_keys[] = {
	{ "listen", &listen, offsetof(struct config, metrics.listen), false, "127.0.0.1:9469",
		"Where the running meter answers HTTP." },
	{ "token_file", &password_file, offsetof(struct config, metrics.token_file), false,
		"no token is asked for", "Lines NAME TOKEN, of which /metrics asks for one; read again when it changes." },
};
static const struct key_table metrics_table = TABLE("metrics", metrics_keys);
static const struct key_type metrics = {
	.shape = KEY_MAP, .what = "metrics", .table = &metrics_table, .check = check_metrics
};

static const struct key file_keys[] = {
	{ "meter", &name, offsetof(struct config, meter), true, NULL, "This meter's own name." },
	{ "interval", &interval, offsetof(struct config, interval), true, NULL,
		"The length of an interval, a divisor of five minutes." },
	{ "journal", &path, offsetof(struct config, journal), true, NULL,
		"The journal's file; made if it is not there." },
	{ "journal_age", &age, offsetof(struct config, journal_age), false, "400d",
		"How far back the journal goes; longer where Redis or an open statement needs it." },
	{ "contracts", &path, offsetof(struct config, contracts), false, "none",
		"The contracts file: the journal keeps what their periods need until they are closed." },
	{ "state", &path, offsetof(struct config, state), false, "a folder of its own in /dev/shm",
		"The folder of the counters that outlive the daemon, and of its control socket." },
	{ "prefixes", &path, offsetof(struct config, prefix_file), false, "none",
		"The prefix file; without one all IP traffic is unrouted." },
	{ "redis", &redis, 0, false, "the journal alone", "The projection into Redis." },
	{ "metrics", &metrics, 0, false, "none", "Figures of the running meter over HTTP; {} for all defaults." },
	{ "links", &links, 0, true, NULL, "Interconnection points; [] for none." },
	{ "partners", &partners, 0, false, "none", "The companies that settle." },
	{ "peerings", &peerings, 0, false, "none", "The partners' attachments to links." },
	{ "classes", &classes, 0, false, "none", "Where the far end of traffic may lie." },
	{ "cos", &cos_list, 0, false, "none", "Classes of service by DSCP." },
	{ "failover", &failovers, 0, false, "by the classes' via",
		"Where a link's load goes when it is lost, for transitctl capacity --without." },
	{ "planned", &planned, 0, false, "nothing", "What will change on links, for forecasts." },
	{ "workers", &cpus, 0, false, "one worker, not pinned", "The CPUs of the DPDK workers." },
	{ "redundant", &name, offsetof(struct config, redundant), false, "none",
		"A meter that watches the same taps: of the two, the better one counts in each bin." },
	{ "idle", &idle, offsetof(struct config, idle_sleep), false, "sleep",
		"What a worker without frames does: sleep for a moment, or poll on." },
	{ "dpdk", &dpdk, 0, false, "none", "Settings of DPDK." },
};
const struct key_table config_keys = TABLE("the file", file_keys);
