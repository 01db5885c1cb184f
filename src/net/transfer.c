#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/net_internal.h"
#include "net/transfer_internal.h"
#include "net/url.h"

#define CONNECT_TIMEOUT_S 10L
#define RANGE_BUFFER      (256L * 1024) /* bytes; libcurl keeps it with each idle handle */
#define CALL_BUFFER       (16L * 1024)
#define REDIRECTS_MAX     3L

/* A connection is there, with TLS and a proxy's tunnel; the request is sent next. */
static int on_curl_connected(void *arg, char *ip, char *local_ip, int port, int local_port)
{
    struct transfer *transfer = arg;

    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    transfer->is_connected = 1;
    return CURL_PREREQFUNC_OK;
}

/* A redirect that libcurl will follow is not the final answer; with a key none is followed. */
static int is_final(const struct transfer *transfer)
{
    int status = transfer->response.status;

    return transfer->api_key || status < 300 || status > 399 || status == 304;
}

static size_t on_curl_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * n;

    transfer->last_byte = clock_ms();
    response_add_line(&transfer->response, bytes, len);
    if (!is_final(transfer))
        transfer->is_connected = 0; /* it goes to another place */
    return len;
}

static int deliver_headers(struct transfer *transfer)
{
    if (transfer->headers_done)
        return 0;
    transfer->headers_done = 1;
    return transfer->on_headers(transfer);
}

static size_t on_curl_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct transfer *transfer = arg;
    size_t len = size * n;

    transfer->last_byte = clock_ms();
    if (!is_final(transfer))
        return len;
    if (!transfer->error)
        transfer->error = deliver_headers(transfer);
    if (!transfer->error)
        transfer->error = transfer->on_body(transfer, (const uint8_t *)bytes, len);
    return transfer->error ? CURL_WRITEFUNC_ERROR : len;
}

static int append_header(struct transfer *transfer, const char *name, const char *value)
{
    char line[ETAG_MAX + 4096];
    struct curl_slist *list;
    int n = snprintf(line, sizeof(line), "%s: %s", name, value);

    if (n < 0 || (size_t)n >= sizeof(line))
        return -EINVAL;
    list = curl_slist_append(transfer->headers, line);
    if (!list)
        return -ENOMEM;
    transfer->headers = list;
    return 0;
}

static int set_headers(struct transfer *transfer)
{
    int rc = 0;

    if (transfer->api_key)
        rc = append_header(transfer, "X-API-Key", transfer->api_key);
    if (!rc && transfer->if_match)
        rc = append_header(transfer, "If-Match", transfer->if_match);
    if (!rc && !transfer->range)
        rc = append_header(transfer, "Accept", "application/json");
    if (!rc && transfer->post_body)
        rc = append_header(transfer, "Content-Type", "application/json");
    return rc;
}

/* The time left for all of the transfer, as libcurl takes it: 0 is no limit. */
static long time_left(const struct transfer *transfer)
{
    int64_t left = transfer->timeout_ms - (clock_ms() - transfer->asked_at);

    if (!transfer->timeout_ms)
        return 0;
    return left > 1 ? (long)left : 1;
}

/* libcurl copies texts, which can fail. A request without one of them would be another request, so
 * none is sent then. */
static int set_texts(struct net *net, struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const char *schemes = strncmp(transfer->url, "https:", 6) == 0 ? "https" : "http,https";

    if (curl_easy_setopt(easy, CURLOPT_URL, transfer->url) ||
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") ||
        curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, schemes) ||
        curl_easy_setopt(easy, CURLOPT_USERAGENT, net->config.user_agent) ||
        trust_set(&net->trust, easy) ||
        (transfer->range && curl_easy_setopt(easy, CURLOPT_RANGE, transfer->range)))
        return -ENOMEM;
    return 0;
}

