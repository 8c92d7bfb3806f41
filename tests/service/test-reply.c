/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include <gio/gio.h>
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-db-error.h"
#include "bitket-limiter.h"
#include "bitket-metrics.h"
#include "bitket-reply.h"
#include "bitket-service-error.h"

static const BitketReplyForm plain_get = { .is_read = TRUE };

static char *
dup_body (BitketReply *reply)
{
  gsize len;
  const char *data = g_bytes_get_data (reply->body, &len);

  return g_strndup (data, len);
}

static void
test_json (void)
{
  g_autoptr (BitketReply) reply = bitket_reply_new_field_error ("naïve", "a \"text\" with ö");
  g_autofree char *body = NULL;

  bitket_reply_render (reply, &plain_get);
  body = dup_body (reply);
  g_assert_cmpstr (body, ==, "{\"naïve\":[\"a \\\"text\\\" with ö\"]}");
  g_assert_cmpuint (reply->status, ==, 400);
  /* Only what is there has a tag. */
  g_assert_null (bitket_reply_get_header (reply, "ETag"));
}

static void
test_headers (void)
{
  g_autoptr (BitketReply) reply = bitket_reply_new (200);

  bitket_reply_add_header (reply, "Vary", "a");
  bitket_reply_add_header (reply, "vary", "b");
  g_assert_cmpstr (bitket_reply_get_header (reply, "VARY"), ==, "b");
  g_assert_cmpuint (reply->headers->len, ==, 2);
  g_assert_null (bitket_reply_get_header (reply, "Link"));
}

static void
test_errors (void)
{
  static const struct
  {
    BitketServiceError code;
    guint status;
    const char *body;
  } cases[] = {
    { BITKET_SERVICE_ERROR_INVALID, 400, "{\"detail\":\"Invalid input.\"}" },
    { BITKET_SERVICE_ERROR_UNAUTHENTICATED, 401,
      "{\"detail\":\"Authentication credentials were not provided.\"}" },
    { BITKET_SERVICE_ERROR_DOOR_REVOKED, 401,
      "{\"detail\":\"This door was revoked.\",\"code\":\"door_revoked\"}" },
    { BITKET_SERVICE_ERROR_FORBIDDEN, 403,
      "{\"detail\":\"You do not have permission to perform this action.\"}" },
    { BITKET_SERVICE_ERROR_NOT_FOUND, 404, "{\"detail\":\"Not found.\"}" },
    { BITKET_SERVICE_ERROR_TOO_LARGE, 413, "{\"detail\":\"The request is larger than 1 MiB.\"}" },
    { BITKET_SERVICE_ERROR_INTERNAL, 500, "{\"detail\":\"The server could not do this.\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketReply) reply = NULL;
      g_autofree char *body = NULL;

      bitket_service_error_set (&error, cases[i].code);
      reply = bitket_reply_new_error (error);
      bitket_reply_render (reply, &plain_get);
      body = dup_body (reply);
      g_assert_cmpuint (reply->status, ==, cases[i].status);
      g_assert_cmpstr (body, ==, cases[i].body);
      g_assert_cmpstr (bitket_reply_get_header (reply, "WWW-Authenticate"), ==,
                       cases[i].status == 401 ? "JWT realm=\"api\"" : NULL);
    }
}

/* What went wrong inside is for the log, not for the wire. */
static void
test_foreign_errors (void)
{
  static const struct
  {
    int code;
    guint status;
  } cases[] = {
    { BITKET_DB_ERROR_BUSY, 503 },       { BITKET_DB_ERROR_FULL, 503 },
    { BITKET_DB_ERROR_CONNECTION, 503 }, { BITKET_DB_ERROR_CORRUPT, 500 },
    { BITKET_DB_ERROR_FAILED, 500 },
  };
  g_autoptr (GError) input =
      g_error_new_literal (BITKET_CORE_ERROR, BITKET_CORE_ERROR_KIND, "[0].at: expected a string");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error =
          g_error_new_literal (BITKET_DB_ERROR, cases[i].code, "SELECT secret FROM place");

      g_assert_cmpuint (bitket_service_error_get_status (error), ==, cases[i].status);
      g_assert_null (strstr (bitket_service_error_get_text (error), "secret"));
    }
  g_assert_cmpuint (bitket_service_error_get_status (input), ==, 400);
  g_assert_cmpstr (bitket_service_error_get_text (input), ==, input->message);
}

static BitketReply *
make_long (void)
{
  return bitket_reply_new_text (200, "application/json", g_strnfill (5000, 'x'));
}

static void
test_tags (void)
{
  g_autoptr (BitketReply) first = make_long ();
  g_autofree char *tag = NULL;
  g_autofree char *packed_tag = NULL;

  bitket_reply_render (first, &plain_get);
  tag = g_strdup (bitket_reply_get_header (first, "ETag"));
  packed_tag = g_strdup_printf ("%.*s-gzip\"", (int) strlen (tag) - 1, tag);
  for (guint is_gzip = 0; is_gzip < 2; is_gzip++)
    {
      const BitketReplyForm form = { .is_read = TRUE,
                                     .accepts_gzip = is_gzip != 0,
                                     .if_none_match = is_gzip != 0 ? tag : packed_tag };
      g_autoptr (BitketReply) again = make_long ();

      bitket_reply_render (again, &form);
      g_assert_cmpuint (again->status, ==, 304);
      g_assert_null (again->body);
      g_assert_cmpstr (bitket_reply_get_header (again, "ETag"), ==,
                       is_gzip != 0 ? packed_tag : tag);
    }
  {
    const BitketReplyForm form = { .is_read = TRUE, .if_none_match = "\"x\", \"\", ," };
    g_autoptr (BitketReply) other = make_long ();

    bitket_reply_render (other, &form);
    g_assert_cmpuint (other->status, ==, 200);
  }
}