static void set_options(struct transfer *transfer)
{
    CURL *easy = transfer->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* A name server that does not answer must not hold the net thread: the resolver is not
     * joined. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_curl_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_curl_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_curl_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->details);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, transfer->range ? RANGE_BUFFER : CALL_BUFFER);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    if (transfer->resolve_again)
        curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     (long)(transfer->range ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    if (transfer->is_post) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        const char *body = transfer->post_body ? transfer->post_body : "";

        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    }
    /* libcurl hands custom headers to whatever host it is redirected to: never with a key. */
    if (!transfer->api_key) {
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(easy, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    }
}

static void release_easy(struct net *net, CURL *easy)
{
    if (!easy)
        return;
    curl_easy_reset(easy);
    if (net->pool_len < EASY_POOL)
        net->pool[net->pool_len++] = easy;
    else
        curl_easy_cleanup(easy);
}

static struct lane *lane_of(const struct transfer *transfer)
{
    return &transfer->net->lanes[transfer->range ? LANE_RANGES : LANE_CALLS];
}

/* Takes the URL from libcurl's copy, as the owner's can be gone. */
static void log_finished(const struct transfer *transfer, int error)
{
    char *url = NULL, shown[512];
    curl_off_t bytes = 0;
    long connections = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
    curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connections);
    url_for_log(url ? url : "", shown, sizeof(shown));
    log_write_debug(LOG_NET, "%s '%s'%s%s: %d, %s%s%" PRId64 " bytes in %" PRId64 " ms%s",
                    transfer->is_post ? "POST" : "GET", shown, transfer->range ? " " : "",
                    transfer->range ? transfer->range : "", transfer->response.status,
                    error ? strerror(-error) : "", error ? ", " : "", (int64_t)bytes,
                    clock_ms() - transfer->asked_at, connections ? ", a new connection" : "");
}

static void transfer_finish(struct transfer *transfer, int error)
{
    struct net *net = transfer->net;

    timer_cancel(&transfer->stall);
    if (transfer->is_running) {
        list_del(&transfer->link);
        lane_ended(lane_of(transfer), transfer->group);
    } else {
        lane_dequeue(transfer->group, &transfer->link);
    }
    transfer->is_running = 0;
    if (log_debugs(LOG_NET) && transfer->easy)
        log_finished(transfer, error);
    release_easy(net, transfer->easy);
    curl_slist_free_all(transfer->headers);
    transfer->easy = NULL;
    transfer->headers = NULL;
    transfer->on_done(transfer, error);
}

static void transfer_abort(struct transfer *transfer, int error)
{
    if (transfer->is_running)
        curl_multi_remove_handle(transfer->net->multi, transfer->easy);
    transfer_finish(transfer, error);
}

/* Fills in `failure` and `why` for this CURLcode, and returns the errno. */
static int transfer_describe_failure(struct transfer *transfer, int code)
{
    struct failure failure = {.easy = transfer->easy,
                              .code = code,
                              .is_connected = transfer->is_connected,
                              .details = transfer->details,
                              .seconds = (double)(clock_ms() - transfer->asked_at) / 1000};

    transfer->failure = failure_kind(&failure);
    failure_describe(&failure, transfer->why, sizeof(transfer->why));
    return failure_errno(&failure);
}

static unsigned quiet_seconds(const struct transfer *transfer)
{
    unsigned usual = transfer->net->config.stall_seconds;

    return transfer->quiet_s > usual ? transfer->quiet_s : usual;
}

static void on_stall(struct timer *timer)
{
    struct transfer *transfer = container_of(timer, struct transfer, stall);
    int64_t limit = (int64_t)quiet_seconds(transfer) * 1000;
    int64_t quiet = clock_ms() - transfer->last_byte;

    if (transfer->is_running && quiet < limit && !net_is_stopping(transfer->net)) {
        net_set_timer(transfer->net, timer, limit - quiet);
        return;
    }
    if (transfer->is_running && transfer->is_connected) {
        transfer->failure = FAILURE_BROKEN;
        snprintf(transfer->why, sizeof(transfer->why), "nothing came for %u s",
                 quiet_seconds(transfer));
    } else if (transfer->is_running) {
        transfer_describe_failure(transfer, CURLE_OPERATION_TIMEDOUT);
    } else {
        snprintf(transfer->why, sizeof(transfer->why), "too many other requests were in flight");
    }
    transfer_abort(transfer, net_is_stopping(transfer->net) ? -ECANCELED : -ETIMEDOUT);
}

/* Makes the handle, with copies of what is borrowed. */
static int transfer_prepare(struct net *net, struct transfer *transfer)
{
    int rc;

    transfer->easy = net->pool_len ? net->pool[--net->pool_len] : curl_easy_init();
    rc = transfer->easy ? set_headers(transfer) : -ENOMEM;
    if (!rc)
        rc = set_texts(net, transfer);
    if (!rc)
        set_options(transfer);
    return rc;
}

/* Hands a transfer that is in no list to libcurl. */
static void transfer_run(struct transfer *transfer)
{
    struct net *net = transfer->net;

    transfer->is_running = 1;
    lane_started(lane_of(transfer), transfer->group);
    transfer->last_byte = clock_ms();
    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, time_left(transfer));
    list_add(&net->transfers, &transfer->link);
    net_set_timer(net, &transfer->stall, (int64_t)quiet_seconds(transfer) * 1000);
    if (curl_multi_add_handle(net->multi, transfer->easy)) {
        snprintf(transfer->why, sizeof(transfer->why), "cannot start a transfer");
        transfer_finish(transfer, -ENOMEM);
    }
}

/* While the transfer waits, the stall timer guards the time for all of it. */
static void transfer_wait_for_turn(struct transfer *transfer)
{
    lane_enqueue(lane_of(transfer), transfer->group, &transfer->link);
    if (transfer->timeout_ms)
        net_set_timer(transfer->net, &transfer->stall, transfer->timeout_ms);
}

void transfer_start(struct net *net, struct transfer *transfer)
{
    struct lane *lane;
    int rc;

    transfer->net = net;
    transfer->easy = NULL;
    transfer->headers = NULL;
    transfer->error = 0;
    transfer->headers_done = 0;
    transfer->failure = FAILURE_NONE;
    transfer->is_connected = 0;
    transfer->why[0] = '\0';
    transfer->details[0] = '\0';
    memset(&transfer->response, 0, sizeof(transfer->response));
    list_init(&transfer->link);
    timer_init(&transfer->stall, on_stall);
    transfer->asked_at = clock_ms();
    transfer->is_running = 0;
    lane = lane_of(transfer);
    if (!transfer->group)
        transfer->group = &lane->others;
    rc = net_is_stopping(net) ? -ECANCELED : transfer_prepare(net, transfer);
    if (rc)
        transfer_finish(transfer, rc);
    else if (lane_may_start(lane, transfer->group))
        transfer_run(transfer);
    else
        transfer_wait_for_turn(transfer);
}

void transfer_on_curl_done(struct transfer *transfer, int code)
{
    int error = transfer->error;

    curl_multi_remove_handle(transfer->net->multi, transfer->easy);
    if (!error && code)
        error = transfer_describe_failure(transfer, code);
    if (!error && transfer->response.status >= 300)
        failure_describe_redirect(transfer->easy, transfer->response.status, transfer->why,
                                  sizeof(transfer->why));
    if (!error)
        error = deliver_headers(transfer);
    transfer_finish(transfer, error);
}

void transfers_start_waiting(struct net *net)
{
    for (struct lane *lane = net->lanes; lane < net->lanes + LANES; lane++) {
        struct list *link;

        while ((link = lane_next(lane)))
            transfer_run(container_of(link, struct transfer, link));
    }
}

int transfers_abort_one(struct net *net, int error)
{
    struct list *link = list_empty(&net->transfers) ? NULL : net->transfers.next;

    for (struct lane *lane = net->lanes; lane < net->lanes + LANES && !link; lane++)
        link = lane_take_any(lane);
    if (link)
        transfer_abort(container_of(link, struct transfer, link), error);
    return link != NULL;
}