static void
test_gzip (void)
{
  const BitketReplyForm form = { .is_read = TRUE, .accepts_gzip = TRUE };
  g_autoptr (BitketReply) reply = make_long ();
  g_autoptr (GConverter) unpack =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  char out[6000];
  gsize n_read, n_written;
  g_autoptr (GError) error = NULL;

  bitket_reply_render (reply, &form);
  g_assert_cmpstr (bitket_reply_get_header (reply, "Content-Encoding"), ==, "gzip");
  g_assert_cmpuint (g_bytes_get_size (reply->body), <, 200);
  g_converter_convert (unpack, g_bytes_get_data (reply->body, NULL), g_bytes_get_size (reply->body),
                       out, sizeof out, G_CONVERTER_INPUT_AT_END, &n_read, &n_written, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_written, ==, 5000);
}

static void
test_suffix (void)
{
  const BitketReplyForm form = { .link_base = "http://h/api/", .link_suffix = "?format=json" };
  g_autoptr (BitketReply) reply = bitket_reply_new_json (
      200, json_from_string ("{\"url\":\"http://h/api/a/\",\"l\":[\"http://h/api/b/\",1,null],"
                             "\"text\":\"see http://h/api/c/\",\"n\":\"http://h/api/d\"}",
                             NULL));
  g_autofree char *body = NULL;

  bitket_reply_render (reply, &form);
  body = dup_body (reply);
  g_assert_cmpstr (
      body, ==,
      "{\"url\":\"http://h/api/a/?format=json\",\"l\":[\"http://h/api/b/?format=json\","
      "1,null],\"text\":\"see http://h/api/c/\",\"n\":\"http://h/api/d\"}");
}

static void
test_limiter (void)
{
  g_autoptr (BitketLimiter) limiter = bitket_limiter_new (3, 100);

  g_assert_cmpint (bitket_limiter_get_wait_us (limiter, "a", 0), ==, 0);
  bitket_limiter_fail (limiter, "a", 1000);
  bitket_limiter_fail (limiter, "a", 1010);
  g_assert_cmpint (bitket_limiter_get_wait_us (limiter, "a", 1020), ==, 0);
  bitket_limiter_fail (limiter, "a", 1020);
  g_assert_cmpint (bitket_limiter_get_wait_us (limiter, "a", 1030), ==, 70);
  g_assert_cmpint (bitket_limiter_get_wait_us (limiter, "b", 1030), ==, 0);
  /* The window slides: the oldest of three falls out. */
  g_assert_cmpint (bitket_limiter_get_wait_us (limiter, "a", 1100), ==, 0);
  bitket_limiter_fail (limiter, "a", 1100);
  g_assert_cmpint (bitket_limiter_get_wait_us (limiter, "a", 1100), ==, 10);
  bitket_limiter_forget (limiter, "a");
  g_assert_cmpint (bitket_limiter_get_wait_us (limiter, "a", 1100), ==, 0);
}

/* Whoever tries with ever new names does not fill the memory. */
static void
test_limiter_sweep (void)
{
  g_autoptr (BitketLimiter) limiter = bitket_limiter_new (3, 100);

  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *key = g_strdup_printf ("%u", i);

      bitket_limiter_fail (limiter, key, i);
    }
  g_assert_cmpuint (bitket_limiter_get_n_keys (limiter), <, 2100);
}

static void
test_metrics (void)
{
  g_autoptr (BitketMetrics) metrics = bitket_metrics_new ();
  g_autofree char *page = NULL;

  bitket_metrics_begin_request (metrics);
  bitket_metrics_begin_request (metrics);
  bitket_metrics_end_request (metrics, "/api/", 200, 3000);
  bitket_metrics_count (metrics, BITKET_COUNTER_CONFLICTS);
  bitket_metrics_set_n_streams (metrics, 4);
  page = bitket_metrics_format (metrics, &(BitketMetricsLevels) { .n_doors = 7, .n_mails = 3 });
  g_assert_nonnull (strstr (page, "bitket_requests_total{route=\"/api/\",status=\"200\"} 1\n"));
  g_assert_nonnull (strstr (page, "_bucket{le=\"0.001\"} 0\n"));
  g_assert_nonnull (strstr (page, "_bucket{le=\"0.005\"} 1\n"));
  g_assert_nonnull (strstr (page, "_bucket{le=\"+Inf\"} 1\n"));
  g_assert_nonnull (strstr (page, "_duration_seconds_sum 0.003000\n"));
  g_assert_nonnull (strstr (page, "bitket_entry_conflicts_total 1\n"));
  g_assert_nonnull (strstr (page, "bitket_requests_running 1\n"));
  g_assert_nonnull (strstr (page, "bitket_streams 4\n"));
  g_assert_nonnull (strstr (page, "bitket_doors 7\n"));
  g_assert_nonnull (strstr (page, "bitket_mails_waiting 3\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/reply/json", test_json);
  g_test_add_func ("/service/reply/headers", test_headers);
  g_test_add_func ("/service/reply/errors", test_errors);
  g_test_add_func ("/service/reply/foreign-errors", test_foreign_errors);
  g_test_add_func ("/service/reply/tags", test_tags);
  g_test_add_func ("/service/reply/gzip", test_gzip);
  g_test_add_func ("/service/reply/suffix", test_suffix);
  g_test_add_func ("/service/limiter/window", test_limiter);
  g_test_add_func ("/service/limiter/sweep", test_limiter_sweep);
  g_test_add_func ("/service/metrics/page", test_metrics);
  return g_test_run ();
}
